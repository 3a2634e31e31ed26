// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/byte_histogram.hpp>

TEST_CASE("A byte histogram counts every byte for every length and offset on every target") {
  std::minstd_rand random{2};
  for (const std::size_t length : ashlar_test::lengths_around_vectors()) {
    const ashlar_test::Placed<std::byte> placed{length, random() % 64};
    const unsigned kinds = 1 + random() % 256;  // few kinds make runs
    for (std::byte& byte : placed.values()) {
      byte = static_cast<std::byte>(random() % kinds);
    }
    ashlar::ByteHistogram expected{};
    for (const std::byte byte : placed.values()) {
      ++expected[std::to_integer<std::size_t>(byte)];
    }
    ashlar_test::on_every_target([&] { REQUIRE(ashlar::byte_histogram(placed.values()) == expected); });
  }
}

TEST_CASE("A run of one byte is counted whole on every target") {
  const ashlar_test::Placed<std::byte> placed{1003, 5};
  std::ranges::fill(placed.values(), std::byte{200});
  placed.values()[999] = std::byte{7};
  ashlar_test::on_every_target([&] {
    const ashlar::ByteHistogram counts = ashlar::byte_histogram(placed.values());
    REQUIRE(counts[200] == 1002);
    REQUIRE(counts[7] == 1);
  });
}
