// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ashlar/codec/detail/lz4_format.hpp>

namespace ashlar::inline v0::detail::lz4 {

// 16 KiB of table: 2^13 positions in 16 bits, 2^12 in 32.
template <class Position>
inline constexpr unsigned most_table_bits = sizeof(Position) == 2 ? 13 : 12;

// How many bits of hash a table needs for a value of `size` bytes: a small value must not pay for clearing a large table.
template <class Position>
inline unsigned table_bits(std::size_t size) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(size));
  return bits < 7 ? 7 : bits > most_table_bits<Position> ? most_table_bits<Position> : bits;
}

// A multiplicative hash of the next five bytes of a little-endian load (of some five bytes elsewhere).
inline std::uint32_t hash(std::uint64_t next, unsigned bits) noexcept {
  return static_cast<std::uint32_t>(((next << 24) * 889523592379ULL) >> (64 - bits));
}

inline std::size_t match_length(const unsigned char* at, const unsigned char* match,
                                const unsigned char* end) noexcept {
  const unsigned char* const start = at;
  if (end - at >= 8) {
    const std::uint64_t difference = load<std::uint64_t>(at) ^ load<std::uint64_t>(match);
    if (difference != 0) return equal_bytes(difference);
    at += 8;
    match += 8;
  }
  for (; end - at >= 16; at += 16, match += 16) {
    const std::uint64_t first = load<std::uint64_t>(at) ^ load<std::uint64_t>(match);
    const std::uint64_t second = load<std::uint64_t>(at + 8) ^ load<std::uint64_t>(match + 8);
    if ((first | second) != 0) {
      const bool early = first != 0;
      return static_cast<std::size_t>(at - start) + (early ? 0 : 8) + equal_bytes(early ? first : second);
    }
  }
  while (at < end && *at == *match) {
    ++at;
    ++match;
  }
  return static_cast<std::size_t>(at - start);
}

inline unsigned char* put_length(unsigned char* out, std::size_t length) noexcept {
  for (; length >= 255 * 4; length -= 255 * 4, out += 4) std::memset(out, 255, 4);
  for (; length >= 255; length -= 255) *out++ = 255;
  *out++ = static_cast<unsigned char>(length);
  return out;
}

// Literals [from, from + count); up to `readable` there is input, and no less room for output. Returns the new end;
// `token` gets its high half.
inline unsigned char* put_literals(unsigned char* out, const unsigned char* from, std::size_t count,
                                   const unsigned char* readable, unsigned char*& token) noexcept {
  token = out++;
  if (count < 15) {
    *token = static_cast<unsigned char>(count << 4);
    if (readable - from >= 16) [[likely]] {
      std::memcpy(out, from, 16);
      return out + count;
    }
  } else {
    *token = 15 << 4;
    out = put_length(out, count - 15);
    if (static_cast<std::size_t>(readable - from) >= count + 16) [[likely]] {
      for (std::size_t i = 0; i < count; i += 16) std::memcpy(out + i, from + i, 16);
      return out + count;
    }
  }
  if (count != 0) std::memcpy(out, from, count);
  return out + count;
}
inline unsigned char* put_match(unsigned char* out, unsigned char* token, std::size_t distance,
                                std::size_t length) noexcept {
  *out++ = static_cast<unsigned char>(distance & 0xFF);
  *out++ = static_cast<unsigned char>(distance >> 8);
  const std::size_t rest = length - shortest_match;
  if (rest < 15) {
    *token = static_cast<unsigned char>(*token | rest);
    return out;
  }
  *token |= 15;
  return put_length(out, rest - 15);
}

// Whether the match at `from` begins like `four` at `at` does, and is not too far back.
template <class Position>
inline bool matches(const unsigned char* at, std::uint32_t four, const unsigned char* from) noexcept {
  return (sizeof(Position) == 2 || static_cast<std::size_t>(at - from) <= farthest) &&
         four == load<std::uint32_t>(from);
}

// Packs `[in, in + size)`, size below 2 GiB, to `out`, which has room for `longest_packed(size)`. Returns the end.
// Greedy parse with one candidate per hash and steps that grow where nothing matches. Whether a place matches cannot be
// guessed: the hash of the place after it is always computed before that is known.
template <class Position>
inline unsigned char* encode(const unsigned char* const in, std::size_t size, unsigned char* out, Position* table,
                             unsigned bits) noexcept {
  const unsigned char* const end = in + size;
  const unsigned char* anchor = in;
  unsigned char* token = nullptr;
  if (size > no_match_within) {
    const unsigned char* const last_start = end - no_match_within;
    const unsigned char* const match_end = end - last_literals;
    std::memset(table, 0, sizeof(Position) << bits);
    const unsigned char* at = in + 1;
    std::uint64_t next = load<std::uint64_t>(at);
    std::uint32_t slot = hash(next, bits);
    for (;;) {
      const unsigned char* match = nullptr;
      unsigned tries = 1u << 6;
      for (std::size_t step = 1;;) {
        const unsigned char* const following = at + step;
        step = tries++ >> 6;
        if (following > last_start) [[unlikely]]
          goto rest;
        match = in + table[slot];
        table[slot] = static_cast<Position>(at - in);
        const auto after = load<std::uint64_t>(following);
        slot = hash(after, bits);
        if (matches<Position>(at, static_cast<std::uint32_t>(next), match)) break;
        at = following;
        next = after;
      }
      while (at > anchor && match > in && at[-1] == match[-1]) {
        --at;
        --match;
      }
      out = put_literals(out, anchor, static_cast<std::size_t>(at - anchor), end, token);
      for (;;) {
        const std::size_t length =
            shortest_match + match_length(at + shortest_match, match + shortest_match, match_end);
        out = put_match(out, token, static_cast<std::size_t>(at - match), length);
        at += length;
        anchor = at;
        if (at >= last_start) goto rest;
        const auto here = load<std::uint64_t>(at);
        const std::uint32_t here_slot = hash(here, bits);
        next = load<std::uint64_t>(at + 1);
        slot = hash(next, bits);
        table[hash(load<std::uint64_t>(at - 2), bits)] = static_cast<Position>(at - 2 - in);
        match = in + table[here_slot];
        table[here_slot] = static_cast<Position>(at - in);
        if (!matches<Position>(at, static_cast<std::uint32_t>(here), match)) break;
        token = out++;
        *token = 0;
      }
      if (++at > last_start) goto rest;
    }
  }
rest:
  return put_literals(out, anchor, static_cast<std::size_t>(end - anchor), end, token);
}

}  // namespace ashlar::inline v0::detail::lz4
