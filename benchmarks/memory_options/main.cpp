// SPDX-License-Identifier: BSL-1.0
// What do the options of a memory tier cost where they are asked for, and where they are not?
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <support/bench.hpp>

namespace {

using U64 = std::uint64_t;
constexpr std::size_t entries = 10'000;

struct Ignore {
  void operator()(U64, U64, ashlar::RemovalCause) const noexcept {}
};
struct One {
  U64 operator()(U64, U64) const noexcept { return 1; }
};

std::vector<U64> random_keys(std::size_t count, std::size_t below, U64 seed) {
  std::mt19937_64 random{seed};
  std::vector<U64> keys(count);
  for (U64& key : keys) key = random() % below * 0x9e3779b97f4a7c15;
  return keys;
}

/// Nanoseconds per key of `work(key)`.
template <class F>
double each(const std::vector<U64>& keys, F&& work) {
  return bench::seconds([&] {
           for (const U64 key : keys) work(key);
         }) *
         1e9 / static_cast<double>(keys.size());
}

enum class Do { hit, replace, insert };

template <class Tier>
double measure(Tier& tier, Do what, const std::vector<U64>& resident, const std::vector<U64>& fresh) {
  U64 sum = 0;
  double time = 0;
  switch (what) {
    case Do::hit: time = each(resident, [&](U64 key) { sum += tier.get(key).value_or(0); }); break;
    case Do::replace: time = each(resident, [&](U64 key) { tier.put(key, key); }); break;
    case Do::insert: time = each(fresh, [&](U64 key) { tier.put(key, key); }); break;
  }
  bench::keep(sum);
  return time;
}

template <class... O>
using Tier = ashlar::MemoryTier<U64, U64, O...>;

void run(bench::Report& report, const char* which, Do what) {
  const auto resident = random_keys(1'000'000, entries, 1);
  const auto fresh = random_keys(500'000, ~std::size_t{0}, 2);
  std::vector<bench::Contender> contenders;
  const auto add = [&]<class T>(const char* name, std::shared_ptr<T> tier, std::optional<bench::Bar> bar = {}) {
    for (U64 i = 0; i < entries; ++i) tier->put(i * 0x9e3779b97f4a7c15, i);
    contenders.push_back({name, [=, &resident, &fresh] { return measure(*tier, what, resident, fresh); }, bar});
  };
  const auto some = ashlar::entries(entries);
  add("none", std::make_shared<Tier<>>(some),
      bench::Bar{"CountHits|ExpirePerEntry, without times|ExpireAfterWrite|OnRemoval|WeighBy", "<=1.03"});
  add("none, the same again", std::make_shared<Tier<>>(some));
  add("CountHits", std::make_shared<Tier<ashlar::CountHits>>(some));
  add("ExpirePerEntry, without times", std::make_shared<Tier<ashlar::ExpirePerEntry<>>>(some));
  add("ExpireAfterWrite",
      std::make_shared<Tier<ashlar::ExpireAfterWrite<>>>(some, ashlar::ExpireAfterWrite<>{std::chrono::hours{1}}));
  add("OnRemoval", std::make_shared<Tier<ashlar::OnRemoval<Ignore>>>(some));
  add("WeighBy", std::make_shared<Tier<ashlar::WeighBy<One>>>(ashlar::units(entries)));
  report.run(which, "time", "ns", contenders);
}

/// The least share of as many distinct puts as its capacity that an empty tier keeps, in ten tries.
double kept_of(std::size_t capacity) {
  std::size_t least = capacity;
  for (U64 seed = 0; seed < 10; ++seed) {
    Tier<> tier{ashlar::entries(capacity)};
    std::mt19937_64 random{seed};
    for (std::size_t i = 0; i < capacity; ++i) tier.put(random(), i);
    least = std::min(least, tier.size());
  }
  return static_cast<double>(least) / static_cast<double>(capacity);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"memory_options", argc, argv};
  run(report, "a hit", Do::hit);
  run(report, "a value replaced", Do::replace);
  run(report, "an entry in, one out", Do::insert);
  for (const std::size_t capacity : {std::size_t{1'000}, entries, std::size_t{100'000}, std::size_t{1'000'000}}) {
    report.figure("distinct puts kept, " + std::to_string(capacity), "none", "kept", "1", kept_of(capacity));
  }
  report.figure("overhead", "none", "overhead", "B/entry", Tier<>::overhead_per_entry);
  report.figure("overhead", "CountHits", "overhead", "B/entry", Tier<ashlar::CountHits>::overhead_per_entry);
  report.figure("overhead", "OnRemoval", "overhead", "B/entry", Tier<ashlar::OnRemoval<Ignore>>::overhead_per_entry);
  report.figure("overhead", "ExpirePerEntry", "overhead", "B/entry",
                Tier<ashlar::ExpirePerEntry<>>::overhead_per_entry);
  report.figure("overhead", "WeighBy", "overhead", "B/entry", Tier<ashlar::WeighBy<One>>::overhead_per_entry);
}
