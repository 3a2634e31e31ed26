// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::zlib::detail {

// What zlib calls window bits; 16 more make the wrapper gzip's.
enum class Wrapper : int { zlib = 15, gzip = 15 + 16 };

// zlib counts in 32 bits: larger buffers are handed over in pieces.
inline uInt piece(std::size_t size) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}
inline Bytef* input(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + at));
}

inline void compress(std::span<const std::byte> raw, int level, Wrapper wrapper, std::vector<std::byte>& out) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, static_cast<int>(wrapper), 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
  const std::size_t start = out.size();
  std::size_t taken = 0;
  std::size_t made = start;
  try {
    out.resize(start + deflateBound(&stream, static_cast<uLong>(raw.size())) + 32);
    for (int status = Z_OK; status != Z_STREAM_END;) {
      if (made == out.size()) out.resize(out.size() + 4096 + out.size() / 4);
      stream.next_in = input(raw, taken);
      stream.avail_in = piece(raw.size() - taken);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
      stream.avail_out = piece(out.size() - made);
      const uInt given = stream.avail_in;
      const uInt room = stream.avail_out;
      status = deflate(&stream, taken + given == raw.size() ? Z_FINISH : Z_NO_FLUSH);
      taken += given - stream.avail_in;
      made += room - stream.avail_out;
    }
  } catch (...) {
    deflateEnd(&stream);
    out.resize(start);
    throw;
  }
  deflateEnd(&stream);
  out.resize(made);
}

inline Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, Wrapper wrapper,
                               std::string_view name, std::vector<std::byte>& out) {
  const auto broken = [&](std::string_view why) {
    std::string text{name};
    text += ": " + std::to_string(packed.size()) + " bytes do not unpack to " + std::to_string(raw_size) + ": ";
    text += why;
    return Error{ErrorCode::corrupt, text};
  };
  // Deflate packs 1032 bytes into one at best.
  if (raw_size / 1032 > packed.size()) return broken("too few");
  z_stream stream{};
  if (inflateInit2(&stream, static_cast<int>(wrapper)) != Z_OK) throw std::bad_alloc{};
  const std::size_t start = out.size();
  std::size_t taken = 0;
  std::size_t made = 0;
  int status = Z_OK;
  std::byte beyond[1];
  try {
    out.resize(start + raw_size);
    while (status == Z_OK) {
      const bool full = made == raw_size;
      stream.next_in = input(packed, taken);
      stream.avail_in = piece(packed.size() - taken);
      stream.next_out = reinterpret_cast<Bytef*>(full ? beyond : out.data() + start + made);
      stream.avail_out = full ? 1 : piece(raw_size - made);
      const uInt given = stream.avail_in;
      const uInt room = stream.avail_out;
      status = inflate(&stream, Z_NO_FLUSH);
      taken += given - stream.avail_in;
      made += room - stream.avail_out;
      if (made > raw_size) break;
    }
  } catch (...) {
    inflateEnd(&stream);
    out.resize(start);
    throw;
  }
  inflateEnd(&stream);
  if (status == Z_STREAM_END && made == raw_size && taken == packed.size()) return {};
  out.resize(start);
  if (made > raw_size) return broken("they hold more");
  return broken(status == Z_STREAM_END ? "the stream ends elsewhere" : "the stream is damaged or cut off");
}

}  // namespace ashlar::inline v0::zlib::detail
