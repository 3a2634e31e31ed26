// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string_view>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/crc32c.hpp>

namespace {

std::uint32_t crc_of(std::string_view text, std::uint32_t seed = 0) {
  return ashlar::crc32c(std::as_bytes(std::span{text.data(), text.size()}), seed);
}

// One bit at a time, from the definition.
std::uint32_t crc_by_definition(std::span<const std::byte> bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82F63B78u : 0u);
    }
  }
  return ~crc;
}

}  // namespace

TEST_CASE("CRC-32C gives the published values on every target") {
  ashlar_test::on_every_target([] {
    REQUIRE(crc_of("123456789") == 0xE3069283u);
    REQUIRE(crc_of("") == 0u);
    REQUIRE(crc_of("", 77u) == 77u);
    REQUIRE(crc_of(std::string(32, '\0')) == 0x8A9136AAu);    // RFC 3720, B.4
    REQUIRE(crc_of(std::string(32, '\xFF')) == 0x62A8AB43u);  // RFC 3720, B.4
  });
}

TEST_CASE("CRC-32C follows its definition for every length, offset and seed on every target") {
  std::minstd_rand random{1};
  auto lengths = ashlar_test::lengths_around_vectors();
  lengths.insert(lengths.end(), {383, 384, 3071, 3072, 12'345});
  for (const std::size_t length : lengths) {
    const ashlar_test::Placed<std::byte> placed{length, random() % 64};
    for (std::byte& byte : placed.values()) {
      byte = static_cast<std::byte>(random());
    }
    const auto seed = static_cast<std::uint32_t>(random());
    const std::uint32_t expected = crc_by_definition(placed.values(), seed);
    ashlar_test::on_every_target([&] { REQUIRE(ashlar::crc32c(placed.values(), seed) == expected); });
  }
}

TEST_CASE("CRC-32C of two parts in turn is that of the whole") {
  const std::string text(1000, 'x');
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{300}, std::size_t{1000}}) {
    const std::string_view whole = text;
    REQUIRE(crc_of(whole.substr(cut), crc_of(whole.substr(0, cut))) == crc_of(whole));
  }
}
