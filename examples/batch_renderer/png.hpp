// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

/// A picture of at most 16 colours as a PNG file (PNG specification, third edition; zlib RFC 1950; deflate RFC 1951).
namespace png {

struct Colour {
  std::uint8_t red, green, blue;
};

namespace detail {

/// CRC-32 as PNG chunks use it (ISO 3309, reflected polynomial EDB88320).
inline std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
      made[i] = c;
    }
    return made;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) crc = table[(crc ^ byte) & 0xFFU] ^ (crc >> 8);
  return ~crc;
}

inline std::uint32_t adler32(std::span<const std::uint8_t> bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), 5552));  // the sums stay below 2^32 this long
    for (const std::uint8_t byte : part) b += a += byte;
    a %= 65521;
    b %= 65521;
    bytes = bytes.subspan(part.size());
  }
  return b << 16 | a;
}

/// Deflate with the fixed code: greedy matches found through a table of the last place of each four bytes.
class Deflate {
 public:
  static std::vector<std::uint8_t> zlib(std::span<const std::uint8_t> bytes) {
    Deflate self;
    self.out_ = {0x78, 0x01};
    self.put(0b011, 3);  // one final block with the fixed code
    self.compress(bytes);
    self.literal_or_length(256);
    self.put(0, (8 - self.filled_ % 8) % 8);
    self.big_endian(adler32(bytes));
    return std::move(self.out_);
  }

 private:
  static constexpr std::size_t window = 32768, longest = 258;

  void compress(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint32_t> last(1U << hash_bits, 0);  // position + 1; 0 where the four bytes were not seen
    std::size_t at = 0;
    while (at < bytes.size()) {
      std::size_t length = 0;
      std::size_t distance = 0;
      if (at + 4 <= bytes.size()) {
        std::uint32_t& seen = last[hash(bytes.data() + at)];
        if (seen != 0 && at - (seen - 1) <= window) {
          distance = at - (seen - 1);
          length = common(bytes, at - distance, at);
        }
        seen = static_cast<std::uint32_t>(at) + 1;
      }
      if (length < 4) {
        literal_or_length(bytes[at++]);
        continue;
      }
      match(length, distance);
      const std::size_t end = at + length;
      for (at += 1; at < end && at + 4 <= bytes.size(); at += 2) {
        last[hash(bytes.data() + at)] = static_cast<std::uint32_t>(at) + 1;
      }
      at = end;
    }
  }

  static constexpr int hash_bits = 14;
  static std::uint32_t hash(const std::uint8_t* p) {
    const std::uint32_t word = static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
                               static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
    return (word * 2654435761U) >> (32 - hash_bits);
  }

  static std::size_t common(std::span<const std::uint8_t> bytes, std::size_t from, std::size_t to) {
    const std::size_t limit = std::min(longest, bytes.size() - to);
    const auto ours = bytes.subspan(to, limit);
    return static_cast<std::size_t>(std::ranges::mismatch(ours, bytes.subspan(from, limit)).in1 - ours.begin());
  }

  /// A length and a distance are each a code and some extra bits: the base of every code, RFC 1951 section 3.2.5.
  void match(std::size_t length, std::size_t distance) {
    static constexpr std::array<std::uint16_t, 30> lengths{3,  4,  5,  6,   7,   8,   9,   10,  11,  13,
                                                           15, 17, 19, 23,  27,  31,  35,  43,  51,  59,
                                                           67, 83, 99, 115, 131, 163, 195, 227, 258, 259};
    static constexpr std::array<std::uint16_t, 31> distances{
        1,   2,   3,   4,   5,    7,    9,    13,   17,   25,   33,   49,    65,    97,    129,  193,
        257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577, 32769};
    unsigned code = 0;
    while (lengths[code + 1] <= length) ++code;
    literal_or_length(257 + code);
    put(static_cast<std::uint32_t>(length - lengths[code]), code < 8 || code == 28 ? 0 : (code - 4) / 4);
    code = 0;
    while (distances[code + 1] <= distance) ++code;
    put_reversed(code, 5);
    put(static_cast<std::uint32_t>(distance - distances[code]), code < 4 ? 0 : (code - 2) / 2);
  }

  void literal_or_length(unsigned symbol) {
    if (symbol < 144) {
      put_reversed(0x30 + symbol, 8);
    } else if (symbol < 256) {
      put_reversed(0x190 + symbol - 144, 9);
    } else if (symbol < 280) {
      put_reversed(symbol - 256, 7);
    } else {
      put_reversed(0xC0 + symbol - 280, 8);
    }
  }

  void put_reversed(std::uint32_t bits, unsigned count) {
    std::uint32_t turned = 0;
    for (unsigned i = 0; i < count; ++i) turned |= ((bits >> i) & 1U) << (count - 1 - i);
    put(turned, count);
  }

  void put(std::uint32_t bits, unsigned count) {
    pending_ |= static_cast<std::uint64_t>(bits) << (filled_ % 8);
    for (unsigned total = filled_ % 8 + count; total >= 8; total -= 8) {
      out_.push_back(static_cast<std::uint8_t>(pending_));
      pending_ >>= 8;
    }
    filled_ = (filled_ + count) % 8;
  }

  void big_endian(std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) out_.push_back(static_cast<std::uint8_t>(word >> shift));
  }

  std::vector<std::uint8_t> out_;
  std::uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

}  // namespace detail

/// The bytes of a PNG file: `width` × `height` pixels, row by row, each an index below 16 into `palette`.
inline std::vector<std::uint8_t> encode(std::uint32_t width, std::uint32_t height, std::span<const std::uint8_t> pixels,
                                        std::span<const Colour> palette) {
  std::vector<std::uint8_t> file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  const auto word = [](std::vector<std::uint8_t>& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  const auto chunk = [&](std::string_view type, std::span<const std::uint8_t> data) {
    word(file, static_cast<std::uint32_t>(data.size()));
    const std::size_t start = file.size();
    file.insert(file.end(), type.begin(), type.end());
    file.insert(file.end(), data.begin(), data.end());
    word(file, detail::crc32({file.data() + start, file.size() - start}));
  };

  std::vector<std::uint8_t> header;
  word(header, width);
  word(header, height);
  header.insert(header.end(), {4, 3, 0, 0, 0});  // four bits a pixel, colours from a palette, no interlace
  chunk("IHDR", header);

  std::vector<std::uint8_t> colours;
  for (const Colour& colour : palette) colours.insert(colours.end(), {colour.red, colour.green, colour.blue});
  chunk("PLTE", colours);

  const std::size_t row_bytes = (width + 1) / 2;
  std::vector<std::uint8_t> rows(height * (row_bytes + 1));
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* from = pixels.data() + y * width;
    std::uint8_t* to = rows.data() + y * (row_bytes + 1) + 1;  // the byte before says: no filter
    for (std::size_t x = 0; x + 1 < width; x += 2) *to++ = static_cast<std::uint8_t>(from[x] << 4 | from[x + 1]);
    if (width % 2 != 0) *to = static_cast<std::uint8_t>(from[width - 1] << 4);
  }
  chunk("IDAT", detail::Deflate::zlib(rows));
  chunk("IEND", {});
  return file;
}

}  // namespace png
