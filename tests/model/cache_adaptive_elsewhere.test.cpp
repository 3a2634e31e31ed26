// SPDX-License-Identifier: BSL-1.0
// Adaptive on workloads that none of its constants was chosen by: every kind, drawn at random with fixed seeds, alone and
// one after the other. On the whole it wins. What it may lose to LRU, in points of miss ratio, is bounded: most where
// loops that LRU just holds are nested, or where a workload turns before the rules could be told apart, after some twenty
// capacities of requests. The bounds are close to what is seen with the seeds that are used where nothing else is said;
// with ASHLAR_SEED in the environment, which is added to them, they are those of twenty seeds.
#include <support/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>

#include <ashlar/cache/simulate.hpp>
#include <support/access_patterns.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;

namespace {

constexpr std::size_t requests = 40'000;

/// What is added to the seeds.
std::uint64_t given_seed() {
  const char* const text = std::getenv("ASHLAR_SEED");
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}
/// `ours` bounds what the test's own seeds give, `any` what twenty seeds gave.
double bound(double ours, double any) { return given_seed() == 0 ? ours : any; }

struct Case {
  std::string name;
  Keys keys;
};

/// A workload of the kind `kind`, sized by chance around `capacity`.
Case draw(std::size_t kind, std::size_t length, std::size_t capacity, Chance& chance) {
  const auto around = [&](double least, double most) {
    const double factor = least + (most - least) * chance.unit();
    return std::max<std::size_t>(2, static_cast<std::size_t>(factor * static_cast<double>(capacity)));
  };
  const std::uint64_t seed = chance();
  // Braces evaluate from left to right, arguments in parentheses in the compiler's order.
  switch (kind) {
    case 0: {
      const auto [keys, skew] = std::pair{around(3, 30), 0.5 + 0.8 * chance.unit()};
      return {"zipf", zipf(length, keys, skew, seed)};
    }
    case 1: {
      const auto [keys, step] = std::pair{around(3, 20), around(5, 30)};
      return {"shifting zipf", shifting_zipf(length, keys, 0.9, step, seed)};
    }
    case 2: {
      const auto [keys, scan] = std::pair{around(2, 10), around(0.3, 3)};
      return {"zipf and scans", zipf_with_scans(length, keys, 1.0, scan, seed)};
    }
    case 3: return {"loop", loop(length, around(1.05, 4))};
    case 4: return {"zigzag", zigzag(length, around(1.1, 4))};
    case 5: {
      const auto [keys, fresh] = std::pair{around(2, 20), 0.1 * chance.unit()};
      return {"recency", by_recency(length, keys, fresh, seed)};
    }
    case 6: return {"pairs", pairs(length, around(0.2, 3))};
    case 7: {
      const auto [keys, uses] = std::pair{around(0.5, 3), 1 + chance.below(20)};
      return {"moving set", moving_set(length, keys, uses, seed)};
    }
    default: {
      const auto [keys, inner, outer] = std::tuple{around(0.3, 1.5), 2 + chance.below(8), 2 + chance.below(4)};
      return {"nested loops", nested_loops(length, keys, inner, outer)};
    }
  }
}
constexpr std::size_t kinds = 9;

struct Losses {
  double closed = 0;  // the sum of the shares of the gap from LRU to the clairvoyant policy, where it is above 3 points
  int cases = 0;
  double points = 0;  // the most points of miss ratio lost to LRU, anywhere
};

void judge(Losses& losses, const Case& drawn, std::size_t capacity, bool has_time = true) {
  using Tier = ashlar::MemoryTier<std::uint64_t, char, ashlar::SingleThreaded>;
  const double ours = ashlar::simulate<Tier>(drawn.keys, ashlar::entries(capacity)).miss_ratio();
  std::size_t misses = 0;
  ReferenceLru lru{capacity};
  for (const auto key : drawn.keys) misses += lru.use(key) ? 0 : 1;
  const auto all = static_cast<double>(drawn.keys.size());
  const double oldest = static_cast<double>(misses) / all;
  const double gap = oldest - static_cast<double>(clairvoyant_misses(drawn.keys, capacity)) / all;
  losses.points = std::max(losses.points, ours - oldest);
  if (std::getenv("ASHLAR_SHOW") != nullptr) {
    std::printf("%-60s %5zu gap %.4f lost %7.4f closed %7.3f\n", drawn.name.c_str(), capacity, gap, ours - oldest,
                (oldest - ours) / gap);
  }
  if (gap <= 0.03) return;
  const double closed = (oldest - ours) / gap;
  INFO(drawn.name << ", capacity " << capacity << ": closed " << closed << " of a gap of " << gap);
  if (has_time && given_seed() == 0) CHECK(closed > -0.15);
  losses.closed += closed;
  ++losses.cases;
}

}  // namespace

TEST_CASE("Adaptive on every kind of workload, drawn at random") {
  Losses losses;
  for (const std::size_t capacity : {std::size_t{60}, std::size_t{700}}) {
    Chance chance{20'260'101 + capacity + given_seed()};
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      for (int turn = 0; turn < 2; ++turn) judge(losses, draw(kind, requests, capacity, chance), capacity);
    }
  }
  CAPTURE(losses.points, losses.cases);
  CHECK(losses.cases > 20);
  CHECK(losses.closed / losses.cases > bound(0.22, 0.18));
  CHECK(losses.points < bound(0.04, 0.14));
}

namespace {

/// Four workloads, one after the other, each of `length` requests or up to twice as many.
Losses joined(std::size_t capacity, std::size_t length, bool has_time) {
  Losses losses;
  Chance chance{7'919 + capacity + given_seed()};
  for (int turn = 0; turn < 8; ++turn) {
    Case whole;
    for (int part = 0; part < 4; ++part) {
      const std::size_t extra = chance.below(length);  // on a line of its own, as what follows draws too
      const std::size_t kind = chance.below(kinds);
      const Case next = draw(kind, length + extra, capacity, chance);
      whole.name += (part == 0 ? "" : ", ") + next.name;
      whole.keys.insert(whole.keys.end(), next.keys.begin(), next.keys.end());
    }
    judge(losses, whole, capacity, has_time);
  }
  return losses;
}

}  // namespace

TEST_CASE("Adaptive on workloads that turn into one another, drawn at random") {
  for (const std::size_t capacity : {std::size_t{60}, std::size_t{200}}) {
    const Losses losses = joined(capacity, 60 * capacity, true);
    CAPTURE(capacity, losses.points, losses.cases);
    CHECK(losses.cases > 5);
    CHECK(losses.closed / losses.cases > bound(0.19, 0.07));
    CHECK(losses.points < bound(0.006, 0.05));
  }
}

TEST_CASE("Adaptive on workloads that turn before it has learnt, drawn at random") {
  const Losses losses = joined(700, 10'000, false);
  CAPTURE(losses.points, losses.cases);
  CHECK(losses.cases > 5);
  CHECK(losses.points < bound(0.04, 0.1));
}

TEST_CASE("Adaptive gives up a main queue that filled with keys of no use under another rule") {
  using Tier = ashlar::MemoryTier<std::uint64_t, char, ashlar::SingleThreaded>;
  for (const std::size_t capacity : {std::size_t{700}, std::size_t{5'000}}) {
    // Each key is used twice, with so many new keys between that LRU still holds it.
    const Keys keys = pairs(150'000, capacity * 2 / 5);
    CAPTURE(capacity);
    CHECK(ashlar::simulate<Tier>(keys, ashlar::entries(capacity)).miss_ratio() < 0.52);
  }
}
