// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ashlar/codec/concepts.hpp>
#include <ashlar/zlib/detail/stream.hpp>

namespace ashlar::inline v0::zlib {

/// The zlib format (RFC 1950): deflate with a checksum, smaller by 12 bytes than gzip.
/// `Level` is 1 (fast) to 9 (small). For values that other programs read or wrote; `Lz4` and `zstd::Zstd` are faster.
/// Needs zlib: link `ashlar::zlib`. Threads: no state. Cost: 20 to 100 MB/s in, 500 MB/s out; zlib allocates 256 KiB a call.
template <int Level = 6>
class Deflate {
  static_assert(Level >= 1 && Level <= 9, "[ashlar] zlib: the level is 1 (fast) to 9 (small)");

 public:
  static constexpr CodecId id = CodecId::deflate;
  static constexpr std::uint8_t version = 0;

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    detail::compress(raw, Level, detail::Wrapper::zlib, out);
  }
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) const {
    return detail::decompress(packed, raw_size, detail::Wrapper::zlib, "deflate", out);
  }
};

static_assert(compression<Deflate<>>);

}  // namespace ashlar::inline v0::zlib
