// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/min_index.hpp>

TEST_CASE("The first smallest counter is found for every length and offset on every target") {
  std::minstd_rand random{9};
  for (const std::size_t size : ashlar_test::lengths_around_vectors()) {
    for (const unsigned kinds : {2u, 30u, 256u}) {
      const ashlar_test::Placed<std::uint8_t> placed{size, random() % 64};
      for (std::uint8_t& counter : placed.values()) {
        counter = static_cast<std::uint8_t>(255 - random() % kinds);
      }
      const auto values = placed.values();
      const auto expected = static_cast<std::size_t>(std::ranges::min_element(values) - values.begin());
      ashlar_test::on_every_target([&] { REQUIRE(ashlar::min_index(values) == expected); });
    }
  }
}
