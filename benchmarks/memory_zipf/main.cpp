// SPDX-License-Identifier: BSL-1.0
// What does a get, and an insert after a miss, cost when keys follow Zipf's law? Ten times more keys than entries.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/s3_fifo.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <support/bench.hpp>

#include "rivals.hpp"

namespace {

using U64 = std::uint64_t;

/// Draws by rejection from the law with exponent 0.99 (W. Hörmann and G. Derflinger, 1996).
class Zipf {
 public:
  explicit Zipf(std::size_t keys) : keys_{static_cast<double>(keys)} {
    low_ = integral(1.5) - 1;
    high_ = integral(keys_ + 0.5);
    cut_ = 2 - inverse(integral(2.5) - std::pow(2.0, -s));
  }
  template <class Random>
  std::size_t operator()(Random& random) {
    std::uniform_real_distribution<double> uniform{0, 1};
    for (;;) {
      const double u = high_ + uniform(random) * (low_ - high_);
      const double x = inverse(u);
      const double k = std::clamp(std::floor(x + 0.5), 1.0, keys_);
      if (k - x <= cut_ || u >= integral(k + 0.5) - std::pow(k, -s)) return static_cast<std::size_t>(k) - 1;
    }
  }

 private:
  static constexpr double s = 0.99;
  static double integral(double x) { return (std::pow(x, 1 - s) - 1) / (1 - s); }
  static double inverse(double y) { return std::pow(1 + y * (1 - s), 1 / (1 - s)); }
  double keys_, low_, high_, cut_;
};

template <class Key>
Key key_of(U64 rank);
template <>
U64 key_of<U64>(U64 rank) {
  return rank * 0x9e3779b97f4a7c15ULL;
}
template <>
std::string key_of<std::string>(U64 rank) {
  std::string key = "key:0000000000";
  for (std::size_t i = key.size(); rank != 0; rank /= 10) key[--i] = static_cast<char>('0' + rank % 10);
  return key;
}
template <class Value>
Value value_of(const U64& key) {
  return key + 1;
}
template <class Value>
Value value_of(const std::string& key) {
  Value value(100, 'v');
  std::copy(key.begin(), key.end(), value.begin());
  return value;
}

bool is_of(U64 value, U64 key) { return value == key + 1; }
bool is_of(const std::string& value, const std::string& key) { return value.size() == 100 && value.starts_with(key); }

/// A cache in use: nanoseconds per request of all threads together; every value is looked at.
template <class Cache, class Key, class Value>
double drive(Cache& cache, const std::vector<std::vector<Key>>& requests) {
  std::vector<std::size_t> wrong(requests.size());
  const auto work = [&](std::size_t t) {
    for (const Key& key : requests[t]) {
      if (const auto found = cache.get(key)) {
        wrong[t] += !is_of(*found, key);
      } else {
        cache.put(key, value_of<Value>(key));
      }
    }
  };
  const double seconds = bench::seconds([&] {
    std::vector<std::thread> crowd;
    for (std::size_t t = 1; t < requests.size(); ++t) crowd.emplace_back(work, t);
    work(0);
    for (std::thread& thread : crowd) thread.join();
  });
  std::size_t all = 0;
  for (const auto& part : requests) all += part.size();
  for (const std::size_t count : wrong) {
    if (count != 0) {
      std::fprintf(stderr, "%zu wrong values\n", count);
      std::exit(1);
    }
  }
  return seconds * 1e9 / static_cast<double>(all);
}

#if ASHLAR_PEER_tbb
/// Its lookups load: the get that inserts.
template <class Key, class Value>
class TbbLru {
 public:
  explicit TbbLru(std::size_t capacity) : cache_{&make, capacity} {}
  std::optional<Value> get(const Key& key) {
    auto handle = cache_[key];
    return handle.value();
  }
  void put(const Key& key, const Value&) { cache_[key]; }

 private:
  static Value make(Key key) { return value_of<Value>(key); }
  tbb::concurrent_lru_cache<Key, Value, Value (*)(Key)> cache_;
};
#endif

/// The requests of one round, by thread.
template <class Key>
using Round = std::vector<std::vector<Key>>;

template <class Key, class Value>
void measure(bench::Report& report, const std::string& kind, std::size_t entries, std::size_t threads) {
  const std::string which = kind + ", " + std::to_string(entries) + ", " + std::to_string(threads) + "T";
  if (!report.wants(which)) return;
  // Each round goes on where the last one ended. Every cache is full of other keys before the first, so that each miss
  // evicts.
  constexpr std::size_t requests = 300'000;
  Zipf zipf{entries * 10};
  std::mt19937_64 random{entries + threads};
  std::vector<Round<Key>> rounds(static_cast<std::size_t>(report.repeat()) + 2, Round<Key>(threads));
  for (auto& round : rounds) {
    for (auto& part : round) {
      part.reserve(requests / threads);
      while (part.size() < requests / threads) part.push_back(key_of<Key>(zipf(random)));
    }
  }
  std::vector<bench::Contender> contenders;
  const auto add = [&]<class Cache>(const char* name, std::shared_ptr<Cache> cache,
                                    std::optional<bench::Bar> bar = {}) {
    for (std::size_t i = 0; i < entries; ++i) {
      const Key key = key_of<Key>(entries * 10 + i);
      cache->put(key, value_of<Value>(key));
    }
    drive<Cache, Key, Value>(*cache, rounds.front());
    contenders.push_back({name,
                          [cache, &rounds, next = std::size_t{0}]() mutable {
                            next = next % (rounds.size() - 1) + 1;
                            return drive<Cache, Key, Value>(*cache, rounds[next]);
                          },
                          bar});
  };
  using Lru = ListLru<Key, Value>;
  // Against the fastest of those that several threads may use.
  const char* const peers =
      "list and std map, 16 mutexes|list and absl map, 16 mutexes|RocksDB HyperClockCache|tbb::concurrent_lru_cache";
  add("MemoryTier", std::make_shared<ashlar::MemoryTier<Key, Value>>(ashlar::entries(entries)),
      bench::Bar{peers, "<=0.667"});
  add("MemoryTier S3Fifo", std::make_shared<ashlar::MemoryTier<Key, Value, ashlar::S3Fifo>>(ashlar::entries(entries)));
  if (threads == 1) {
    add("MemoryTier SingleThreaded",
        std::make_shared<ashlar::MemoryTier<Key, Value, ashlar::SingleThreaded>>(ashlar::entries(entries)));
    add("list and std map, no lock", std::make_shared<Lru>(entries));
  } else {
    add("list and std map, a mutex", std::make_shared<Locked<Lru, Key, Value, 1>>(entries));
  }
  add("list and std map, 16 mutexes", std::make_shared<Locked<Lru, Key, Value, 16>>(entries));
#if ASHLAR_PEER_absl
  add("list and absl map, 16 mutexes",
      std::make_shared<Locked<ListLru<Key, Value, absl::flat_hash_map>, Key, Value, 16>>(entries));
#endif
#if ASHLAR_PEER_hyperclock
  add("RocksDB HyperClockCache", std::make_shared<HyperClock<Key, Value>>(entries));
#endif
#if ASHLAR_PEER_tbb
  if (entries <= 100'000) add("tbb::concurrent_lru_cache", std::make_shared<TbbLru<Key, Value>>(entries));
#endif
  report.run(which, "time", "ns", contenders);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"memory_zipf", argc, argv};
#if !ASHLAR_PEER_absl
  report.skipped("all", "list and absl map");
#endif
#if !ASHLAR_PEER_hyperclock
  report.skipped("all", "RocksDB HyperClockCache");
#endif
#if !ASHLAR_PEER_tbb
  report.skipped("all", "tbb::concurrent_lru_cache");
#endif
  for (const std::size_t threads : {1, 2}) {
    for (const std::size_t entries : {10'000, 1'000'000}) {
      measure<U64, U64>(report, "u64", entries, threads);
      measure<std::string, std::string>(report, "strings", entries, threads);
    }
  }
}
