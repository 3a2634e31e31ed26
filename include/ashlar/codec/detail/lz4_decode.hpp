// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ashlar/codec/detail/lz4_format.hpp>

namespace ashlar::inline v0::detail::lz4 {

// The bytes before a block that its matches may reach into. 32 bytes past the end must be readable.
struct History {
  const unsigned char* end = nullptr;
  std::size_t size = 0;
};

// By way of a register: the two may overlap at a distance of 16 or more.
inline void copy_16(unsigned char* to, const unsigned char* from) noexcept {
  unsigned char piece[16];
  std::memcpy(piece, from, 16);
  std::memcpy(to, piece, 16);
}

// Copies `size` bytes in steps of 32, writing and reading up to 31 past the end. The distance is 0 or at least 32.
inline void copy_wild(unsigned char* to, const unsigned char* from, std::size_t size) noexcept {
  const unsigned char* const end = to + size;
  do {
    copy_16(to, from);
    copy_16(to + 16, from + 16);
    to += 32;
    from += 32;
  } while (to < end);
}

// Copies a match at a distance below 32, writing up to 31 bytes past its end.
inline void copy_near(unsigned char* to, std::size_t distance, std::size_t size) noexcept {
  const unsigned char* from = to - distance;
  const unsigned char* const end = to + size;
  if (distance == 1) {
    std::memset(to, *from, size);
    return;
  }
  if (distance < 16) {
    // The period is first repeated up to 8 bytes or more, then to 16 or more; from then on it is copied in one piece.
    static constexpr std::uint8_t twice[16] = {0, 0, 8, 9, 8, 10, 12, 14, 8, 9, 10, 11, 12, 13, 14, 15};
    static constexpr std::uint8_t whole[16] = {0, 0, 16, 18, 16, 20, 18, 21, 16, 18, 20, 22, 24, 26, 28, 30};
    if (distance < 8) {
      for (std::size_t i = 0; i < 8; ++i) to[i] = from[i];
    } else {
      std::memcpy(to, from, 8);
    }
    const unsigned char* const again = to - twice[distance];
    std::memcpy(to + 8, again + 8, 8);
    if (size <= 16) return;
    std::memcpy(to + 16, again + 16, 8);
    std::memcpy(to + 24, again + 24, 8);
    to += 32;
    from = to - whole[distance];
  }
  for (; to < end; to += 16, from += 16) copy_16(to, from);
}

// Adds the bytes that continue a length of 15; false where the input ends.
inline bool more_length(const unsigned char*& in, const unsigned char* in_end, std::size_t& length) noexcept {
  std::size_t sum = length;
  const unsigned char* at = in;
  unsigned char part = 255;
  while (at != in_end && (part = *at++) == 255) sum += 255;
  if (part == 255) return false;
  length = sum + part;
  in = at;
  return true;
}

// Copies literals, of which `left` bytes may be read and `room` written.
inline void copy_literals(unsigned char* out, const unsigned char* in, std::size_t size, std::size_t left,
                          std::size_t room) noexcept {
  if (left >= size + 32 && room >= size + 32) {
    copy_wild(out, in, size);
  } else if (size >= 16) {
    std::memcpy(out, in, size);
  } else if (size >= 8) {
    std::memcpy(out, in, 8);
    std::memcpy(out + size - 8, in + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(out, in, 4);
    std::memcpy(out + size - 4, in + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) out[i] = in[i];
  }
}

// Copies a match that begins before the block, in `history`, and may run on into the block's own start.
inline bool copy_history(unsigned char* begin, unsigned char* out, std::size_t distance, std::size_t size,
                         const History& history) noexcept {
  const std::size_t before = distance - static_cast<std::size_t>(out - begin);
  if (before > history.size) return false;
  const std::size_t first = before < size ? before : size;
  copy_literals(out, history.end - before, first, first, first);
  for (std::size_t i = first; i < size; ++i) out[i] = begin[i - first];
  return true;
}

// Copies a match with not a byte to spare behind it.
inline void copy_exactly(unsigned char* out, std::size_t distance, std::size_t size) noexcept {
  const unsigned char* const from = out - distance;
  if (distance >= 8 && size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) std::memcpy(out + i, from + i, 8);
    std::memcpy(out + size - 8, from + size - 8, 8);
  } else if (distance >= 4 && size < 8) {
    std::memcpy(out, from, 4);
    std::memcpy(out + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) out[i] = from[i];
  }
}

// Copies any match that fits into `room`; false for one that does not, or that reaches back too far.
inline bool copy_match(unsigned char* begin, unsigned char* out, std::size_t distance, std::size_t size,
                       std::size_t room, const History& history) noexcept {
  if (size > room || distance == 0) return false;
  const auto before = static_cast<std::size_t>(out - begin);
  if (distance > before) {
    if (distance - before <= history.size && distance - before >= size && room >= size + 32) {
      copy_wild(out, history.end - (distance - before), size);
      return true;
    }
    return copy_history(begin, out, distance, size, history);
  }
  if (room < size + 32) {
    copy_exactly(out, distance, size);
  } else if (distance >= 32) {
    copy_wild(out, out - distance, size);
  } else {
    copy_near(out, distance, size);
  }
  return true;
}

// Copies a match at a distance of at least 8, writing up to 31 bytes past its end.
inline void copy_far(unsigned char* to, std::size_t distance, std::size_t size) noexcept {
  const unsigned char* from = to - distance;
  unsigned char* const end = to + size;
  if (distance >= 32) [[likely]] {
    copy_16(to, from);
    copy_16(to + 16, from + 16);
    if (size > 32) copy_wild(to + 32, from + 32, size - 32);
    return;
  }
  do {
    std::memcpy(to, from, 8);
    std::memcpy(to + 8, from + 8, 8);
    to += 16;
    from += 16;
  } while (to < end);
}

// Where unpacking is: the next sequence's token, and where its first byte goes.
struct Cursor {
  const unsigned char* in;
  unsigned char* out;
};

// Unpacks sequences for as long as they are common ones with room to spare: lengths below 15 + 255 literals, distances
// from 8 up, nothing before `begin`. What bounds its speed is the chain from one token to the next, so the byte that
// is the next token, or continues the length, is read before it is known which.
inline Cursor decode_common(Cursor at, const unsigned char* in_end, const unsigned char* begin,
                            unsigned char* out_end) noexcept {
  // Before these marks a token, 14 literals (copied as 16), a distance and one byte more are there to read, and those
  // literals and a match of 18 may be written.
  constexpr std::ptrdiff_t to_read = 20;
  constexpr std::ptrdiff_t to_write = 32;
  const unsigned char* in = at.in;
  unsigned char* out = at.out;
  if (in_end - in <= to_read || out_end - out <= to_write) return at;
  const unsigned char* const in_mark = in_end - to_read;
  unsigned char* const out_mark = out_end - to_write;
  std::size_t token = *in;
  do {
    const std::size_t literals = token >> 4;
    const std::size_t rest = token & 15;
    at = {in, out};
    if (literals != 15) [[likely]] {
      std::memcpy(out, in + 1, 16);
    } else {
      const std::size_t more = in[1];
      if (more == 255 || in_end - in < static_cast<std::ptrdiff_t>(more) + 64 ||
          out_end - out < static_cast<std::ptrdiff_t>(more) + 64) {
        break;
      }
      copy_wild(out, in + 2, more + 15);
      in += more + 1;  // the distance then stands 16 bytes on, as behind 15 literals without a longer length
      out += more;
    }
    const std::size_t next = in[literals + 3];
    const std::size_t distance = load_distance(in + literals + 1);
    out += literals;
    if (rest != 15) {
      if (distance < 8 || distance > static_cast<std::size_t>(out - begin)) [[unlikely]]
        break;
      const unsigned char* const from = out - distance;
      in += literals + 3;
      std::memcpy(out, from, 8);
      std::memcpy(out + 8, from + 8, 8);
      std::memcpy(out + 16, from + 16, 2);
      out += rest + shortest_match;
      token = next;
    } else {
      in += literals + 4;
      std::size_t part = next;
      std::size_t size = 15 + shortest_match + part;
      while (part == 255 && in < in_mark) {
        part = *in++;
        size += part;
      }
      if (part == 255 || size + 32 > static_cast<std::size_t>(out_end - out) || distance < 8 ||
          distance > static_cast<std::size_t>(out - begin)) [[unlikely]] {
        break;
      }
      copy_far(out, distance, size);
      out += size;
      token = *in;
    }
    at = {in, out};
  } while (in < in_mark && out < out_mark);
  return at;
}

// Unpacks a block into exactly `[begin, out_end)`. False for any block that is not a valid one of that size; what the
// output then holds is unspecified. Never reads or writes outside of the ranges.
inline bool decode(const unsigned char* in, const unsigned char* in_end, unsigned char* const begin,
                   unsigned char* const out_end, const History& history) noexcept {
  unsigned char* out = begin;
  for (;;) {
    const Cursor at = decode_common({in, out}, in_end, begin, out_end);
    in = at.in;
    out = at.out;
    // One sequence of any kind.
    if (in == in_end) return false;
    const unsigned token = *in++;
    std::size_t literals = token >> 4;
    if (literals == 15 && !more_length(in, in_end, literals)) return false;
    const auto left = static_cast<std::size_t>(in_end - in);
    if (literals > left || literals > static_cast<std::size_t>(out_end - out)) return false;
    copy_literals(out, in, literals, left, static_cast<std::size_t>(out_end - out));
    in += literals;
    out += literals;
    if (literals == left) return out == out_end;
    if (in_end - in < 2) return false;
    const std::size_t distance = load_distance(in);
    in += 2;
    std::size_t size = token & 15;
    if (size == 15 && !more_length(in, in_end, size)) return false;
    size += shortest_match;
    if (!copy_match(begin, out, distance, size, static_cast<std::size_t>(out_end - out), history)) return false;
    out += size;
  }
}

}  // namespace ashlar::inline v0::detail::lz4
