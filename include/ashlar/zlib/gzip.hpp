// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ashlar/codec/concepts.hpp>
#include <ashlar/zlib/detail/stream.hpp>

namespace ashlar::inline v0::zlib {

/// The gzip format (RFC 1952), as of `gzip` and web servers.
/// `Level` is 1 (fast) to 9 (small). For values that other programs read or wrote; `Lz4` and `zstd::Zstd` are faster.
/// Needs zlib: link `ashlar::zlib`. Threads: no state. Cost: 20 to 100 MB/s in, 500 MB/s out; zlib allocates 256 KiB a call.
template <int Level = 6>
class Gzip {
  static_assert(Level >= 1 && Level <= 9, "[ashlar] zlib: the level is 1 (fast) to 9 (small)");

 public:
  static constexpr CodecId id = CodecId::gzip;
  static constexpr std::uint8_t version = 0;

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    detail::compress(raw, Level, detail::Wrapper::gzip, out);
  }
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) const {
    return detail::decompress(packed, raw_size, detail::Wrapper::gzip, "gzip", out);
  }
};

static_assert(compression<Gzip<>>);

}  // namespace ashlar::inline v0::zlib
