// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string>

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
