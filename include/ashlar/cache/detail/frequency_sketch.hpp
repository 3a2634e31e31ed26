// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ashlar::inline v0::detail {

/// How often keys were used lately, at most 15: a count-min sketch (Cormode, Muthukrishnan 2005) of 4-bit counters, four
/// for each key within one cache line, all halved after every ten uses per key of the capacity (TinyLFU; Einziger et
/// al. 2017). Never too low but for the halving. Memory: 8 bytes per key of the capacity, rounded up to a power of two.
class FrequencySketch {
 public:
  static constexpr unsigned most = 15;

  /// For about `keys` keys; all counters are 0. Strong guarantee.
  void resize(std::uint64_t keys) {
    blocks_ = std::vector<Block>(std::bit_ceil(std::max<std::uint64_t>(keys, 8)) / 8);
    clear();
  }
  /// After how many uses the counters are halved.
  void period(std::uint64_t uses) noexcept { period_ = std::max<std::uint64_t>(uses, 16); }

  /// One more use of the key of this hash (its high half is enough). Cost: one cache line.
  void record(std::uint64_t hash) noexcept {
    if (blocks_.empty()) return;
    const Place place = find_place(hash);
    Block& block = blocks_[place.block];
    bool counted = false;
    for (unsigned row = 0; row < rows; ++row) {
      std::uint64_t& word = block[place.word(row)];
      if (((word >> place.shift(row)) & most) < most) {
        word += std::uint64_t{1} << place.shift(row);
        counted = true;
      }
    }
    if (counted && ++uses_ >= period_) halve();
  }

  /// How often the key of this hash was used lately.
  unsigned frequency(std::uint64_t hash) const noexcept {
    if (blocks_.empty()) return 0;
    const Place place = find_place(hash);
    const Block& block = blocks_[place.block];
    unsigned least = most;
    for (unsigned row = 0; row < rows; ++row) {
      least = std::min(least, static_cast<unsigned>((block[place.word(row)] >> place.shift(row)) & most));
    }
    return least;
  }

  void halve() noexcept {
    for (Block& block : blocks_) {
      for (std::uint64_t& word : block) word = (word >> 1) & 0x7777'7777'7777'7777;
    }
    uses_ /= 2;
  }

  void clear() noexcept {
    std::fill(blocks_.begin(), blocks_.end(), Block{});
    uses_ = 0;
  }

  /// Uses counted since the counters were clear, each halving halving them too.
  std::uint64_t uses() const noexcept { return uses_; }

 private:
  static constexpr unsigned rows = 4;
  struct alignas(64) Block : std::array<std::uint64_t, 8> {};
  // Each row owns two of the block's eight words, thirty-two counters.
  struct Place {
    std::size_t block;
    std::uint32_t bits;
    std::size_t word(unsigned row) const noexcept { return row * 2 + ((bits >> (row * 8)) & 1); }
    unsigned shift(unsigned row) const noexcept { return ((bits >> (row * 8 + 1)) & 15) * 4; }
  };
  Place find_place(std::uint64_t hash) const noexcept {
    std::uint64_t mixed = (hash >> 32) * 0x9e37'79b9'7f4a'7c15;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8'feb8'6659'fd93;
    return {static_cast<std::size_t>(mixed >> 32) & (blocks_.size() - 1),
            static_cast<std::uint32_t>((mixed ^ (mixed >> 32)) * 0x85eb'ca6b)};
  }

  std::vector<Block> blocks_;
  std::uint64_t uses_ = 0;
  std::uint64_t period_ = 1024;
};

}  // namespace ashlar::inline v0::detail
