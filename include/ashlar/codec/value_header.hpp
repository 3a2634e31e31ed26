// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/concepts.hpp>

namespace ashlar::inline v0 {

/// The name of a codec, such as "lz4"; "user" for 128 and above.
constexpr std::string_view to_string(CodecId id) noexcept {
  switch (id) {
    case CodecId::none: return "none";
    case CodecId::lz4: return "lz4";
    case CodecId::columnar: return "columnar";
    case CodecId::deflate: return "deflate";
    case CodecId::gzip: return "gzip";
    case CodecId::zstd: return "zstd";
    default: return static_cast<std::uint8_t>(id) >= 128 ? "user" : "unknown";
  }
}

/// What the first bytes of every value of `ValueCodec` say of the rest.
///
/// | byte | holds                                                                                     |
/// |------|-------------------------------------------------------------------------------------------|
/// | 0    | 0xA0, plus 1 when a raw size follows, plus 2 when a dictionary tag follows                |
/// | 1    | codec id                                                                                  |
/// | 2    | codec version in the high four bits, serializer format in the low four                    |
/// | …    | raw size (LEB128), dictionary id and epoch (LEB128 each), as byte 0 says                  |
struct ValueHeader {
  CodecId codec = CodecId::none;
  std::uint8_t codec_version = 0;  ///< 0 to 15
  std::uint8_t format = 0;         ///< of the serializer, 0 to 15; 0 is "just bytes"
  std::uint64_t raw_size = 0;      ///< before compression; 0 is not written: "all that is left", or the codec knows
  DictionaryTag dictionary = {};

  friend bool operator==(const ValueHeader&, const ValueHeader&) = default;

  /// Writes 3 to 24 bytes.
  void write(ByteWriter& writer) const {
    const bool tagged = dictionary != DictionaryTag{};
    writer.number(static_cast<std::uint8_t>(0xA0 + (raw_size != 0 ? 1 : 0) + (tagged ? 2 : 0)));
    writer.number(static_cast<std::uint8_t>(codec));
    writer.number(static_cast<std::uint8_t>((codec_version << 4) | (format & 15)));
    if (raw_size != 0) writer.size(raw_size);
    if (tagged) {
      writer.size(dictionary.id);
      writer.size(dictionary.epoch);
    }
  }

  /// Reads a header and leaves `reader` at the payload; false for bytes that are none.
  bool read(ByteReader& reader) {
    std::uint8_t first = 0;
    std::uint8_t id = 0;
    std::uint8_t versions = 0;
    if (!reader.number(first)) return false;
    if (first < 0xA0 || first > 0xA3) return reader.fail("not a value: the first byte must be 0xA0 to 0xA3");
    if (!reader.number(id) || !reader.number(versions)) return false;
    codec = static_cast<CodecId>(id);
    codec_version = versions >> 4;
    format = versions & 15;
    raw_size = 0;
    if ((first & 1) != 0 && !reader.size(raw_size)) return false;
    dictionary = {};
    return (first & 2) == 0 || (read_part(reader, dictionary.id) && read_part(reader, dictionary.epoch));
  }

 private:
  static bool read_part(ByteReader& reader, std::uint32_t& part) {
    std::uint64_t wide = 0;
    if (!reader.size(wide)) return false;
    if (wide > 0xFFFFFFFFu) return reader.fail("a dictionary tag above 32 bits");
    part = static_cast<std::uint32_t>(wide);
    return true;
  }
};

}  // namespace ashlar::inline v0
