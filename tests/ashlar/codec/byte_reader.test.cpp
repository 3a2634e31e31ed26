// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <ashlar/codec/byte_reader.hpp>

namespace {

using Bytes = std::vector<std::byte>;

Bytes of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::string fault(const Bytes& bytes) {
  ashlar::ByteReader reader{bytes};
  std::uint64_t size = 0;
  return reader.size(size) ? "none" : reader.error().what();
}

}  // namespace

TEST_CASE("a reader gives back what a writer wrote") {
  Bytes bytes;
  ashlar::ByteWriter writer{bytes};
  const std::uint64_t sizes[] = {0, 1, 127, 128, 16383, 16384, 1u << 31, ~std::uint64_t{0}};
  for (const auto size : sizes) writer.size(size);
  writer.number(-2.5F);
  writer.flush();
  ashlar::ByteReader reader{bytes};
  for (const auto size : sizes) {
    std::uint64_t got = 0;
    REQUIRE(reader.size(got));
    CHECK(got == size);
  }
  float number = 0;
  REQUIRE(reader.number(number));
  CHECK(number == -2.5F);
  CHECK(reader.left() == 0);
  CHECK_FALSE(reader.failed());
}

TEST_CASE("a reader stops at the end and says where") {
  const Bytes bytes = of({1, 2, 3});
  ashlar::ByteReader reader{bytes};
  std::uint8_t byte = 0;
  REQUIRE(reader.number(byte));
  std::uint32_t number = 0;
  CHECK_FALSE(reader.number(number));
  CHECK(reader.error().what() == std::string{"at byte 1 of 3: needs 4 bytes, but 2 are left"});
  CHECK(reader.error().code() == ashlar::ErrorCode::corrupt);
  CHECK_FALSE(reader.fail("later"));  // the first fault stays
  CHECK(reader.error().what() == std::string{"at byte 1 of 3: needs 4 bytes, but 2 are left"});
}

TEST_CASE("the rest is what was not read") {
  const Bytes bytes = of({1, 2, 3});
  ashlar::ByteReader reader{bytes};
  CHECK(reader.rest().size() == 3);
  std::uint16_t number = 0;
  REQUIRE(reader.number(number));
  CHECK(reader.rest().size() == 1);
  CHECK(reader.rest().data() == bytes.data() + 2);
}

TEST_CASE("sizes have one spelling") {
  CHECK(fault(of({})) == "at byte 0 of 0: ends within a length");
  CHECK(fault(of({0x80})) == "at byte 0 of 1: ends within a length");
  CHECK(fault(of({0x80, 0})) == "at byte 0 of 2: a length with needless zeros");
  CHECK(fault(of({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2})) ==
        "at byte 0 of 10: a length above 64 bits");
  CHECK(fault(of({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1})) == "none");
}

TEST_CASE("a count is believed only when the bytes are there") {
  const Bytes bytes = of({3, 0, 0, 0, 0});
  ashlar::ByteReader reader{bytes};
  std::uint64_t count = 0;
  CHECK_FALSE(reader.count(count, 2));
  CHECK(reader.error().what() ==
        std::string{"at byte 0 of 5: a count of 3 needs at least 2 bytes each, but 4 are left"});
  ashlar::ByteReader again{bytes};
  CHECK(again.count(count, 1));
  CHECK(count == 3);
}

TEST_CASE("nesting has an end") {
  const Bytes bytes = of({0});
  ashlar::ByteReader reader{bytes};
  for (int i = 0; i < 200; ++i) REQUIRE(reader.enter());
  CHECK_FALSE(reader.enter());
}
