// expect: \[ashlar\] compression: add .void compress
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED
  void compress(std::span<const std::byte>, std::vector<std::byte>&) const {}
#else

#endif
  static constexpr ashlar::CodecId id{128};
  static constexpr std::uint8_t version = 0;
  ashlar::Result<void> decompress(std::span<const std::byte>, std::size_t, std::vector<std::byte>&) const { return {}; }
};
static_assert(ashlar::explain_compression<Mine>());
