// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string>

#include <ashlar/codec/known.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <ashlar/zlib/gzip.hpp>
#include <support/codec_checks.hpp>

TEST_CASE("gzip restores what it packed, at every level") {
  ashlar_test::check_compression(ashlar::zlib::Gzip<>{});
  ashlar_test::check_compression(ashlar::zlib::Gzip<1>{});
  ashlar_test::check_compression(ashlar::zlib::Gzip<9>{});
}

TEST_CASE("a gzip file of another program is read") {
  // printf hello | gzip -n
  const unsigned char file[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd,
                                0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
  std::vector<std::byte> out;
  REQUIRE(ashlar::zlib::Gzip<>{}.decompress(std::as_bytes(std::span{file}), 5, out).has_value());
  CHECK(std::string(reinterpret_cast<const char*>(out.data()), out.size()) == "hello");
}

TEST_CASE("gzip of last year is read by a codec that writes LZ4 now") {
  const std::string value(500, 'v');
  std::vector<std::byte> old;
  ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::zlib::Gzip<>>{}.encode(value, old);
  using Now = ashlar::Known<ashlar::Lz4, ashlar::zlib::Gzip<>>;
  CHECK(ashlar::ValueCodec<std::string, ashlar::Binary, Now>{}.decode(old).value() == value);
  const auto unknown = ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Lz4>{}.decode(old);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(std::string{unknown.error().what()}.find("codec gzip (4)") != std::string::npos);
}
