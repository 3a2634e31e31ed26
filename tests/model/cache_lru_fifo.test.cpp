// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <list>
#include <random>
#include <unordered_map>
#include <vector>

#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/simulate.hpp>

namespace {

/// The textbook: a list from newest to oldest and an index into it. Returns the hits.
std::uint64_t textbook(const std::vector<std::uint64_t>& trace, std::size_t capacity, bool hits_move) {
  std::list<std::uint64_t> order;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> index;
  std::uint64_t hits = 0;
  for (const std::uint64_t key : trace) {
    const auto found = index.find(key);
    if (found != index.end()) {
      ++hits;
      if (hits_move) order.splice(order.begin(), order, found->second);
      continue;
    }
    if (order.size() == capacity) {
      index.erase(order.back());
      order.pop_back();
    }
    order.push_front(key);
    index[key] = order.begin();
  }
  return hits;
}

/// Draws of a law by which the k-th most frequent of `keys` is drawn in proportion to k to the power -0.9.
std::vector<std::uint64_t> skewed(std::size_t draws, std::size_t keys, unsigned seed) {
  std::vector<double> sums(keys);
  double sum = 0;
  for (std::size_t k = 0; k < keys; ++k) sums[k] = sum += std::pow(static_cast<double>(k + 1), -0.9);
  std::mt19937_64 random{seed};
  std::uniform_real_distribution<double> uniform{0, sum};
  std::vector<std::uint64_t> trace(draws);
  for (auto& key : trace) {
    const auto at = std::lower_bound(sums.begin(), sums.end(), uniform(random));
    key = static_cast<std::uint64_t>(std::distance(sums.begin(), at)) * 7919;
  }
  return trace;
}

template <class Policy>
using One = ashlar::MemoryTier<std::uint64_t, std::uint64_t, Policy, ashlar::SingleThreaded>;
template <class Policy>
using Many = ashlar::MemoryTier<std::uint64_t, std::uint64_t, Policy>;

}  // namespace

TEST_CASE("the single-threaded tier agrees with the textbook exactly") {
  const auto trace = skewed(20'000, 3'000, 1);
  for (const auto capacity : std::initializer_list<std::size_t>{1, 7, 30, 300, 2'000}) {
    CAPTURE(capacity);
    CHECK(ashlar::simulate<One<ashlar::Lru>>(trace, ashlar::entries(capacity)).hits == textbook(trace, capacity, true));
    CHECK(ashlar::simulate<One<ashlar::Fifo>>(trace, ashlar::entries(capacity)).hits ==
          textbook(trace, capacity, false));
  }
}

TEST_CASE("the concurrent tier, of shards that hear of hits late, agrees within a point of hit ratio") {
  const auto trace = skewed(60'000, 30'000, 2);
  for (const auto capacity : std::initializer_list<std::size_t>{100, 8'000}) {
    CAPTURE(capacity);
    const auto requests = static_cast<double>(trace.size());
    const double lru = static_cast<double>(textbook(trace, capacity, true)) / requests;
    const double fifo = static_cast<double>(textbook(trace, capacity, false)) / requests;
    CHECK(std::abs(ashlar::simulate<Many<ashlar::Lru>>(trace, ashlar::entries(capacity)).hit_ratio() - lru) < 0.01);
    CHECK(std::abs(ashlar::simulate<Many<ashlar::Fifo>>(trace, ashlar::entries(capacity)).hit_ratio() - fifo) < 0.01);
  }
}
