// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <new>
#include <span>
#include <utility>

#include <ashlar/core/detail/text.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

class Buffer;

namespace detail {

/// What a `BufferPool` and its buffers share; it goes with the last of them.
/// Sizes come in quarters of an octave, so that at most a fifth of a buffer is unused.
class Shelves {
 public:
  static constexpr std::size_t smallest = 256;
  static constexpr std::size_t largest = std::size_t{1} << 47;

  Shelves(std::uint64_t most, std::uint64_t reuse) noexcept : limit{most}, keep{reuse} {}
  Shelves(const Shelves&) = delete;
  Shelves& operator=(const Shelves&) = delete;

  static std::size_t octave(std::size_t size) noexcept {
    return static_cast<std::size_t>(std::bit_width(size - 1)) - 1;
  }
  static std::size_t capacity_for(std::size_t size) noexcept {
    if (size <= smallest) return smallest;
    const std::size_t step = std::size_t{1} << (octave(size) - 2);
    return (size + step - 1) / step * step;
  }
  static std::size_t class_of(std::size_t capacity) noexcept {
    if (capacity <= smallest) return 0;
    const std::size_t o = octave(capacity);
    return (o - 8) * 4 + (capacity >> (o - 2)) - 4;
  }

  /// Null when the limit or memory forbids it; `over` says which.
  std::byte* take(std::size_t capacity, bool& over) noexcept {
    {
      const std::lock_guard lock{mutex};
      over = capacity > limit || outstanding > limit - capacity;
      if (over) return nullptr;
      outstanding += capacity;
      ++users_;
      Free*& first = shelves_[class_of(capacity)];
      if (first != nullptr) {
        kept -= capacity;
        return reinterpret_cast<std::byte*>(std::exchange(first, first->next));
      }
      ++allocations;
    }
    void* fresh = ::operator new(capacity, std::align_val_t{alignment(capacity)}, std::nothrow);
    if (fresh == nullptr) give(nullptr, capacity);
    return static_cast<std::byte*>(fresh);
  }
  void give(std::byte* data, std::size_t capacity) noexcept {
    bool keeps = false;
    bool last = false;
    {
      const std::lock_guard lock{mutex};
      outstanding -= capacity;
      keeps = data != nullptr && !closed_ && kept + capacity <= keep;
      if (keeps) {
        Free*& first = shelves_[class_of(capacity)];
        first = ::new (static_cast<void*>(data)) Free{first};
        kept += capacity;
      }
      last = --users_ == 0;
    }
    if (data != nullptr && !keeps) release(data, capacity);
    if (last) delete this;
  }
  /// The pool goes: nothing is kept any more.
  [[gnu::cold]] void close() noexcept {
    bool last = false;
    {
      const std::lock_guard lock{mutex};
      closed_ = true;
      for (std::size_t c = 0; c < classes; ++c) {
        const std::size_t capacity = c == 0 ? smallest : (4 + (c - 1) % 4 + 1) << ((c - 1) / 4 + 6);
        while (shelves_[c] != nullptr) {
          void* data = std::exchange(shelves_[c], shelves_[c]->next);
          release(data, capacity);
        }
      }
      last = --users_ == 0;
    }
    if (last) delete this;
  }

  mutable std::mutex mutex;  // all of the following
  const std::uint64_t limit;
  const std::uint64_t keep;
  std::uint64_t outstanding = 0;
  std::uint64_t kept = 0;
  std::uint64_t allocations = 0;

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t classes = (47 - 8) * 4 + 1;

  ~Shelves() = default;
  static std::size_t alignment(std::size_t capacity) noexcept { return capacity >= 4096 ? 4096 : 64; }
  static void release(void* data, std::size_t capacity) noexcept {
    ::operator delete(data, std::align_val_t{alignment(capacity)});
  }

  std::size_t users_ = 1;  // the pool and every buffer
  bool closed_ = false;
  Free* shelves_[classes] = {};
};

}  // namespace detail

/// Bytes from a `BufferPool`, handed back when it is destroyed. Empty after a move. Threads: as any value.
class Buffer {
 public:
  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept
      : shelves_{other.shelves_},
        data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(shelves_, other.shelves_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) shelves_->give(data_, capacity_);
  }

  /// Aligned to 64 bytes, from 4 KiB up to 4096.
  std::byte* data() noexcept { return data_; }
  const std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  std::span<std::byte> bytes() noexcept { return {data_, size_}; }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// Says how many bytes are in use; at most `capacity()`.
  void resize(std::size_t size) noexcept {
    ASHLAR_ASSERT(size <= capacity_, "Buffer::resize: more than its capacity; acquire a larger one");
    size_ = size;
  }

 private:
  friend class BufferPool;
  Buffer(detail::Shelves& shelves, std::byte* data, std::size_t size, std::size_t capacity) noexcept
      : shelves_{&shelves}, data_{data}, size_{size}, capacity_{capacity} {}

  detail::Shelves* shelves_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Memory that is used again: fresh pages cost a fault each, these do not. Sizes are rounded up by at most a quarter.
/// Threads: all members, and the destructors of buffers, may be called concurrently. Buffers may outlive the pool.
/// Cost: a short lock, no system call when a buffer of the class is at hand.
class BufferPool {
 public:
  /// `limit`: most bytes handed out at one time. `keep`: most bytes kept for reuse.
  explicit BufferPool(std::uint64_t limit = std::numeric_limits<std::uint64_t>::max(),
                      std::uint64_t keep = std::uint64_t{64} << 20)
      : shelves_{new detail::Shelves{limit, keep}} {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool() { shelves_->close(); }

  /// A buffer of `size` bytes, their contents undefined; an error of code `no_space` when the limit or memory forbids it.
  Result<Buffer> acquire(std::size_t size) {
    const std::size_t capacity = size > detail::Shelves::largest ? size : detail::Shelves::capacity_for(size);
    bool over = size > detail::Shelves::largest;
    std::byte* data = over ? nullptr : shelves_->take(capacity, over);
    if (data == nullptr) return refusal(capacity, over);
    return Buffer{*shelves_, data, size, capacity};
  }

  /// Bytes handed out at the moment; 0 when every buffer is back.
  std::uint64_t outstanding() const { return read(shelves_->outstanding); }
  /// Bytes kept for reuse.
  std::uint64_t kept() const { return read(shelves_->kept); }
  /// Times memory had to be asked of the system.
  std::uint64_t allocations() const { return read(shelves_->allocations); }

 private:
  [[gnu::cold]] Error refusal(std::size_t capacity, bool over) const {
    if (!over) {
      return Error{ErrorCode::no_space,
                   detail::joined({"no memory for a buffer of ", detail::Decimal{capacity}, " bytes"})};
    }
    return Error{ErrorCode::no_space,
                 detail::joined({"a buffer of ", detail::Decimal{capacity}, " bytes would pass the pool's limit of ",
                                 detail::Decimal{shelves_->limit}, "; raise it or keep fewer items in flight"})};
  }
  std::uint64_t read(const std::uint64_t& number) const {
    const std::lock_guard lock{shelves_->mutex};
    return number;
  }

  detail::Shelves* shelves_;
};

}  // namespace ashlar::inline v0
