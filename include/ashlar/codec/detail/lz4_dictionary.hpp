// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <ashlar/codec/detail/lz4_decode.hpp>
#include <ashlar/codec/detail/lz4_encode.hpp>

namespace ashlar::inline v0::detail::lz4 {

/// Bytes behind a dictionary that wide copies may read.
inline constexpr std::size_t spare = 32;

// Where each four bytes of a dictionary occur: the last place by hash, and from each place the one before.
class DictionaryIndex {
 public:
  static constexpr unsigned bits = 14;

  void build(const unsigned char* bytes, std::size_t size) {
    begin_ = size > farthest ? size - farthest : 0;
    heads_.assign(std::size_t{1} << bits, 0);
    before_.assign(size - begin_ + 1, 0);
    for (std::size_t at = begin_; at + 8 <= size; ++at) {
      const std::uint32_t slot = hash_four(load<std::uint32_t>(bytes + at));
      const auto place = static_cast<std::uint16_t>(at - begin_ + 1);
      before_[place] = heads_[slot];
      heads_[slot] = place;
    }
  }
  static std::uint32_t hash_four(std::uint32_t four) noexcept { return (four * 2654435761U) >> (32 - bits); }

  // Places count from 1; 0 is "nowhere".
  std::uint16_t first(std::uint32_t four) const noexcept { return heads_[hash_four(four)]; }
  std::uint16_t next(std::uint16_t place) const noexcept { return before_[place]; }
  std::size_t offset(std::uint16_t place) const noexcept { return begin_ + place - 1; }

 private:
  std::size_t begin_ = 0;
  std::vector<std::uint16_t> heads_;
  std::vector<std::uint16_t> before_;
};

struct Match {
  const unsigned char* from = nullptr;
  std::size_t distance = 0;
  std::size_t length = 0;
};

// The matches of a small value, in itself and in the dictionary before it.
class SmallValueMatcher {
 public:
  SmallValueMatcher(const unsigned char* in, std::size_t size, const History& history,
                    const DictionaryIndex& index) noexcept
      : in_{in},
        match_end_{in + size - last_literals},
        history_{history},
        index_{index},
        bits_{table_bits<std::uint16_t>(size)} {
    std::memset(table_, 0, sizeof(std::uint16_t) << bits_);
  }

  // The longest of up to `tries` candidates in the dictionary and one in the value.
  Match find(const unsigned char* at) noexcept {
    constexpr int tries = 6;
    Match best;
    const auto four = load<std::uint32_t>(at);
    std::uint16_t& slot = table_[hash(load<std::uint64_t>(at), bits_)];
    if (const unsigned char* const own = in_ + slot; own < at && load<std::uint32_t>(own) == four) {
      best = {own, static_cast<std::size_t>(at - own), shortest_match + match_length(at + 4, own + 4, match_end_)};
    }
    slot = static_cast<std::uint16_t>(at - in_);
    const unsigned char* const begin = history_.end - history_.size;
    const auto here = static_cast<std::size_t>(at - in_);
    int left = tries;
    for (std::uint16_t place = index_.first(four); place != 0 && left-- > 0; place = index_.next(place)) {
      const unsigned char* const from = begin + index_.offset(place);
      const auto distance = here + static_cast<std::size_t>(history_.end - from);
      if (distance > farthest) break;
      if (load<std::uint32_t>(from) != four) continue;
      const auto most =
          std::min(static_cast<std::size_t>(history_.end - from), static_cast<std::size_t>(match_end_ - at));
      if (best.length != 0 && (best.length >= most || from[best.length] != at[best.length])) continue;
      const std::size_t length = shortest_match + match_length(at + 4, from + 4, at + most);
      if (length > best.length) best = {from, distance, length};
    }
    return best;
  }

  // Where bytes before the match are equal too, they join it.
  const unsigned char* extend_back(Match& match, const unsigned char* at, const unsigned char* anchor) const noexcept {
    const bool own = match.from >= in_ && match.from < match_end_;
    const unsigned char* const begin = own ? in_ : history_.end - history_.size;
    while (at > anchor && match.from > begin && at[-1] == match.from[-1]) {
      --at;
      --match.from;
      ++match.length;
    }
    return at;
  }

 private:
  const unsigned char* in_;
  const unsigned char* match_end_;
  History history_;
  const DictionaryIndex& index_;
  unsigned bits_;
  std::uint16_t table_[std::size_t{1} << most_table_bits<std::uint16_t>];
};

// As `encode`, for a value that follows the dictionary; a longer match one byte later is preferred.
inline unsigned char* encode_after(const unsigned char* const in, std::size_t size, unsigned char* out,
                                   const History& history, const DictionaryIndex& index) noexcept {
  // Behind 32 KiB of its own a value gains little from what came before.
  if (size > farthest / 2) {
    if (size > most_for_16_bits) {
      std::uint32_t table[std::size_t{1} << most_table_bits<std::uint32_t>];
      return encode(in, size, out, table, table_bits<std::uint32_t>(size));
    }
    std::uint16_t table[std::size_t{1} << most_table_bits<std::uint16_t>];
    return encode(in, size, out, table, table_bits<std::uint16_t>(size));
  }
  const unsigned char* const end = in + size;
  const unsigned char* anchor = in;
  unsigned char* token = nullptr;
  if (size > no_match_within) {
    const unsigned char* const last_start = end - no_match_within;
    SmallValueMatcher matcher{in, size, history, index};
    for (const unsigned char* at = in; at <= last_start;) {
      Match match = matcher.find(at);
      if (match.length == 0) {
        at += 1 + (static_cast<std::size_t>(at - anchor) >> 6);
        continue;
      }
      while (at < last_start && match.length < 32) {
        const Match later = matcher.find(at + 1);
        if (later.length <= match.length + 1) break;
        match = later;
        ++at;
      }
      at = matcher.extend_back(match, at, anchor);
      out = put_literals(out, anchor, static_cast<std::size_t>(at - anchor), end, token);
      out = put_match(out, token, match.distance, match.length);
      at += match.length;
      anchor = at;
    }
  }
  return put_literals(out, anchor, static_cast<std::size_t>(end - anchor), end, token);
}

}  // namespace ashlar::inline v0::detail::lz4
