// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace ashlar_test {

/// Sequences of keys as caches meet them, each made by rule from a seed: the same on every machine.
using Keys = std::vector<std::uint64_t>;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_{seed} {}
  std::uint64_t operator()() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xbf58'476d'1ce4'e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d0'49bb'1331'11eb;
    return mixed ^ (mixed >> 31);
  }
  std::uint64_t below(std::uint64_t end) { return (*this)() % end; }
  double unit() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// The rank of a key where rank r is used in proportion to 1 / (r + 1)^skew.
class ZipfRank {
 public:
  ZipfRank(std::size_t keys, double skew) : sums_(keys) {
    double sum = 0;
    for (std::size_t i = 0; i < keys; ++i) sums_[i] = sum += 1.0 / std::pow(static_cast<double>(i + 1), skew);
  }
  std::uint64_t operator()(Chance& chance) const {
    const double at = chance.unit() * sums_.back();
    return static_cast<std::uint64_t>(std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

inline Keys zipf(std::size_t requests, std::size_t keys, double skew, std::uint64_t seed = 1) {
  const ZipfRank rank{keys, skew};
  Chance chance{seed};
  Keys out(requests);
  for (auto& key : out) key = rank(chance);
  return out;
}

/// Zipf use of a set of keys that moves on by a quarter every so many requests.
inline Keys shifting_zipf(std::size_t requests, std::size_t keys, double skew, std::size_t every,
                          std::uint64_t seed = 2) {
  const ZipfRank rank{keys, skew};
  Chance chance{seed};
  Keys out(requests);
  for (std::size_t i = 0; i < requests; ++i) out[i] = rank(chance) + i / every * (keys / 4);
  return out;
}

/// The same keys in the same order, again and again.
inline Keys loop(std::size_t requests, std::size_t keys, std::uint64_t first = 1'000'000'000) {
  Keys out(requests);
  for (std::size_t i = 0; i < requests; ++i) out[i] = first + i % keys;
  return out;
}

/// Zipf use with runs of keys between that are used once and never again.
inline Keys zipf_with_scans(std::size_t requests, std::size_t keys, double skew, std::size_t scan,
                            std::uint64_t seed = 3) {
  const ZipfRank rank{keys, skew};
  Chance chance{seed};
  Keys out;
  std::uint64_t fresh = 2'000'000'000;
  while (out.size() < requests) {
    for (std::size_t i = 0; i < scan; ++i) out.push_back(rank(chance));
    for (std::size_t i = 0; i < scan; ++i) out.push_back(fresh++);
  }
  out.resize(requests);
  return out;
}

/// Use by recency alone: how many other keys were used since the last use of a key is log-uniform up to `reach`.
inline Keys by_recency(std::size_t requests, std::size_t reach, double fresh_share, std::uint64_t seed = 4) {
  Chance chance{seed};
  Keys stack;
  Keys out(requests);
  for (auto& key : out) {
    const auto depth = static_cast<std::size_t>(std::exp(chance.unit() * std::log(static_cast<double>(reach))));
    if (chance.unit() < fresh_share || depth > stack.size()) {
      key = 3'000'000'000 + stack.size();
    } else {
      const auto at = stack.end() - static_cast<std::ptrdiff_t>(depth);
      key = *at;
      stack.erase(at);
    }
    stack.push_back(key);
  }
  return out;
}

/// Every key is used exactly twice, the second time `distance` new keys later.
inline Keys pairs(std::size_t requests, std::size_t distance) {
  Keys out;
  for (std::uint64_t i = 0; out.size() < requests; ++i) {
    out.push_back(4'000'000'000 + i);
    if (i >= distance) out.push_back(4'000'000'000 + i - distance);
  }
  return out;
}

/// Forth and back over the same keys.
inline Keys zigzag(std::size_t requests, std::size_t keys, std::uint64_t first = 5'000'000'000) {
  Keys out(requests);
  for (std::size_t i = 0; i < requests; ++i) {
    const std::size_t at = i % (2 * keys);
    out[i] = first + (at < keys ? at : 2 * keys - 1 - at);
  }
  return out;
}

/// Even use of a set of keys that takes in a new key, and drops its oldest, every so many requests.
inline Keys moving_set(std::size_t requests, std::size_t keys, std::size_t every, std::uint64_t seed = 6) {
  Chance chance{seed};
  Keys out(requests);
  for (std::size_t i = 0; i < requests; ++i) out[i] = 6'000'000'000 + i / every + chance.below(keys);
  return out;
}

/// A short loop that is run many times, then the next one, and the whole again: loops within a loop.
inline Keys nested_loops(std::size_t requests, std::size_t inner, std::size_t times, std::size_t loops) {
  Keys out(requests);
  for (std::size_t i = 0; i < requests; ++i) out[i] = 7'000'000'000 + i / (inner * times) % loops * inner + i % inner;
  return out;
}

inline Keys spliced(std::initializer_list<Keys> parts) {
  Keys out;
  for (const Keys& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace ashlar_test
