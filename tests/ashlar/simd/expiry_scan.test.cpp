// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <random>
#include <vector>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/expiry_scan.hpp>

TEST_CASE("An expiry scan marks the deadlines that have come for every length and offset on every target") {
  std::minstd_rand random{7};
  for (const std::size_t size : ashlar_test::lengths_around_vectors()) {
    const ashlar_test::Placed<std::uint32_t> placed{size, random() % 16};
    // Around the sign bit, where a signed comparison would go wrong.
    const std::uint32_t now = 0x7FFF'FFF0u + static_cast<std::uint32_t>(random() % 32);
    for (std::uint32_t& deadline : placed.values()) {
      deadline = random() % 8 == 0 ? static_cast<std::uint32_t>(random() * 2)
                                   : now - 4 + static_cast<std::uint32_t>(random() % 9);
    }
    std::vector<std::uint64_t> expected((size + 63) / 64);
    std::size_t count = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const bool come = placed.values()[i] <= now;
      expected[i / 64] |= static_cast<std::uint64_t>(come) << (i % 64);
      count += come ? 1 : 0;
    }
    ashlar_test::on_every_target([&] {
      std::vector<std::uint64_t> bitmap(expected.size(), ~std::uint64_t{0});
      REQUIRE(ashlar::expiry_scan(placed.values(), now, bitmap) == count);
      REQUIRE(bitmap == expected);
    });
  }
}

TEST_CASE("The last of all deadlines comes only with the last of all times, on every target") {
  const std::vector<std::uint32_t> deadlines(100, 0xFFFF'FFFFu);
  std::vector<std::uint64_t> bitmap(2);
  ashlar_test::on_every_target([&] {
    REQUIRE(ashlar::expiry_scan(deadlines, 0xFFFF'FFFEu, bitmap) == 0);
    REQUIRE(ashlar::expiry_scan(deadlines, 0xFFFF'FFFFu, bitmap) == 100);
  });
}
