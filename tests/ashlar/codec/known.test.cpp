// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <ashlar/codec/columnar.hpp>
#include <ashlar/codec/known.hpp>
#include <ashlar/codec/value_codec.hpp>

namespace {

// Turns every bit over: as good a codec as any for a test.
template <int Id>
struct Flip {
  static constexpr ashlar::CodecId id{Id};
  static constexpr std::uint8_t version = 1;
  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    for (const std::byte byte : raw.first(raw.size() - 20)) out.push_back(~byte);
  }
  ashlar::Result<void> decompress(std::span<const std::byte> packed, std::size_t, std::vector<std::byte>& out) const {
    for (const std::byte byte : packed) out.push_back(~byte);
    out.resize(out.size() + 20);
    return {};
  }
};
// Writes as Binary does, but says otherwise.
struct OtherSerializer : ashlar::Binary {
  static constexpr std::uint8_t format = 8;
};
template <class C>
using Codec = ashlar::ValueCodec<std::string, ashlar::Binary, C>;
static_assert(ashlar::compression<ashlar::Known<ashlar::Lz4, Flip<130>>>);

}  // namespace

TEST_CASE("a codec that knows others reads them all and writes as the first") {
  const std::string value = std::string(100, 'x') + std::string(20, '\0');
  std::vector<std::byte> one;
  std::vector<std::byte> two;
  std::vector<std::byte> lz4;
  Codec<Flip<130>>{}.encode(value, one);
  Codec<Flip<131>>{}.encode(value, two);
  Codec<ashlar::Lz4>{}.encode(value, lz4);
  const Codec<ashlar::Known<Flip<130>, Flip<131>>> codec;
  CHECK(codec.decode(one).value() == value);
  CHECK(codec.decode(two).value() == value);
  CHECK(codec.decode(lz4).value() == value);
  std::vector<std::byte> written;
  codec.encode(value, written);
  CHECK(written == one);
  const auto unknown = Codec<ashlar::Known<ashlar::Lz4, Flip<130>>>{}.decode(two);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == ashlar::ErrorCode::unsupported);
}

TEST_CASE("what a codec encoded by itself is read where that codec is known, and named where it is not") {
  const std::vector<std::int64_t> value(3000, 7);
  using Values = std::vector<std::int64_t>;
  const auto reads = [](const auto& codec, const std::vector<std::byte>& bytes) { return codec.decode(bytes); };
  std::vector<std::byte> columns;
  ashlar::ValueCodec<Values, ashlar::Binary, ashlar::Columnar>{}.encode(value, columns);
  const ashlar::ValueCodec<Values, ashlar::Binary, ashlar::Known<ashlar::Lz4, Flip<130>, ashlar::Columnar>> knows;
  CHECK(reads(knows, columns).value() == value);
  const ashlar::ValueCodec<Values, ashlar::Binary, ashlar::Known<ashlar::NoCompression, ashlar::Columnar>> stores;
  CHECK(reads(stores, columns).value() == value);

  auto cut = columns;
  cut.pop_back();
  CHECK(reads(knows, cut).error().code() == ashlar::ErrorCode::corrupt);
  auto later = columns;
  later[2] = std::byte{0x13};
  for (const auto& bytes : {columns, later}) {
    const auto unknown = reads(ashlar::ValueCodec<Values, ashlar::Binary, ashlar::Lz4>{}, bytes);
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().code() == ashlar::ErrorCode::unsupported);
    CHECK(std::string{unknown.error().what()}.find("codec columnar (2) version " + std::to_string(bytes == later)) !=
          std::string::npos);
  }
  CHECK(reads(knows, later).error().code() == ashlar::ErrorCode::unsupported);
}

TEST_CASE("where the codec is known but the serializer is another, the error names both") {
  std::vector<std::byte> bytes;
  Codec<Flip<131>>{}.encode(std::string(120, '\0'), bytes);
  const auto result =
      ashlar::ValueCodec<std::string, OtherSerializer, ashlar::Known<ashlar::Lz4, Flip<131>>>{}.decode(bytes);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code() == ashlar::ErrorCode::unsupported);
  const std::string text = result.error().what();
  CHECK(text.find("codec user (131) version 1, written by serializer format 1, this one reads 8") != std::string::npos);
  CHECK(text.find("not known") == std::string::npos);
}
