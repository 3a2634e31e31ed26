// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string>
#include <vector>

#include <ashlar/codec/value_header.hpp>

namespace {

using ashlar::CodecId;
using ashlar::ValueHeader;

std::vector<std::byte> written(const ValueHeader& header) {
  std::vector<std::byte> out;
  ashlar::ByteWriter writer{out};
  header.write(writer);
  writer.flush();
  return out;
}

}  // namespace

TEST_CASE("a header comes back, in as few bytes as it needs") {
  const ValueHeader headers[] = {
      {},
      {.codec = CodecId::lz4, .codec_version = 15, .format = 15, .raw_size = 1},
      {.codec = CodecId{200}, .raw_size = ~std::uint64_t{0}},
      {.codec = CodecId::zstd, .raw_size = 300, .dictionary = {.id = 7, .epoch = 0xFFFFFFFFu}}};
  const std::size_t sizes[] = {3, 4, 13, 11};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto bytes = written(headers[i]);
    CHECK(bytes.size() == sizes[i]);
    ashlar::ByteReader reader{bytes};
    ValueHeader back;
    REQUIRE(back.read(reader));
    CHECK(back == headers[i]);
    CHECK(reader.left() == 0);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      ashlar::ByteReader less{std::span{bytes}.first(cut)};
      CHECK_FALSE(back.read(less));
    }
  }
}

TEST_CASE("bytes that are no header are refused") {
  for (const int first : {0, 0x9F, 0xA4, 0xFF}) {
    const std::vector<std::byte> bytes{static_cast<std::byte>(first), std::byte{}, std::byte{}};
    ashlar::ByteReader reader{bytes};
    ValueHeader header;
    CHECK_FALSE(header.read(reader));
    CHECK(reader.error().what() == std::string{"at byte 1 of 3: not a value: the first byte must be 0xA0 to 0xA3"});
  }
}

TEST_CASE("codecs have names") {
  CHECK(to_string(CodecId::gzip) == "gzip");
  CHECK(to_string(CodecId{128}) == "user");
  CHECK(to_string(CodecId{77}) == "unknown");
}
