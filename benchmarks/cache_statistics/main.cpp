// SPDX-License-Identifier: BSL-1.0
// What do statistics cost: counted hits against uncounted ones, a hit that is recorded in an access log, a load that is timed, a picture of all numbers?
#include <ashlar/cache.hpp>
#include <support/bench.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::uint64_t keys = 10'000;
constexpr int reads = 1'000'000;

using Silent = ashlar::Cache<ashlar::MemoryTier<std::uint64_t, std::uint64_t>>;
using Counting = ashlar::Cache<ashlar::MemoryTier<std::uint64_t, std::uint64_t, ashlar::CountHits>>;

// Nanoseconds for one hit, on each of `threads` threads.
template <class Cache>
double hits(Cache& cache, int threads) {
  const double seconds = bench::seconds([&] {
    std::vector<std::jthread> readers;
    for (int t = 0; t < threads; ++t) {
      readers.emplace_back([&cache, t] {
        std::uint64_t sum = 0;
        auto key = static_cast<std::uint64_t>(t) + 1;
        for (int i = 0; i < reads; ++i) {
          key = key * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
          sum += *cache.get((key >> 33) % keys);
        }
        bench::keep(sum);
      });
    }
  });
  return seconds * 1e9 / reads;
}

// Nanoseconds for one load, of a value that costs nothing to load.
double loads(Counting& cache) {
  constexpr int count = 200'000;
  static std::uint64_t next = keys;
  const double seconds = bench::seconds([&] {
    for (int i = 0; i < count; ++i) bench::keep(cache.get_or_load(++next, [] { return std::uint64_t{1}; }));
  });
  return seconds * 1e9 / count;
}
double timings() {
  constexpr int count = 200'000;
  ashlar::DurationHistogram histogram;
  const double seconds = bench::seconds([&] {
    for (int i = 0; i < count; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      histogram.record(std::chrono::steady_clock::now() - begun);
    }
  });
  if (histogram.counts().count() != count) std::exit(1);
  return seconds * 1e9 / count;
}

// Nanoseconds for one hit that is recorded in an access log, on each of `threads` threads, and the share that was dropped.
double logged_hits(Silent& cache, int threads, std::uint32_t one_in, double* dropped = nullptr) {
  ashlar::AccessLog<std::uint64_t> log{2 * keys, std::chrono::hours{1}, {}, one_in};
  struct Logged {
    Silent& cache;
    ashlar::AccessLog<std::uint64_t>& log;
    auto get(std::uint64_t key) {
      log.record(key);
      return cache.get(key);
    }
  } logged{cache, log};
  const double ns = hits(logged, threads);
  if (dropped != nullptr) *dropped = static_cast<double>(log.dropped()) / (static_cast<double>(reads) * threads);
  if (threads == 1 && (log.dropped() != 0 || log.top(1).at(0).reads == 0)) std::exit(1);
  return ns;
}

template <class F>
double microseconds(F call) {
  constexpr int count = 500;
  return bench::seconds([&] {
           for (int i = 0; i < count; ++i) bench::keep(call());
         }) *
         1e6 / count;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"cache_statistics", argc, argv};
  Silent silent{ashlar::entries(2 * keys)};
  Counting counting{ashlar::entries(2 * keys)};
  for (std::uint64_t i = 0; i < keys; ++i) {
    silent.put(i, i);
    counting.put(i, i);
  }
  for (std::uint64_t i = 0; i < keys; ++i) {
    if (silent.get(i) != i || counting.get(i) != i) return 1;
  }
  double dropped = 0;
  for (const int threads : {1, 2}) {
    report.run("hit, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), "time", "ns/op",
               {{"not counted", [&] { return hits(silent, threads); }},
                {"counted", [&] { return hits(counting, threads); }, bench::Bar{"not counted", "<=1.5"}},
                {"recorded in an access log", [&] { return logged_hits(silent, threads, 1, &dropped); }},
                {"one in 16 recorded", [&] { return logged_hits(silent, threads, 16); }}});
    report.figure("hit, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), "records dropped",
                  "share", "%", 100 * dropped);
  }
  report.run("load of a cheap value", "time", "ns/op",
             {{"whole", [&] { return loads(counting); }}, {"of this, the timing", timings}});
  report.run("all numbers of a cache", "time", "us",
             {{"collect_stats", [&] { return microseconds([&] { return ashlar::collect_stats(counting); }); }},
              {"and as JSON",
               [&] { return microseconds([&] { return ashlar::json_text(ashlar::collect_stats(counting)); }); }},
              {"and for Prometheus", [&] {
                 return microseconds([&] { return ashlar::prometheus_text(ashlar::collect_stats(counting)); });
               }}});
}
