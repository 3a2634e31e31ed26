// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <ranges>
#include <string>
#include <vector>

#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/simulate.hpp>

using Tier = ashlar::MemoryTier<std::uint64_t, char, ashlar::Lru, ashlar::SingleThreaded>;

TEST_CASE("a trace that fits misses each key once") {
  std::vector<std::uint64_t> trace;
  for (int round = 0; round < 4; ++round) {
    for (std::uint64_t key = 0; key < 50; ++key) trace.push_back(key);
  }
  const ashlar::Simulation result = ashlar::simulate<Tier>(trace, ashlar::entries(50));
  CHECK(result.requests == 200);
  CHECK(result.hits == 150);
  CHECK(result.hit_ratio() == 0.75);
  CHECK(result.evicted == 0);
  CHECK(result.entries == 50);
  CHECK(result.weight == 50);
}

TEST_CASE("a loop one longer than the capacity never hits under least recently used") {
  const auto loop = std::views::iota(std::uint64_t{0}, std::uint64_t{505}) |
                    std::views::transform([](std::uint64_t i) { return i % 101; });
  const ashlar::Simulation result = ashlar::simulate<Tier>(loop, ashlar::entries(100));
  CHECK(result.hits == 0);
  CHECK(result.evicted == 405);
  CHECK(result.miss_ratio() == 1.0);
}

TEST_CASE("values may be made, and weighed in bytes") {
  using Weighed = ashlar::MemoryTier<int, std::string, ashlar::Fifo, ashlar::WeighBytes, ashlar::SingleThreaded>;
  const std::vector<int> trace(10, 1);
  const auto result =
      ashlar::simulate<Weighed>(trace, ashlar::bytes(10'000), [](int) { return std::string(500, 'x'); });
  CHECK(result.hits == 9);
  CHECK(result.weight > 500);
}

TEST_CASE("an empty trace has no ratio") {
  CHECK(ashlar::simulate<Tier>(std::vector<std::uint64_t>{}, ashlar::entries(1)).miss_ratio() == 0.0);
}
