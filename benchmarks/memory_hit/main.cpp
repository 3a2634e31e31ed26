// SPDX-License-Identifier: BSL-1.0
// What does a hit cost, against a hash map that neither evicts nor locks?
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/sieve.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <support/bench.hpp>

#if ASHLAR_PEER_absl
#include <absl/container/flat_hash_map.h>
#endif

namespace {

using U64 = std::uint64_t;
using Tier = ashlar::MemoryTier<U64, U64>;
using Single = ashlar::MemoryTier<U64, U64, ashlar::SingleThreaded>;
using Sieve = ashlar::MemoryTier<U64, U64, ashlar::Sieve>;
using Lru = ashlar::MemoryTier<U64, U64, ashlar::Lru>;
using Expiring = ashlar::MemoryTier<U64, U64, ashlar::ExpirePerEntry<>>;
using Counting = ashlar::MemoryTier<U64, U64, ashlar::CountHits>;

struct Workload {
  std::vector<U64> keys;
  std::vector<U64> lookups;

  explicit Workload(std::size_t entries) {
    std::mt19937_64 random{entries};
    keys.resize(entries);
    for (U64& key : keys) key = random();
    lookups.resize(4'000'000);
    for (U64& key : lookups) key = keys[random() % entries];
  }
};

template <class T>
void fill(T& tier, const Workload& work) {
  for (const U64 key : work.keys) tier.put(key, key + 1);
  std::size_t missing = 0;
  for (const U64 key : work.keys) {
    const auto found = tier.get(key);
    missing += !found || *found != key + 1;
  }
  if (missing * 500 > work.keys.size()) {
    std::fprintf(stderr, "%zu of %zu entries are missing or wrong\n", missing, work.keys.size());
    std::exit(1);
  }
}

/// Nanoseconds per lookup.
template <class T>
double look_up(const T& tier, std::span<const U64> lookups) {
  U64 sum = 0;
  const double seconds = bench::seconds([&] {
    for (const U64 key : lookups) {
      if (const auto found = tier.get(key)) sum += *found;
    }
  });
  bench::keep(sum);
  return seconds * 1e9 / static_cast<double>(lookups.size());
}

template <class T>
double look_up_in_batches(const T& tier, std::span<const U64> lookups) {
  std::array<std::optional<U64>, 32> out;
  U64 sum = 0;
  const double seconds = bench::seconds([&] {
    for (std::size_t i = 0; i + out.size() <= lookups.size(); i += out.size()) {
      tier.get_many(lookups.subspan(i, out.size()), out);
      for (const auto& found : out) sum += found.value_or(0);
    }
  });
  bench::keep(sum);
  return seconds * 1e9 / static_cast<double>(lookups.size());
}

/// Lookups per microsecond of `threads` threads together, each on its own part.
template <class T>
double throughput(const T& tier, std::span<const U64> lookups, unsigned threads) {
  const std::size_t part = lookups.size() / threads;
  const double seconds = bench::seconds([&] {
    std::vector<std::thread> crowd;
    for (unsigned t = 1; t < threads; ++t)
      crowd.emplace_back([&, t] { look_up(tier, lookups.subspan(t * part, part)); });
    look_up(tier, lookups.subspan(0, part));
    for (std::thread& thread : crowd) thread.join();
  });
  return static_cast<double>(part * threads) / seconds / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"memory_hit", argc, argv};
  for (const std::size_t entries : {std::size_t{10'000}, std::size_t{1'000'000}}) {
    const bool small = entries == 10'000;
    const Workload work{entries};
    const auto capacity = ashlar::entries(entries);
    Tier tier{capacity};
    Single single{capacity};
    Sieve sieve{capacity};
    Lru lru{capacity};
    Expiring expiring{capacity};
    Counting counting{capacity};
    fill(tier, work);
    fill(single, work);
    fill(sieve, work);
    fill(lru, work);
    fill(expiring, work);
    fill(counting, work);

    const std::string which = "u64 uniform hits, " + std::to_string(entries);
    std::vector<bench::Contender> contenders;
    const auto bar = [&](const char* text) {
#if ASHLAR_PEER_absl
      return std::optional<bench::Bar>{bench::Bar{"absl::flat_hash_map", text}};
#else
      static_cast<void>(text);
      return std::optional<bench::Bar>{};
#endif
    };
#if ASHLAR_PEER_absl
    absl::flat_hash_map<U64, U64> map;
    map.reserve(entries);
    for (const U64 key : work.keys) map[key] = key + 1;
    contenders.push_back({"absl::flat_hash_map", [&] {
                            U64 sum = 0;
                            const double seconds = bench::seconds([&] {
                              for (const U64 key : work.lookups) {
                                const auto found = map.find(key);
                                if (found != map.end()) sum += found->second;
                              }
                            });
                            bench::keep(sum);
                            return seconds * 1e9 / static_cast<double>(work.lookups.size());
                          }});
#else
    report.skipped(which, "absl::flat_hash_map");
#endif
    contenders.push_back({"MemoryTier", [&] { return look_up(tier, work.lookups); }, bar(small ? "<=2.0" : "<=1.3")});
    contenders.push_back(
        {"MemoryTier SingleThreaded", [&] { return look_up(single, work.lookups); }, bar(small ? "<=1.4" : "<=1.15")});
    contenders.push_back({"MemoryTier get_many(32)", [&] { return look_up_in_batches(tier, work.lookups); },
                          small ? std::nullopt : bar("<=0.6")});
    contenders.push_back({"MemoryTier Sieve", [&] { return look_up(sieve, work.lookups); }});
    contenders.push_back({"MemoryTier Lru", [&] { return look_up(lru, work.lookups); }});
    contenders.push_back({"MemoryTier ExpirePerEntry", [&] { return look_up(expiring, work.lookups); }});
    contenders.push_back({"MemoryTier CountHits", [&] { return look_up(counting, work.lookups); }});
    report.run(which, "time", "ns", contenders);

    report.run("hits of 2 threads, " + std::to_string(entries), "throughput", "lookups/us",
               {{"1 thread", [&] { return throughput(tier, work.lookups, 1); }},
                {"2 threads", [&] { return throughput(tier, work.lookups, 2); }, bench::Bar{"1 thread", ">=1.8"}}});
    report.figure("overhead, " + std::to_string(entries), "MemoryTier", "overhead", "B/entry", Tier::overhead_per_entry,
                  Tier::overhead_per_entry / 16, bench::Bar{"16 bytes", "<=1"});
  }
}
