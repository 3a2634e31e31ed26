// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/dictionary.hpp>
#include <ashlar/codec/lz4.hpp>

namespace ashlar::inline v0 {

namespace detail {

// Picks the pieces of the samples whose substrings occur most, each substring counted once
// (after K. Liao, M. Petri, A. Moffat, A. Wirth, "Effective Construction of Relative Lempel-Ziv Dictionaries", 2016).
template <class Sample>
class DictionaryTrainer {
 public:
  DictionaryTrainer(std::span<const Sample> samples, std::size_t most_bytes) {
    std::size_t total = 0;
    for (const auto& sample : samples) total += sample.size();
    const std::size_t step = total / most_bytes + 1;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i / 4 % step != 0) continue;
      (i % 4 == 3 ? held_back_ : used_).push_back(samples[i]);
    }
    if (held_back_.empty()) held_back_ = used_;
    for (const auto& sample : used_) {
      append_bytes(text_, sample);
      ends_.push_back(text_.size());
    }
  }

  // A dictionary of up to `size` bytes, from pieces of about `piece` bytes, judged by substrings of `length`.
  std::vector<std::byte> pick(std::size_t size, std::size_t piece, std::size_t length) {
    std::vector<std::byte> dictionary(size);
    std::size_t free = size;
    if (text_.size() < piece) {
      dictionary = text_;
      if (dictionary.size() > size) dictionary.resize(size);
      return dictionary;
    }
    count(length);
    const std::size_t epochs = std::max<std::size_t>(1, std::min(size / piece / 4, text_.size() / (10 * piece) + 1));
    const std::size_t epoch_size = text_.size() / epochs;
    std::size_t barren = 0;
    for (std::size_t epoch = 0; free > 0 && barren < epochs; epoch = (epoch + 1) % epochs) {
      auto [from, to] = best_piece(epoch * epoch_size, std::min(text_.size(), (epoch + 1) * epoch_size), piece, length);
      if (from == to) {
        ++barren;
        continue;
      }
      barren = 0;
      const std::size_t taken = std::min(to - from, free);
      free -= taken;
      std::memcpy(dictionary.data() + free, text_.data() + from, taken);
      for (std::size_t at = from; at + length <= to; ++at) counts_[slots_[at]] = 0;
    }
    dictionary.erase(dictionary.begin(), dictionary.begin() + static_cast<std::ptrdiff_t>(free));
    return dictionary;
  }

  // The packed size of samples that `dictionary` was not made of.
  std::size_t cost(const Dictionary& dictionary) const {
    std::size_t sum = 0;
    std::vector<std::byte> packed;
    for (std::size_t i = 0; i < held_back_.size(); i += 1 + held_back_.size() / 2000) {
      packed.resize(Lz4::bound(held_back_[i].size()));
      sum += dictionary.compress_into(held_back_[i], packed);
    }
    return sum;
  }

 private:
  static constexpr unsigned bits = 18;

  void count(std::size_t length) {
    counts_.assign(std::size_t{1} << bits, 0);
    slots_.assign(text_.size(), 0);
    std::size_t start = 0;
    for (const std::size_t end : ends_) {
      for (std::size_t at = start; at + 8 <= end; ++at) {
        std::uint64_t word = lz4::load<std::uint64_t>(reinterpret_cast<const unsigned char*>(text_.data() + at));
        word = length == 8 ? word : word << (64 - 8 * length);
        slots_[at] = static_cast<std::uint32_t>((word * 0x9E3779B97F4A7C15ULL) >> (64 - bits));
        ++counts_[slots_[at]];
      }
      start = end;
    }
    counts_[0] = 0;  // also the slot of places too near to an end
    for (auto& occurrences : counts_) {
      if (occurrences < 2) occurrences = 0;
    }
  }

  std::pair<std::size_t, std::size_t> best_piece(std::size_t from, std::size_t to, std::size_t piece,
                                                 std::size_t length) {
    std::vector<std::uint8_t>& inside = inside_;
    inside.resize(std::size_t{1} << bits);
    std::uint64_t score = 0;
    std::uint64_t best = 0;
    std::pair<std::size_t, std::size_t> found{from, from};
    const std::size_t window = piece - length + 1;
    std::size_t left = from;
    for (std::size_t at = from; at + length <= to; ++at) {
      if (inside[slots_[at]]++ == 0) score += counts_[slots_[at]];
      if (at - left + 1 > window) {
        if (--inside[slots_[left]] == 0) score -= counts_[slots_[left]];
        ++left;
      }
      if (score > best) {
        best = score;
        found = {left, at + length};
      }
    }
    for (std::size_t at = left; at + length <= to; ++at) inside[slots_[at]] = 0;
    while (found.first < found.second && counts_[slots_[found.first]] == 0) ++found.first;
    return found;
  }

  std::vector<Sample> used_;
  std::vector<Sample> held_back_;
  std::vector<std::byte> text_;
  std::vector<std::size_t> ends_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint8_t> inside_;
};

}  // namespace detail

/// A dictionary of up to `size` bytes for values like `samples`: some hundred to some thousand of them, packed by the
/// same serializer, best a random choice. Several ways to cut them up are tried on a quarter of the samples that is held
/// back. 16 KiB serves most rows; more gains little and cools the cache. The result depends on nothing but the arguments.
/// Threads: any. Cost: about half a second for a megabyte; of more than 2 MiB of samples every n-th is used.
/// A template of nothing else, so that only who trains pays for its compilation.
template <std::same_as<std::vector<std::byte>> Sample = std::vector<std::byte>>
Dictionary train_dictionary(std::span<const std::type_identity_t<Sample>> samples, DictionaryTag tag,
                            std::size_t size = std::size_t{16} << 10) {
  detail::DictionaryTrainer<Sample> trainer{samples, std::size_t{2} << 20};
  Dictionary best{tag, trainer.pick(size, 48, 8)};
  std::size_t least = trainer.cost(best);
  for (const auto& [piece, length] : {std::pair{24, 6}, {32, 6}, {48, 6}, {96, 8}, {200, 8}}) {
    Dictionary next{tag, trainer.pick(size, static_cast<std::size_t>(piece), static_cast<std::size_t>(length))};
    if (const std::size_t cost = trainer.cost(next); cost < least) {
      least = cost;
      best = std::move(next);
    }
  }
  return best;
}

}  // namespace ashlar::inline v0
