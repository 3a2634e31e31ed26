// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/find_byte.hpp>

TEST_CASE("A byte is found where it stands first and counted, for every length and offset on every target") {
  std::minstd_rand random{8};
  for (const std::size_t size : ashlar_test::lengths_around_vectors()) {
    const ashlar_test::Placed<std::byte> placed{size, random() % 64};
    for (std::byte& byte : placed.values()) {
      byte = static_cast<std::byte>('a' + random() % 4);
    }
    for (const std::size_t rare : {std::size_t{0}, size / 2, size - 1}) {
      if (size == 0 || rare >= size) {
        continue;
      }
      placed.values()[rare] = std::byte{'\n'};
      const auto values = placed.values();
      const auto expected = static_cast<std::size_t>(std::ranges::find(values, std::byte{'\n'}) - values.begin());
      ashlar_test::on_every_target([&] {
        REQUIRE(ashlar::find_newline(values) == expected);
        REQUIRE(ashlar::find_byte(values.subspan(expected + 1), std::byte{'z'}) == size - expected - 1);
        for (const char c : std::string_view{"ab\n"}) {
          const auto wanted = static_cast<std::byte>(c);
          REQUIRE(ashlar::count_byte(values, wanted) == static_cast<std::size_t>(std::ranges::count(values, wanted)));
        }
      });
      placed.values()[rare] = std::byte{'a'};
    }
  }
}

TEST_CASE("Many equal bytes are counted without overflow on every target") {
  const ashlar_test::Placed<std::byte> placed{100'003, 1};
  std::ranges::fill(placed.values(), std::byte{'\n'});
  ashlar_test::on_every_target([&] { REQUIRE(ashlar::count_newlines(placed.values()) == 100'003); });
}

TEST_CASE("In nothing, nothing is found") {
  ashlar_test::on_every_target([] {
    REQUIRE(ashlar::find_byte({}, std::byte{0}) == 0);
    REQUIRE(ashlar::count_byte({}, std::byte{0}) == 0);
  });
}
