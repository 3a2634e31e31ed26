// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
concept fixed_width = (std::integral<T> || std::floating_point<T>) && sizeof(T) <= 8;

/// `value` as the bytes of a little-endian machine.
template <fixed_width T>
inline void store_little(std::byte* to, T value) noexcept {
  std::memcpy(to, &value, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) {
    for (std::size_t low = 0, high = sizeof(T) - 1; low < high; ++low, --high) std::swap(to[low], to[high]);
  }
}

/// Every append of bytes goes this way. Never inlined: where g++ 12 sees through it, it guesses, at -O3, at a move of
/// bytes behind the end.
[[gnu::noinline]] inline void append_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.data(), bytes.data() + bytes.size());
}

}  // namespace detail

/// Appends to a vector of bytes, little endian; what `Serialize<T>::encode` writes to.
/// Small pieces are gathered on the stack, so that a value costs one insertion, not one per field; `flush()` ends it.
/// What is written must not lie in that vector, which moves as it grows. Threads: one at a time.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::byte>& out) noexcept : out_(out) {}
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;

  /// The little-endian bytes of a number.
  template <detail::fixed_width T>
  void number(T value) {
    detail::store_little(room<sizeof(T)>(), value);
  }

  /// The next `size` bytes, for the caller to fill in before anything else is written.
  template <std::size_t size>
    requires(size <= 64)
  std::byte* room() {
    if (gathered_ > sizeof gather_ - size) flush();
    std::byte* const at = gather_ + gathered_;
    gathered_ += size;
    return at;
  }

  /// A length or count as 1 to 10 bytes of 7 bits, low bits first (LEB128).
  void size(std::uint64_t value) {
    if (gathered_ > sizeof gather_ - 10) flush();
    while (value >= 0x80) {
      gather_[gathered_++] = static_cast<std::byte>(value | 0x80);
      value >>= 7;
    }
    gather_[gathered_++] = static_cast<std::byte>(value);
  }

  void bytes(std::span<const std::byte> bytes) {
    if (bytes.size() > sizeof gather_ - gathered_) {
      flush();
      if (bytes.size() > sizeof gather_) {
        detail::append_bytes(out_, bytes);
        return;
      }
    }
    if (!bytes.empty()) std::memcpy(gather_ + gathered_, bytes.data(), bytes.size());
    gathered_ += bytes.size();
  }

  /// `bytes` behind their size.
  void sized_bytes(std::span<const std::byte> bytes) {
    if (bytes.size() >= 0x80 || bytes.size() >= sizeof gather_ - gathered_) {
      size(bytes.size());
      this->bytes(bytes);
      return;
    }
    gather_[gathered_] = static_cast<std::byte>(bytes.size());
    if (!bytes.empty()) std::memcpy(gather_ + gathered_ + 1, bytes.data(), bytes.size());
    gathered_ += 1 + bytes.size();
  }

  /// The bytes that `Binary` gives to `value`; declared here, defined in `<ashlar/codec/binary.hpp>`.
  template <class T>
  void value(const T& value);

  /// Hands what was gathered to the vector; whoever made the writer calls it last.
  void flush() {
    detail::append_bytes(out_, {gather_, gathered_});
    gathered_ = 0;
  }

 private:
  std::vector<std::byte>& out_;
  std::size_t gathered_ = 0;
  std::byte gather_[256];
};

}  // namespace ashlar::inline v0
