// SPDX-License-Identifier: BSL-1.0
// The policies inside the tier that programs use, against the plain reference simulators.
#include <support/catch.hpp>

#include <ashlar/cache/eviction/adaptive.hpp>
#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/s3_fifo.hpp>
#include <ashlar/cache/eviction/sieve.hpp>
#include <ashlar/cache/eviction/tiny_lfu.hpp>
#include <ashlar/cache/simulate.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;

namespace {

template <class Policy>
double misses(const Keys& keys, std::size_t capacity) {
  using Exact = ashlar::MemoryTier<std::uint64_t, char, Policy, ashlar::SingleThreaded>;
  return ashlar::simulate<Exact>(keys, ashlar::entries(capacity)).miss_ratio();
}

template <class Policy>
double misses_shared(const Keys& keys, std::size_t capacity) {
  using Shared = ashlar::MemoryTier<std::uint64_t, char, Policy>;
  return ashlar::simulate<Shared>(keys, ashlar::entries(capacity)).miss_ratio();
}

}  // namespace

TEST_CASE("The single-threaded tier agrees with the reference simulators") {
  const std::size_t capacity = GENERATE(40u, 300u, 1'000u);
  const Keys keys = GENERATE(zipf(30'000, 5'000, 0.9), zipf_with_scans(30'000, 3'000, 1.0, 500),
                             by_recency(20'000, 1'500, 0.1), loop(20'000, 400));
  CHECK(misses<ashlar::Fifo>(keys, capacity) == Approx(miss_ratio(ReferenceFifo{capacity}, keys)).margin(1e-12));
  CHECK(misses<ashlar::Lru>(keys, capacity) == Approx(miss_ratio(ReferenceLru{capacity}, keys)).margin(1e-12));
  CHECK(misses<ashlar::Sieve>(keys, capacity) == Approx(miss_ratio(ReferenceSieve{capacity}, keys)).margin(1e-12));
  CHECK(misses<ashlar::S3Fifo>(keys, capacity) == Approx(miss_ratio(ReferenceS3Fifo{capacity}, keys)).margin(0.005));
  CHECK(misses<ashlar::Adaptive>(keys, capacity) == Approx(miss_ratio(ReferenceAdaptive{capacity}, keys)).margin(0.04));
}

TEST_CASE("The single-threaded tier agrees with the reference simulators where the workload turns") {
  const std::size_t capacity = GENERATE(40u, 300u, 1'000u);
  const Keys keys = GENERATE(zigzag(20'000, 450), nested_loops(20'000, 120, 5, 6), moving_set(20'000, 500, 7),
                             spliced({pairs(10'000, 150), loop(10'000, 400), zipf(10'000, 3'000, 1.0)}));
  CHECK(misses<ashlar::Fifo>(keys, capacity) == Approx(miss_ratio(ReferenceFifo{capacity}, keys)).margin(1e-12));
  CHECK(misses<ashlar::Lru>(keys, capacity) == Approx(miss_ratio(ReferenceLru{capacity}, keys)).margin(1e-12));
  CHECK(misses<ashlar::Sieve>(keys, capacity) == Approx(miss_ratio(ReferenceSieve{capacity}, keys)).margin(1e-12));
  CHECK(misses<ashlar::S3Fifo>(keys, capacity) == Approx(miss_ratio(ReferenceS3Fifo{capacity}, keys)).margin(0.005));
}

TEST_CASE("The single-threaded tier agrees with a TinyLFU that counts exactly, within two points") {
  const Keys keys = GENERATE(zipf(30'000, 5'000, 0.9), zipf_with_scans(30'000, 3'000, 1.0, 500));
  CHECK(misses<ashlar::TinyLfu>(keys, 300) == Approx(miss_ratio(ReferenceTinyLfu{300}, keys)).margin(0.02));
}

TEST_CASE("The concurrent tier, split into shards, loses little to the exact one") {
  const Keys keys = zipf(150'000, 60'000, 0.8);
  CHECK(misses_shared<ashlar::Lru>(keys, 10'000) == Approx(misses<ashlar::Lru>(keys, 10'000)).margin(0.01));
  CHECK(misses_shared<ashlar::Adaptive>(keys, 10'000) == Approx(misses<ashlar::Adaptive>(keys, 10'000)).margin(0.01));
}
