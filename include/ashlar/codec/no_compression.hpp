// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/concepts.hpp>

namespace ashlar::inline v0 {

/// The empty compression: bytes stay as they are.
class NoCompression {
 public:
  static constexpr CodecId id = CodecId::none;
  static constexpr std::uint8_t version = 0;

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const { detail::append_bytes(out, raw); }
  /// `corrupt` when there are not exactly `raw_size` bytes.
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) const {
    if (packed.size() != raw_size) {
      return Error{ErrorCode::corrupt, "uncompressed value: " + std::to_string(raw_size) + " bytes expected, " +
                                           std::to_string(packed.size()) + " found"};
    }
    detail::append_bytes(out, packed);
    return {};
  }
};

static_assert(compression<NoCompression>);

}  // namespace ashlar::inline v0
