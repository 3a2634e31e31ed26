// expect: \[ashlar\] compression: make it copyable
// expect: \[ashlar\] compression: add `static constexpr ashlar::CodecId id\{128\};` \(128 to 255 are yours\)
// expect: \[ashlar\] compression: add `static constexpr std::uint8_t version = 0;`
// expect: \[ashlar\] compression: add `void compress\(std::span<const std::byte> raw, std::vector<std::byte>& out\) const`
// expect: \[ashlar\] compression: add `Result<void> decompress\(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out\) const`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED
  static constexpr ashlar::CodecId id{128};
  static constexpr std::uint8_t version = 0;
  void compress(std::span<const std::byte>, std::vector<std::byte>&) const {}
  ashlar::Result<void> decompress(std::span<const std::byte>, std::size_t, std::vector<std::byte>&) const { return {}; }
#else
  Mine(const Mine&) = delete;
#endif
};
static_assert(ashlar::explain_compression<Mine>());
