// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/s3_fifo.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>
#include <support/policy_properties.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;

TEST_CASE("S3Fifo agrees with its reference within half a point of miss ratio") {
  const std::size_t capacity = GENERATE(10u, 60u, 300u, 900u);
  const Keys keys = GENERATE(zipf(40'000, 5'000, 0.8), zipf_with_scans(40'000, 3'000, 1.0, 500),
                             by_recency(20'000, 1'500, 0.1), shifting_zipf(40'000, 4'000, 1.0, 5'000));
  const double reference = miss_ratio(ReferenceS3Fifo{capacity}, keys);
  CHECK(miss_ratio(PolicyCache<ashlar::S3Fifo>{capacity}, keys) == Approx(reference).margin(0.005));
}

TEST_CASE("S3Fifo lets a scan pass through its small queue") {
  PolicyCache<ashlar::S3Fifo> cache{100};
  for (int round = 0; round < 4; ++round) {
    for (std::uint64_t key = 0; key < 80; ++key) cache.use(key);
  }
  for (std::uint64_t key = 1'000; key < 1'500; ++key) cache.use(key);
  std::size_t kept = 0;
  for (std::uint64_t key = 0; key < 80; ++key) kept += cache.contains(key) ? 1 : 0;
  CHECK(kept == 80);
}

TEST_CASE("S3Fifo names every entry once") { names_every_entry_once<ashlar::S3Fifo>(60, 20'000, 12); }

TEST_CASE("S3Fifo repeats itself") { is_deterministic<ashlar::S3Fifo>(100, zipf(10'000, 1'000, 0.9)); }

TEST_CASE("S3Fifo: pinned miss ratios") {
  CHECK(miss_ratio(PolicyCache<ashlar::S3Fifo>{200}, zipf(30'000, 5'000, 1.0)) == Approx(0.39).margin(0.02));
  CHECK(miss_ratio(PolicyCache<ashlar::S3Fifo>{300}, pairs(20'000, 20)) == Approx(0.5).margin(0.01));
}
