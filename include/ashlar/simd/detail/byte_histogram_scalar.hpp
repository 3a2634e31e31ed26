// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ashlar::inline v0::detail {

// Four tables, so that equal bytes in a row do not wait for each other's increment.
class ByteCounters {
 public:
  void add_word(std::uint64_t word) noexcept {
    for (unsigned shift = 0; shift < 64; shift += 32) {
      ++tables_[0][(word >> shift) & 0xFFu];
      ++tables_[1][(word >> (shift + 8)) & 0xFFu];
      ++tables_[2][(word >> (shift + 16)) & 0xFFu];
      ++tables_[3][(word >> (shift + 24)) & 0xFFu];
    }
  }
  void add(std::byte value, std::uint64_t times = 1) noexcept {
    tables_[0][std::to_integer<std::size_t>(value)] += times;
  }

  // Adds what was counted to the 256 values at `counts`.
  void add_to(std::uint64_t* counts) const noexcept {
    for (std::size_t b = 0; b < 256; ++b) {
      counts[b] += tables_[0][b] + tables_[1][b] + tables_[2][b] + tables_[3][b];
    }
  }

 private:
  std::array<std::array<std::uint64_t, 256>, 4> tables_{};
};

namespace scalar {

inline void byte_histogram(const std::byte* bytes, std::size_t size, std::uint64_t* counts) noexcept {
  if (size < 64) {
    for (std::size_t i = 0; i < size; ++i) {
      ++counts[std::to_integer<std::size_t>(bytes[i])];
    }
    return;
  }
  ByteCounters counters;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    counters.add_word(word);
  }
  for (std::size_t i = 0; i < size; ++i) {
    counters.add(bytes[i]);
  }
  counters.add_to(counts);
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
