// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/tiny_lfu.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>
#include <support/policy_properties.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;

TEST_CASE("TinyLfu agrees with a reference that counts exactly, within two points of miss ratio") {
  const std::size_t capacity = GENERATE(60u, 300u, 900u);
  const Keys keys =
      GENERATE(zipf(40'000, 5'000, 0.8), zipf(40'000, 5'000, 1.1), zipf_with_scans(40'000, 3'000, 1.0, 500));
  const double reference = miss_ratio(ReferenceTinyLfu{capacity}, keys);
  CHECK(miss_ratio(PolicyCache<ashlar::TinyLfu>{capacity}, keys) == Approx(reference).margin(0.02));
}

TEST_CASE("TinyLfu keeps frequent keys through a scan") {
  PolicyCache<ashlar::TinyLfu> cache{100};
  for (int round = 0; round < 6; ++round) {
    for (std::uint64_t key = 0; key < 80; ++key) cache.use(key);
  }
  for (std::uint64_t key = 1'000; key < 1'400; ++key) cache.use(key);
  std::size_t kept = 0;
  for (std::uint64_t key = 0; key < 80; ++key) kept += cache.contains(key) ? 1 : 0;
  CHECK(kept >= 78);
}

TEST_CASE("TinyLfu widens its window where only recency pays") {
  PolicyCache<ashlar::TinyLfu> cache{300};
  miss_ratio(cache, pairs(80'000, 20));
  CHECK(cache.policy().window() > 0.14);
  CHECK(miss_ratio(cache, pairs(5'000, 20)) < 0.55);
}

TEST_CASE("TinyLfu names every entry once") { names_every_entry_once<ashlar::TinyLfu>(60, 20'000, 13); }

TEST_CASE("TinyLfu repeats itself") { is_deterministic<ashlar::TinyLfu>(100, zipf(10'000, 1'000, 0.9)); }

TEST_CASE("TinyLfu: pinned miss ratios") {
  CHECK(miss_ratio(PolicyCache<ashlar::TinyLfu>{200}, zipf(30'000, 5'000, 1.0)) == Approx(0.40).margin(0.02));
  CHECK(miss_ratio(PolicyCache<ashlar::TinyLfu>{100}, loop(40'000, 200)) < 0.65);
}
