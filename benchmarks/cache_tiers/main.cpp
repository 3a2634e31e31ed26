// SPDX-License-Identifier: BSL-1.0
// What does a cache of two tiers cost over the bare memory tier, on a hit, with statistics and with rules for loading, on
// a load that many wait for, and when a pattern is invalidated?
#include <ashlar/cache.hpp>
#include <ashlar/simd/glob.hpp>
#include <ashlar/store/in_memory.hpp>
#include <support/bench.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int keys = 100'000;
constexpr int reads = 2'000'000;

using Memory = ashlar::MemoryTier<std::uint64_t, std::uint64_t>;
using Store = ashlar::StoreTier<std::uint64_t, std::uint64_t, ashlar::InMemory>;

void must(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(1);
}

// Nanoseconds for one hit, over keys in an order that no prefetcher knows.
template <class Tier>
double hits(Tier& tier) {
  std::uint64_t sum = 0;
  std::uint64_t key = 1;
  const double seconds = bench::seconds([&] {
    for (int i = 0; i < reads; ++i) {
      key = (key * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u);
      sum += *tier.get((key >> 33) % keys);
    }
  });
  bench::keep(sum);
  return seconds * 1e9 / reads;
}

void two_tier_hit(bench::Report& report) {
  Memory bare{ashlar::entries(2 * keys)};
  ashlar::Cache<Memory> one{ashlar::entries(2 * keys)};
  ashlar::Cache<Memory, Store> two{ashlar::entries(2 * keys), [] { return Store{}; }};
  for (std::uint64_t i = 0; i < keys; ++i) {
    bare.put(i, i);
    one.put(i, i);
    must(two.put(i, i).has_value(), "put");
  }
  for (std::uint64_t i = 0; i < keys; ++i) must(bare.get(i) == i && one.get(i) == i && two.get(i) == i, "get");
  report.run("hit, one thread", "time", "ns/op",
             {{"memory tier alone", [&] { return hits(bare); }},
              {"cache of one tier", [&] { return hits(one); }, bench::Bar{"memory tier alone", "<=1.15"}},
              {"cache of two tiers", [&] { return hits(two); }, bench::Bar{"memory tier alone", "<=1.15"}}});
}

using Counted = ashlar::MemoryTier<std::uint64_t, std::uint64_t, ashlar::CountHits>;

// The same through a cache of two tiers whose upper one counts every hit and miss.
void statistics(bench::Report& report) {
  ashlar::Cache<Memory, Store> off{ashlar::entries(2 * keys), [] { return Store{}; }};
  ashlar::Cache<Counted, Store> on{ashlar::entries(2 * keys), [] { return Store{}; }};
  for (std::uint64_t i = 0; i < keys; ++i) must(off.put(i, i).has_value() && on.put(i, i).has_value(), "put");
  for (std::uint64_t i = 0; i < keys; ++i) must(off.get(i) == i && on.get(i) == i, "get");
  const std::uint64_t before = on.upper().stats().hits;
  static_cast<void>(on.get(1));
  must(on.upper().stats().hits == before + 1, "a hit is counted");
  report.run("statistics of hits, one thread", "time", "ns/op",
             {{"off", [&] { return hits(off); }}, {"on", [&] { return hits(on); }, bench::Bar{"off", "<=1.1"}}});
}

// A load that finds the value: what the rules of Loading cost over a cache without.
void rules(bench::Report& report) {
  using Expiring = ashlar::MemoryTier<std::uint64_t, std::uint64_t, ashlar::ExpirePerEntry<>>;
  using Null = ashlar::NullTier<std::uint64_t, std::uint64_t>;
  using Ruled = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ashlar::RefreshAhead, ashlar::FreshFor>;
  ashlar::Cache<Expiring> plain{ashlar::entries(2 * keys)};
  ashlar::Cache<Expiring, Null, Ruled> ruled{ashlar::entries(2 * keys)};
  for (std::uint64_t i = 0; i < keys; ++i) {
    plain.put(i, i, std::chrono::hours{1});
    ruled.put(i, i, std::chrono::hours{1});
  }
  const auto load = [](auto& cache) {
    std::uint64_t sum = 0;
    std::uint64_t key = 1;
    const double seconds = bench::seconds([&] {
      for (int i = 0; i < reads; ++i) {
        key = (key * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u);
        sum += cache.get_or_load((key >> 33) % keys, [] { return std::uint64_t{0}; });
      }
    });
    bench::keep(sum);
    return seconds * 1e9 / reads;
  };
  report.run("get_or_load of a value that is there, entries expire", "time", "ns/op",
             {{"no rules", [&] { return load(plain); }},
              {"stale-if-error and refresh-ahead", [&] { return load(ruled); }, bench::Bar{"no rules", "<=2.0"}}});
}

// Milliseconds until 64 callers have a value that takes 2 ms to load.
double stampede(bool single_flight) {
  ashlar::Cache<Memory> cache{ashlar::entries(100)};
  std::atomic<int> loads{0};
  std::atomic<int> right{0};
  const auto load = [&] {
    ++loads;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    return std::uint64_t{7};
  };
  std::latch start{65};
  std::vector<std::thread> callers;
  for (int i = 0; i < 64; ++i) {
    callers.emplace_back([&] {
      start.arrive_and_wait();
      right += (single_flight ? cache.get_or_load(1, load) : load()) == 7;
    });
  }
  const double seconds = bench::seconds([&] {
    start.arrive_and_wait();
    for (auto& caller : callers) caller.join();
  });
  must(right == 64 && (!single_flight || loads == 1), "64 callers, one load");
  return seconds * 1e3;
}

void invalidation(bench::Report& report) {
  using Orders = ashlar::Cache<ashlar::MemoryTier<std::string, int>>;
  constexpr int entries = 1'000'000;
  Orders cache{ashlar::entries(entries + entries / 4)};
  const auto name = [](int i) {
    return "order:" + std::to_string(i % 1000) + ':' + std::to_string(i / 1000) + ":lines";
  };
  for (int i = 0; i < entries; ++i) cache.put(name(i), i);
  const auto drop = [&](std::string_view pattern, std::size_t least) {
    const ashlar::Glob glob{pattern};
    std::size_t gone = 0;
    const double seconds =
        bench::seconds([&] { gone = cache.erase_matching([&](const std::string& key) { return glob.matches(key); }); });
    must(gone >= least, "the pattern fits its keys");
    for (int i = 42'000; least > 0 && i < 43'000; ++i) cache.put(name(i), i);
    return seconds * 1e3;
  };
  report.run("invalidate, 1 million keys", "time", "ms",
             {{"order:*:42:*", [&] { return drop("order:*:42:*", 900); }},
              {"a pattern that fits none", [&] { return drop("product:*", 0); }}});
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"cache_tiers", argc, argv};
  two_tier_hit(report);
  statistics(report);
  rules(report);
  report.run("64 callers, 2 ms load", "time", "ms",
             {{"single flight", [] { return stampede(true); }}, {"everybody loads", [] { return stampede(false); }}});
  invalidation(report);
}
