// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/core/error.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <fixed_width T>
inline T load_little(const std::byte* from) noexcept {
  std::byte raw[sizeof(T)];
  std::memcpy(raw, from, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) {
    for (std::size_t low = 0, high = sizeof(T) - 1; low < high; ++low, --high) std::swap(raw[low], raw[high]);
  }
  T value;
  std::memcpy(&value, raw, sizeof(T));
  return value;
}

}  // namespace detail

/// Reads bytes from front to back and never past the end; what `Serialize<T>::decode` reads from.
/// Every read returns false on the first fault and remembers where and why; after that, return false up to the caller.
/// The bytes must outlive the reader. Threads: one at a time.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) noexcept
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  /// The bytes that are left.
  std::span<const std::byte> rest() const noexcept { return {at_, left()}; }

  /// A number of `sizeof(T)` little-endian bytes.
  template <detail::fixed_width T>
  bool number(T& value) {
    if (left() < sizeof(T)) return too_short(sizeof(T));
    value = detail::load_little<T>(at_);
    at_ += sizeof(T);
    return true;
  }

  /// A length or count as `ByteWriter::size` writes it. Longer spellings of the same number are refused.
  bool size(std::uint64_t& value) {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]] {
      value = static_cast<std::uint8_t>(*at_++);
      return true;
    }
    return long_size(value);
  }

  /// A count of things that take at least `least` bytes each, refused when that many bytes are not left.
  bool count(std::uint64_t& value, std::size_t least) {
    const std::byte* const start = at_;
    if (!size(value)) return false;
    return value <= left() / least || too_many(value, least, start);
  }

  /// The next `size` bytes, in place.
  bool bytes(std::size_t size, std::span<const std::byte>& piece) {
    if (left() < size) return too_short(size);
    piece = {at_, size};
    at_ += size;
    return true;
  }

  /// What `Binary` wrote for a `T`; declared here, defined in `<ashlar/codec/binary.hpp>`.
  template <class T>
  bool value(T& value);

  /// Remembers `reason` as the fault at this offset, if it is the first. Returns false.
  [[gnu::cold]] bool fail(std::string_view reason, ErrorCode code = ErrorCode::corrupt) {
    if (reason_.empty()) {
      reason_ = "at byte " + std::to_string(offset()) + " of " + std::to_string(end_ - begin_) + ": ";
      reason_ += reason;
      code_ = code;
    }
    return false;
  }
  bool failed() const noexcept { return !reason_.empty(); }
  /// The first fault. Requires `failed()`.
  Error error() const { return Error{code_, reason_}; }

  /// Goes one level deeper into nested containers, false past 200 of them; pair with `leave()`.
  bool enter() {
    if (depth_ == 200) return fail("nested more than 200 deep");
    ++depth_;
    return true;
  }
  void leave() noexcept { --depth_; }

 private:
  [[gnu::cold, gnu::noinline]] bool too_many(std::uint64_t count, std::size_t least, const std::byte* start) {
    const std::string reason = "a count of " + std::to_string(count) + " needs at least " + std::to_string(least) +
                               " bytes each, but " + std::to_string(left()) + " are left";
    at_ = start;
    return fail(reason);
  }
  [[gnu::cold, gnu::noinline]] bool too_short(std::size_t needed) {
    return fail("needs " + std::to_string(needed) + " bytes, but " + std::to_string(left()) + " are left");
  }
  [[gnu::noinline]] bool long_size(std::uint64_t& value) {
    const std::byte* next = at_;
    std::uint64_t sum = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (next == end_) return fail("ends within a length");
      const auto part = static_cast<std::uint8_t>(*next++);
      if (shift == 63 && part > 1) return fail("a length above 64 bits");
      sum |= std::uint64_t{part & 0x7Fu} << shift;
      if (part < 0x80) {
        if (part == 0) return fail("a length with needless zeros");
        at_ = next;
        value = sum;
        return true;
      }
    }
    return fail("a length above 64 bits");
  }

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  int depth_ = 0;
  ErrorCode code_ = ErrorCode::corrupt;
  std::string reason_;
};

}  // namespace ashlar::inline v0
