// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/adaptive.hpp>

#include <algorithm>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>
#include <support/policy_properties.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;

namespace {

// How much of the way from LRU to the clairvoyant policy is gone.
double gap_closed(const Keys& keys, std::size_t capacity) {
  const double least = static_cast<double>(clairvoyant_misses(keys, capacity)) / static_cast<double>(keys.size());
  const double lru = miss_ratio(ReferenceLru{capacity}, keys);
  return (lru - miss_ratio(PolicyCache<ashlar::Adaptive>{capacity}, keys)) / (lru - least);
}

}  // namespace

TEST_CASE("Adaptive agrees with a reference that tries every rule at full size, within three points of miss ratio") {
  const std::size_t capacity = GENERATE(50u, 200u, 700u);
  const Keys keys =
      GENERATE(zipf(30'000, 5'000, 0.8), zipf_with_scans(30'000, 3'000, 1.0, 500), by_recency(20'000, 1'500, 0.1),
               shifting_zipf(30'000, 4'000, 1.0, 5'000), pairs(20'000, 60));
  const double reference = miss_ratio(ReferenceAdaptive{capacity}, keys);
  CHECK(miss_ratio(PolicyCache<ashlar::Adaptive>{capacity}, keys) == Approx(reference).margin(0.03));
}

TEST_CASE("Adaptive comes nearer to the clairvoyant policy than LRU where use is skewed") {
  CHECK(gap_closed(zipf(40'000, 5'000, 0.7), 200) > 0.3);
  CHECK(gap_closed(zipf(40'000, 5'000, 1.0), 200) > 0.45);
  CHECK(gap_closed(zipf(40'000, 5'000, 1.2), 20) > 0.6);
  CHECK(gap_closed(zipf_with_scans(40'000, 5'000, 1.0, 500), 200) > 0.45);
  CHECK(gap_closed(shifting_zipf(40'000, 5'000, 1.0, 4'000), 100) > 0.1);
}

TEST_CASE("Adaptive holds part of a loop that is larger than it") {
  CHECK(gap_closed(loop(60'000, 330), 300) > 0.7);
  CHECK(gap_closed(loop(60'000, 60), 10) > 0.8);
}

TEST_CASE("Adaptive loses little to LRU where only recency pays") {
  CHECK(gap_closed(by_recency(40'000, 1'000, 0.05), 50) > -0.1);
  CHECK(gap_closed(by_recency(40'000, 1'000, 0.05), 400) > -0.15);
  CHECK(gap_closed(shifting_zipf(40'000, 2'000, 1.0, 200), 50) > -0.1);
  CHECK(miss_ratio(PolicyCache<ashlar::Adaptive>{100}, pairs(60'000, 60)) < 0.6);
}

TEST_CASE("Adaptive follows a workload that changes its nature") {
  const Keys keys = spliced({zipf(30'000, 5'000, 0.9), loop(30'000, 300), by_recency(30'000, 400, 0.1)});
  CHECK(gap_closed(keys, 250) > 0.3);
}

TEST_CASE("Adaptive works at the smallest sizes") {
  for (const std::size_t capacity : {1u, 2u, 3u, 5u, 17u}) {
    const Keys keys = zipf(20'000, 500, 1.0);
    const double lru = miss_ratio(ReferenceLru{capacity}, keys);
    CHECK(miss_ratio(PolicyCache<ashlar::Adaptive>{capacity}, keys) < lru + 0.01);
  }
}

TEST_CASE("Adaptive: a saturated hit changes no mark and only sampled marks are told") {
  for (unsigned mark = 0; mark < 8; ++mark) {
    const auto before = static_cast<std::uint8_t>(mark);
    const std::uint8_t after = ashlar::Adaptive::touch(before);
    CHECK(ashlar::Adaptive::watched(before) == ((mark & 4) != 0));
    CHECK((after & 4) == (before & 4));
    CHECK((after & 3) == std::min((before & 3) + 1, 3));
    CHECK((after == before) == ((before & 3) == 3));
  }
}

TEST_CASE("Adaptive names every entry once") {
  names_every_entry_once<ashlar::Adaptive>(60, 20'000, 14);
  names_every_entry_once<ashlar::Adaptive>(3, 5'000, 15);
  names_every_entry_once<ashlar::Adaptive>(500, 20'000, 16);
}

TEST_CASE("Adaptive repeats itself") { is_deterministic<ashlar::Adaptive>(100, zipf(10'000, 1'000, 0.9)); }

TEST_CASE("Adaptive: pinned miss ratios") {
  CHECK(miss_ratio(PolicyCache<ashlar::Adaptive>{200}, zipf(30'000, 5'000, 1.0)) == Approx(0.39).margin(0.02));
  CHECK(miss_ratio(PolicyCache<ashlar::Adaptive>{100}, loop(40'000, 200)) < 0.75);
}
