// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/jitter.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

using namespace std::chrono_literals;

TEST_CASE("the lives of 100,000 keys written together spread evenly over ±20 %") {
  const ashlar::Jitter jitter;
  constexpr int keys = 100'000;
  std::array<int, 40> histogram{};
  for (int i = 0; i < keys; ++i) {
    const auto life = jitter(100s, ashlar::hash_bytes("product:" + std::to_string(i)));
    REQUIRE(life >= 80s);
    REQUIRE(life < 120s);
    ++histogram[static_cast<std::size_t>((life - 80s) / 1s)];
  }
  // Each second holds 2500 on average; 6 standard deviations are 300.
  CHECK(*std::min_element(histogram.begin(), histogram.end()) > 2200);
  CHECK(*std::max_element(histogram.begin(), histogram.end()) < 2800);
}

TEST_CASE("jitter is deterministic, and another insertion of the key gets another life") {
  const ashlar::Jitter jitter{0.5};
  CHECK(jitter(1h, 42) == jitter(1h, 42));
  CHECK(jitter(1h, 42) != jitter(1h, 43));
}

TEST_CASE("what cannot be spread stays as it is") {
  const ashlar::Jitter jitter;
  CHECK(jitter(ashlar::forever, 1) == ashlar::forever);
  CHECK(jitter(0s, 1) == 0s);
  CHECK(jitter(-5s, 1) == -5s);
  CHECK(ashlar::Jitter{0.0}(1h, 1) == 1h);
  CHECK(ashlar::Jitter{1.0}(ashlar::forever - 1ns, 7) > 0s);
}
