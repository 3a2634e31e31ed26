// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/codec/no_compression.hpp>

TEST_CASE("no compression copies, and checks the size") {
  const ashlar::NoCompression none;
  const std::vector<std::byte> raw{std::byte{1}, std::byte{2}};
  std::vector<std::byte> packed{std::byte{0}};
  none.compress(raw, packed);
  CHECK(packed == std::vector<std::byte>{std::byte{0}, std::byte{1}, std::byte{2}});
  std::vector<std::byte> back;
  REQUIRE(none.decompress(raw, 2, back));
  CHECK(back == raw);
  const auto wrong = none.decompress(raw, 3, back);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code() == ashlar::ErrorCode::corrupt);
  CHECK(back == raw);
}
