// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ashlar/core/assert.hpp>
#include <ashlar/simd/detail/glob_program.hpp>
#include <ashlar/simd/detail/glob_scan.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<std::size_t(const GlobProgram*, const std::string_view*, std::size_t, std::uint64_t*)>
    glob_scan_kernel{&scalar::glob_scan};

}  // namespace detail

/// A key pattern, taken apart once and matched against many keys, with the meaning it has in Redis (`KEYS`, `SCAN`):
///
///     *        any bytes, also none, '/' and ':' too
///     ?        any one byte
///     [abc]    one of these bytes; [a-z] ranges, ends in any order; [^a-z] none of them; `\` as below
///     \x       the byte x itself, also within brackets
///     other    itself
///
/// Every text is a pattern: brackets that are not closed reach to the end, a `\` at the end is itself, `[]` fits nothing.
/// Bytes are compared as unsigned numbers, upper and lower case differ. Throws std::bad_alloc. Threads: as any value.
class Glob {
 public:
  explicit Glob(std::string_view pattern) : pattern_(pattern), program_(detail::compile_glob(pattern_)) {
    for (const detail::GlobElement& element : program_.elements) {
      if (literal_prefix_.size() == program_.segments.front().size || element.kind != detail::GlobElement::Kind::byte) {
        break;
      }
      literal_prefix_ += static_cast<char>(element.byte);
    }
  }

  const std::string& pattern() const noexcept { return pattern_; }
  /// The bytes every matching key begins with: where keys are in order, only those need be looked at.
  std::string_view literal_prefix() const noexcept { return literal_prefix_; }
  /// True where one key at most can match: the pattern is just `literal_prefix()`.
  bool is_literal() const noexcept { return program_.max_size == literal_prefix_.size(); }

  /// Whether the whole of `key` fits. Cost: nanoseconds; sizes of key times pattern at worst, never exponential.
  bool matches(std::string_view key) const noexcept { return program_.matches(key); }

  /// Matches all `keys`: bit `i % 64` of `bitmap[i / 64]` tells whether `keys[i]` fits; unused bits become zero.
  /// `bitmap` has a word for each 64 keys begun. Returns how many fit.
  /// Cost: about a nanosecond a key where the ends of the pattern decide (`product:*`), a few where its middle must be
  /// looked for in keys of up to 64 bytes; longer keys as `matches`.
  std::size_t scan(std::span<const std::string_view> keys, std::span<std::uint64_t> bitmap) const noexcept {
    ASHLAR_ASSERT(bitmap.size() >= (keys.size() + 63) / 64, "the bitmap needs a word for each 64 keys");
    return detail::glob_scan_kernel(&program_, keys.data(), keys.size(), bitmap.data());
  }

 private:
  std::string pattern_;
  detail::GlobProgram program_;
  std::string literal_prefix_;
};

}  // namespace ashlar::inline v0
