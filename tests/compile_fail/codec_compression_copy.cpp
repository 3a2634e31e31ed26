// expect: \[ashlar\] compression: make it copyable
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED

#else
  Mine(const Mine&) = delete;
#endif
  static constexpr ashlar::CodecId id{128};
  static constexpr std::uint8_t version = 0;
  void compress(std::span<const std::byte>, std::vector<std::byte>&) const {}
  ashlar::Result<void> decompress(std::span<const std::byte>, std::size_t, std::vector<std::byte>&) const { return {}; }
};
static_assert(ashlar::explain_compression<Mine>());
