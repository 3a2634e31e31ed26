// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/frequency_sketch.hpp>

#include <algorithm>

#include <unordered_map>

#include <ashlar/cache/eviction/unbounded.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>

using ashlar::detail::FrequencySketch;
using namespace ashlar_test;

namespace {

std::uint64_t hash_of(std::uint64_t key) { return PolicyCache<ashlar::Unbounded>::hash_of(key); }

}  // namespace

TEST_CASE("A sketch counts up to fifteen and no further") {
  FrequencySketch sketch;
  CHECK(sketch.frequency(1) == 0);
  sketch.record(1);
  sketch.resize(100);
  sketch.period(1'000'000);
  for (unsigned i = 1; i <= 100; ++i) {
    sketch.record(hash_of(5));
    REQUIRE(sketch.frequency(hash_of(5)) == std::min(i, 15u));
  }
}

TEST_CASE("A sketch is never too low and seldom too high") {
  FrequencySketch sketch;
  sketch.resize(2'000);
  sketch.period(1'000'000);
  std::unordered_map<std::uint64_t, unsigned> counts;
  for (const auto key : zipf(8'000, 2'000, 0.8)) {
    sketch.record(hash_of(key));
    ++counts[key];
  }
  std::size_t high = 0;
  for (const auto& [key, count] : counts) {
    const unsigned estimate = sketch.frequency(hash_of(key));
    REQUIRE(estimate >= std::min(count, 15u));
    REQUIRE(estimate <= 15u);
    high += estimate > std::min(count, 15u) + 1 ? 1 : 0;
  }
  CHECK(high < counts.size() / 10);
}

TEST_CASE("Aging halves every counter, and the count of uses with them") {
  FrequencySketch sketch;
  sketch.resize(1'000);
  sketch.period(1'000'000);
  for (std::uint64_t key = 0; key < 15; ++key) {
    for (std::uint64_t i = 0; i <= key; ++i) sketch.record(hash_of(key));
  }
  std::vector<unsigned> before;
  for (std::uint64_t key = 0; key < 15; ++key) before.push_back(sketch.frequency(hash_of(key)));
  const auto uses = sketch.uses();
  sketch.halve();
  for (std::uint64_t key = 0; key < 15; ++key) CHECK(sketch.frequency(hash_of(key)) == before[key] / 2);
  CHECK(sketch.uses() == uses / 2);
}

TEST_CASE("Aging comes by itself after a period, and a shorter period does not upset it") {
  FrequencySketch sketch;
  sketch.resize(1'000);
  sketch.period(2'000);
  for (std::uint64_t key = 0; key < 1'999; ++key) sketch.record(hash_of(key));
  CHECK(sketch.uses() == 1'999);
  sketch.period(500);
  sketch.record(hash_of(1));
  CHECK(sketch.uses() == 1'000);
  sketch.record(hash_of(2));
  sketch.record(hash_of(3));
  CHECK(sketch.uses() < 500);
}

TEST_CASE("Only the high half of a hash counts") {
  FrequencySketch sketch;
  sketch.resize(100);
  sketch.record(0x1234'5678'0000'0000);
  CHECK(sketch.frequency(0x1234'5678'9abc'def0) == 1);
}
