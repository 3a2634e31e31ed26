// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <ashlar/codec/detail/column_integers.hpp>

// One block of up to 1024 doubles. Most doubles in tables are decimals: an integer times 10^-d, and then the integers
// are packed (after A. Afroozeh, L. Kuffó, P. Boncz, "ALP: Adaptive Lossless floating-Point Compression", 2023); values
// that this does not restore bit for bit are kept aside. Other doubles are packed as the integers of their bits.
//   0, integers                                     bits
//   1 + up, down, count, places, values, integers   value = integer * 10^down * 10^-up
namespace ashlar::inline v0::detail::column {

struct Decimals {
  unsigned up = 0;
  unsigned down = 0;
};

/// The powers with which the fewest bits are needed, judged by up to 32 of the values.
inline Decimals pick_decimals(const double* values, std::size_t size) noexcept {
  double sample[32];
  const std::size_t count = std::min<std::size_t>(size, 32);
  for (std::size_t i = 0; i < count; ++i) sample[i] = values[i * size / count];
  Decimals best{14, 14};
  std::uint64_t least = ~std::uint64_t{0};
  for (unsigned up = 19; up-- > 0;) {
    for (unsigned down = up + 1; down-- > 0;) {
      std::uint64_t apart = 0;
      std::uint64_t range_bits = 0;
      std::int64_t low = INT64_MAX;
      std::int64_t high = INT64_MIN;
      for (std::size_t i = 0; i < count && apart * 80 < least; ++i) {
        const double shifted = sample[i] * powers[up] * inverse_powers[down] + magic;
        const double whole = shifted - magic;
        const double back = whole * powers[down] * inverse_powers[up];
        if (std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(sample[i]) &&
            std::abs(whole) < most_decimal) {
          low = std::min(low, static_cast<std::int64_t>(whole));
          high = std::max(high, static_cast<std::int64_t>(whole));
        } else {
          ++apart;
        }
      }
      if (low <= high) range_bits = static_cast<std::uint64_t>(std::bit_width(static_cast<std::uint64_t>(high - low)));
      const std::uint64_t cost = apart * 80 + (count - apart) * range_bits;
      if (cost < least) {
        least = cost;
        best = {up, down};
      }
    }
  }
  return best;
}

inline constexpr std::size_t most_apart = block / 4;
inline constexpr std::size_t most_decimal_block_bytes = most_block_bytes + 4 + most_apart * 10;

inline std::size_t encode_bits(const double* values, std::size_t size, std::byte* out) noexcept {
  std::int64_t words[block];
  std::memcpy(words, values, size * 8);
  out[0] = std::byte{0};
  return 1 + encode_integers(words, size, out + 1);
}

/// Writes a block to `out`, which has `most_decimal_block_bytes` of room. Returns its size.
inline std::size_t encode_doubles(const double* values, std::size_t size, Decimals decimals, std::byte* out) noexcept {
  double padded[block];
  const double* full = values;
  if (size < block) {
    std::memcpy(padded, values, size * 8);
    std::fill(padded + size, padded + block, values[size - 1]);
    full = padded;
  }
  std::int64_t words[block];
  std::uint16_t places[block];
  std::size_t apart = to_decimal(full, words, decimals.up, decimals.down, places);
  while (apart != 0 && places[apart - 1] >= size) --apart;
  if (apart > most_apart || apart * 4 > size) return encode_bits(values, size, out);
  BlockWriter writer{out};
  writer.number(1 + decimals.up, 1);
  writer.number(decimals.down, 1);
  writer.number(apart, 2);
  std::size_t first_good = 0;
  for (std::size_t i = 0; i < apart && places[i] == first_good; ++i) ++first_good;
  for (std::size_t i = 0; i < apart; ++i) {
    writer.number(places[i], 2);
    words[places[i]] = places[i] < first_good ? words[first_good] : words[places[i] - 1];
  }
  for (std::size_t i = 0; i < apart; ++i) writer.number(std::bit_cast<std::uint64_t>(values[places[i]]), 8);
  return writer.size() + encode_integers(words, size, out + writer.size());
}

/// Restores a block that takes up `[in, in + left)` exactly; false for any other bytes. `values` has room for a full
/// block.
inline bool decode_doubles(const std::byte* in, std::size_t left, std::size_t size, double* values) noexcept {
  if (left < 1) return false;
  std::int64_t words[block];
  const auto kind = static_cast<unsigned>(*in);
  if (kind == 0) {
    if (!decode_integers(in + 1, left - 1, size, words)) return false;
    std::memcpy(values, words, size * 8);
    return true;
  }
  if (left < 4 || kind > powers.size() || static_cast<unsigned>(in[1]) >= powers.size()) return false;
  const unsigned up = kind - 1;
  const auto down = static_cast<unsigned>(in[1]);
  const std::size_t apart = load_little<std::uint16_t>(in + 2);
  const std::byte* const places = in + 4;
  const std::size_t before = 4 + apart * 10;
  if (left < before) return false;
  const std::byte* const bits = places + apart * 2;
  in += before;
  left -= before;
  BlockHead head;
  if (!head.read(in, left)) return false;
  if (head.form == Form::offset) {
    FramedBlock framed;
    if (!framed.read(in + head.bytes, left - head.bytes, size, head.flag)) return false;
    unpack_decimals(framed.packed, size, framed.width, head.base, up, down, values);
    std::byte few[8] = {};
    const std::byte* packed = framed.packed;
    if (framed.bytes < 8) packed = static_cast<const std::byte*>(std::memcpy(few, packed, framed.bytes));
    const std::size_t bytes = std::max<std::size_t>(framed.bytes, 8);
    const bool good = framed.each_exception(size, [&](std::size_t at, std::uint64_t high) {
      const std::uint64_t low = packed_at(packed, bytes, at, framed.width);
      values[at] = to_decimal_value(head.base + low + high, up, down);
    });
    if (!good) return false;
  } else {
    if (!decode_integers(in, left, size, words)) return false;
    if (size < block) std::fill(words + size, words + block, 0);
    from_decimal(words, values, up, down);
  }
  for (std::size_t i = 0; i < apart; ++i) {
    const std::size_t at = load_little<std::uint16_t>(places + i * 2);
    if (at >= size) return false;
    values[at] = load_little<double>(bits + i * 8);
  }
  return true;
}

}  // namespace ashlar::inline v0::detail::column
