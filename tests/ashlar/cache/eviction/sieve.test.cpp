// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/sieve.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>
#include <support/policy_properties.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;

TEST_CASE("Sieve makes the choices of its reference, one by one") {
  const std::size_t capacity = GENERATE(1u, 2u, 7u, 50u, 400u);
  const Keys keys = spliced({zipf(20'000, 2'000, 0.9), loop(5'000, 450), by_recency(10'000, 600, 0.1)});
  PolicyCache<ashlar::Sieve> cache{capacity};
  ReferenceSieve reference{capacity};
  std::size_t apart = 0;
  for (const auto key : keys) apart += cache.use(key) != reference.use(key) ? 1 : 0;
  CHECK(apart == 0);
}

TEST_CASE("Sieve keeps what is used through a scan") {
  PolicyCache<ashlar::Sieve> cache{10};
  for (std::uint64_t key = 0; key < 10; ++key) cache.use(key);
  for (std::uint64_t key = 0; key < 5; ++key) cache.use(key);
  for (std::uint64_t key = 100; key < 105; ++key) cache.use(key);
  for (std::uint64_t key = 0; key < 5; ++key) CHECK(cache.contains(key));
}

TEST_CASE("Sieve names every entry once") { names_every_entry_once<ashlar::Sieve>(60, 20'000, 11); }

TEST_CASE("Sieve: pinned miss ratios") {
  CHECK(miss_ratio(PolicyCache<ashlar::Sieve>{200}, zipf(30'000, 5'000, 1.0)) == Approx(0.39).margin(0.02));
  CHECK(miss_ratio(PolicyCache<ashlar::Sieve>{100}, loop(10'000, 110)) == 1.0);
}
