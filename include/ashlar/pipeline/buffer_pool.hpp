// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

class BufferPool;

/// Bytes from a `BufferPool`, handed back when it is destroyed. Empty after a move. Threads: as any value.
class Buffer {
 public:
  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept
      : pool_{std::move(other.pool_)},
        data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  Buffer& operator=(Buffer other) noexcept {
    pool_.swap(other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  inline ~Buffer();

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
  struct Shelves;
  Buffer(std::shared_ptr<Shelves> pool, std::byte* data, std::size_t size, std::size_t capacity) noexcept
      : pool_{std::move(pool)}, data_{data}, size_{size}, capacity_{capacity} {}

  std::shared_ptr<Shelves> pool_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Memory that is used again: fresh pages cost a fault each, these do not. Sizes are rounded up to powers of two.
/// Threads: all members, and the destructors of buffers, may be called concurrently. Buffers may outlive the pool.
/// Cost: a short lock, no system call when a buffer of the class is at hand.
class BufferPool {
 public:
  /// `limit`: most bytes handed out at one time. `keep`: most bytes kept for reuse.
  explicit BufferPool(std::uint64_t limit = std::numeric_limits<std::uint64_t>::max(),
                      std::uint64_t keep = std::uint64_t{64} << 20)
      : shelves_{std::make_shared<Buffer::Shelves>(limit, keep)} {}

  /// A buffer of `size` bytes, their contents undefined; an error of code `no_space` when the limit or memory forbids it.
  inline Result<Buffer> acquire(std::size_t size);

  /// Bytes handed out at the moment; 0 when every buffer is back.
  inline std::uint64_t outstanding() const;
  /// Bytes kept for reuse.
  inline std::uint64_t kept() const;
  /// Times memory had to be asked of the system.
  inline std::uint64_t allocations() const;

 private:
  std::shared_ptr<Buffer::Shelves> shelves_;
};

struct Buffer::Shelves {
  static constexpr std::size_t smallest = 256;
  static constexpr std::size_t classes = 40;

  Shelves(std::uint64_t most, std::uint64_t reuse) : limit{most}, keep{reuse} {}
  Shelves(const Shelves&) = delete;
  Shelves& operator=(const Shelves&) = delete;
  ~Shelves() {
    for (std::size_t c = 0; c < classes; ++c) {
      for (std::byte* data : free[c]) release(data, smallest << c);
    }
  }

  static std::size_t alignment(std::size_t capacity) noexcept { return capacity >= 4096 ? 4096 : 64; }
  static std::size_t class_of(std::size_t capacity) noexcept {
    return static_cast<std::size_t>(std::countr_zero(capacity / smallest));
  }
  static void release(std::byte* data, std::size_t capacity) noexcept {
    ::operator delete(data, std::align_val_t{alignment(capacity)});
  }

  void take_back(std::byte* data, std::size_t capacity) noexcept {
    {
      const std::lock_guard lock{mutex};
      outstanding -= capacity;
      if (kept + capacity <= keep) {
        try {
          free[class_of(capacity)].push_back(data);
          kept += capacity;
          return;
        } catch (...) {
          // No room to remember it: it goes back to the system.
        }
      }
    }
    release(data, capacity);
  }

  mutable std::mutex mutex;
  std::uint64_t limit;
  std::uint64_t keep;
  std::uint64_t outstanding = 0;
  std::uint64_t kept = 0;
  std::uint64_t allocations = 0;
  std::array<std::vector<std::byte*>, classes> free;
};

inline Buffer::~Buffer() {
  if (data_ != nullptr) pool_->take_back(data_, capacity_);
}

inline Result<Buffer> BufferPool::acquire(std::size_t size) {
  Buffer::Shelves& shelves = *shelves_;
  const std::size_t capacity = std::bit_ceil(std::max(size, Buffer::Shelves::smallest));
  const std::size_t c = Buffer::Shelves::class_of(capacity);
  std::byte* data = nullptr;
  {
    const std::lock_guard lock{shelves.mutex};
    if (c >= Buffer::Shelves::classes || capacity > shelves.limit || shelves.outstanding > shelves.limit - capacity) {
      return Error{ErrorCode::no_space, "a buffer of " + std::to_string(capacity) +
                                            " bytes would pass the pool's limit of " + std::to_string(shelves.limit) +
                                            "; raise it or keep fewer items in flight"};
    }
    shelves.outstanding += capacity;
    if (!shelves.free[c].empty()) {
      data = shelves.free[c].back();
      shelves.free[c].pop_back();
      shelves.kept -= capacity;
    } else {
      ++shelves.allocations;
    }
  }
  if (data == nullptr) {
    data = static_cast<std::byte*>(
        ::operator new(capacity, std::align_val_t{Buffer::Shelves::alignment(capacity)}, std::nothrow));
    if (data == nullptr) {
      const std::lock_guard lock{shelves.mutex};
      shelves.outstanding -= capacity;
      return Error{ErrorCode::no_space, "no memory for a buffer of " + std::to_string(capacity) + " bytes"};
    }
  }
  return Buffer{shelves_, data, size, capacity};
}
inline std::uint64_t BufferPool::outstanding() const {
  const std::lock_guard lock{shelves_->mutex};
  return shelves_->outstanding;
}
inline std::uint64_t BufferPool::kept() const {
  const std::lock_guard lock{shelves_->mutex};
  return shelves_->kept;
}
inline std::uint64_t BufferPool::allocations() const {
  const std::lock_guard lock{shelves_->mutex};
  return shelves_->allocations;
}

}  // namespace ashlar::inline v0
