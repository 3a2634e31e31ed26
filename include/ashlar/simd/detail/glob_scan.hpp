// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <ashlar/simd/detail/glob_program.hpp>

namespace ashlar::inline v0::detail {

inline constexpr char glob_nothing[16] = {};

// Bit i for each of up to 64 keys: its size is allowed and its end passes the edge test. No branch depends on a key.
template <class Word>
std::uint64_t glob_edge_bits(const GlobProgram& program, const GlobEdge& edge, bool at_tail,
                             const std::string_view* keys, std::size_t count) noexcept {
  Word values[2];
  Word masks[2];
  for (std::size_t i = 0; i < 2; ++i) {
    std::memcpy(&values[i], &edge.values[i], sizeof(Word));
    std::memcpy(&masks[i], &edge.masks[i], sizeof(Word));
  }
  const std::size_t size_range = program.max_size - program.min_size;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = keys[i].size();
    const bool allowed = size - program.min_size <= size_range;
    const char* at = allowed ? keys[i].data() + (at_tail ? size - edge.size : 0) : glob_nothing;
    Word words[2];
    std::memcpy(&words[0], at, sizeof(Word));
    std::memcpy(&words[1], at + edge.second, sizeof(Word));
    const auto difference =
        static_cast<Word>(((words[0] ^ values[0]) & masks[0]) | ((words[1] ^ values[1]) & masks[1]));
    bits |= static_cast<std::uint64_t>(static_cast<unsigned>(allowed) & static_cast<unsigned>(difference == 0)) << i;
  }
  return bits;
}

inline std::uint64_t glob_edge_bits(const GlobProgram& program, const GlobEdge& edge, bool at_tail,
                                    const std::string_view* keys, std::size_t count) noexcept {
  switch (edge.width) {
    case 1: return glob_edge_bits<std::uint8_t>(program, edge, at_tail, keys, count);
    case 2: return glob_edge_bits<std::uint16_t>(program, edge, at_tail, keys, count);
    case 4: return glob_edge_bits<std::uint32_t>(program, edge, at_tail, keys, count);
    case 8: return glob_edge_bits<std::uint64_t>(program, edge, at_tail, keys, count);
    default: break;
  }
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bits |= static_cast<std::uint64_t>(keys[i].size() - program.min_size <= program.max_size - program.min_size) << i;
  }
  return bits;
}

// Fills one bit a key, 64 keys a word, unused bits zero. First sizes and ends of 64 keys, then `matches(key)` for the
// keys that are left.
template <class Matches>
std::size_t glob_scan_with(const GlobProgram& program, const std::string_view* keys, std::size_t count,
                           std::uint64_t* bitmap, Matches matches) noexcept {
  std::size_t hits = 0;
  for (std::size_t base = 0; base < count; base += 64) {
    const std::size_t size = count - base < 64 ? count - base : 64;
    std::uint64_t bits = glob_edge_bits(program, program.head, false, keys + base, size);
    if (program.tail.width != 0 && bits != 0) {
      bits &= glob_edge_bits(program, program.tail, true, keys + base, size);
    }
    if (!program.edges_decide) {
      for (std::uint64_t left = bits; left != 0; left &= left - 1) {
        const int i = std::countr_zero(left);
        bits ^= static_cast<std::uint64_t>(!matches(keys[base + static_cast<std::size_t>(i)])) << i;
      }
    }
    *bitmap++ = bits;
    hits += static_cast<std::size_t>(std::popcount(bits));
  }
  return hits;
}

namespace scalar {

inline std::size_t glob_scan(const GlobProgram* program, const std::string_view* keys, std::size_t count,
                             std::uint64_t* bitmap) noexcept {
  return glob_scan_with(*program, keys, count, bitmap, [&](std::string_view key) { return program->matches(key); });
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
