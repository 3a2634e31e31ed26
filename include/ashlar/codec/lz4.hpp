// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/detail/lz4_decode.hpp>
#include <ashlar/codec/detail/lz4_encode.hpp>
#include <ashlar/core/assert.hpp>

namespace ashlar::inline v0 {

/// The LZ4 block format, exchangeable both ways with liblz4 (`LZ4_compress_default`, `LZ4_decompress_safe`).
/// For values that are read often: unpacking runs at several GB/s. Values of one row of a table gain nothing without a
/// dictionary: see `Lz4WithDictionary`. Threads: no state. Cost: 16 KiB of stack to pack, none to unpack.
class Lz4 {
 public:
  static constexpr CodecId id = CodecId::lz4;
  static constexpr std::uint8_t version = 0;
  /// The longest value, as of liblz4: 0x7E000000 bytes.
  static constexpr std::size_t most = 0x7E000000;

  /// The room that `compress_into` needs for a value of `size` bytes.
  static constexpr std::size_t bound(std::size_t size) noexcept { return detail::lz4::longest_packed(size); }

  /// Packs `raw` to the front of `packed`, which has room for `bound(raw.size())`. Returns the packed size.
  static std::size_t compress_into(std::span<const std::byte> raw, std::span<std::byte> packed) noexcept {
    ASHLAR_ASSERT(raw.size() <= most && packed.size() >= bound(raw.size()),
                  "Lz4::compress_into needs bound(size) bytes of room");
    const auto* const in = reinterpret_cast<const unsigned char*>(raw.data());
    auto* const out = reinterpret_cast<unsigned char*>(packed.data());
    const auto encode = [&]<class Position>(Position) {
      Position table[std::size_t{1} << detail::lz4::most_table_bits<Position>];
      return detail::lz4::encode(in, raw.size(), out, table, detail::lz4::table_bits<Position>(raw.size()));
    };
    const auto* const end =
        raw.size() <= detail::lz4::most_for_16_bits ? encode(std::uint16_t{}) : encode(std::uint32_t{});
    return static_cast<std::size_t>(end - out);
  }

  /// Unpacks a block that holds exactly `raw.size()` bytes; false for any other bytes, `raw` is then unspecified.
  static bool decompress_into(std::span<const std::byte> packed, std::span<std::byte> raw) noexcept {
    const auto* const in = reinterpret_cast<const unsigned char*>(packed.data());
    auto* const out = reinterpret_cast<unsigned char*>(raw.data());
    return detail::lz4::decode(in, in + packed.size(), out, out + raw.size(), {});
  }

  /// Throws `std::length_error` above `most` bytes.
  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    if (raw.size() > most) throw std::length_error{"Lz4: a value of more than 0x7E000000 bytes"};
    const std::size_t start = out.size();
    out.resize(start + bound(raw.size()));
    out.resize(start + compress_into(raw, std::span{out}.subspan(start)));
  }
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) const {
    if (raw_size > detail::lz4::most_raw(packed.size())) {
      return Error{ErrorCode::corrupt,
                   "lz4: " + std::to_string(packed.size()) + " packed bytes cannot hold " + std::to_string(raw_size)};
    }
    const std::size_t start = out.size();
    out.resize(start + raw_size);
    if (decompress_into(packed, std::span{out}.subspan(start))) return {};
    out.resize(start);
    return Error{ErrorCode::corrupt,
                 "lz4: " + std::to_string(packed.size()) + " bytes are no block of " + std::to_string(raw_size)};
  }
};

static_assert(compression<Lz4>);

}  // namespace ashlar::inline v0
