// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <ashlar/codec/value_codec.hpp>

namespace {

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

// Drops runs of zero bytes: pairs of (zeros, byte).
struct ZeroRuns {
  static constexpr ashlar::CodecId id{130};
  static constexpr std::uint8_t version = 2;
  void compress(View raw, Bytes& out) const {
    std::size_t zeros = 0;
    for (const std::byte byte : raw) {
      if (byte == std::byte{} && zeros < 255) {
        ++zeros;
        continue;
      }
      out.push_back(static_cast<std::byte>(zeros));
      out.push_back(byte);
      zeros = 0;
    }
  }
  ashlar::Result<void> decompress(View packed, std::size_t raw_size, Bytes& out) const {
    const std::size_t start = out.size();
    for (std::size_t i = 0; i + 1 < packed.size(); i += 2) {
      out.resize(out.size() + std::to_integer<std::size_t>(packed[i]));
      out.push_back(packed[i + 1]);
    }
    if (out.size() - start > raw_size) {
      out.resize(start);
      return ashlar::Error{ashlar::ErrorCode::corrupt, "too long"};
    }
    out.resize(start + raw_size);
    return {};
  }
};
struct ZeroRunsNext : ZeroRuns {
  static constexpr std::uint8_t version = 3;
};
struct Throws {
  int unused = 0;
};

}  // namespace

template <>
struct ashlar::Serialize<Throws> {
  static void encode(const Throws&, ByteWriter& writer) {
    for (int i = 0; i < 1000; ++i) writer.size(1);
    throw std::runtime_error{"no"};
  }
  static bool decode(ByteReader&, Throws&) { return false; }
};

TEST_CASE("a value comes back through serializer and compression") {
  const ashlar::ValueCodec<std::vector<int>, ashlar::Binary, ZeroRuns> codec;
  const std::vector<int> value(100, 3);
  Bytes bytes;
  codec.encode(value, bytes);
  CHECK(bytes.size() < 230);
  CHECK(bytes[1] == std::byte{130});
  CHECK(codec.decode(bytes).value() == value);
}

TEST_CASE("what does not shrink is stored as it is") {
  const ashlar::ValueCodec<std::string, ashlar::Binary, ZeroRuns> codec;
  Bytes bytes;
  codec.encode("incompressible", bytes);
  CHECK(bytes.size() == 3 + 1 + 14);
  CHECK(bytes[1] == std::byte{0});
  CHECK(codec.decode(bytes).value() == "incompressible");
}

TEST_CASE("a value of another codec or version is a clear error") {
  Bytes bytes;
  ashlar::ValueCodec<std::vector<int>, ashlar::Binary, ZeroRuns>{}.encode(std::vector<int>(50), bytes);
  const auto plain = ashlar::ValueCodec<std::vector<int>>{}.decode(bytes);
  REQUIRE_FALSE(plain);
  CHECK(plain.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(std::string{plain.error().what()}.find("codec user (130) version 2") != std::string::npos);
  const auto next = ashlar::ValueCodec<std::vector<int>, ashlar::Binary, ZeroRunsNext>{}.decode(bytes);
  REQUIRE_FALSE(next);
  CHECK(next.error().code() == ashlar::ErrorCode::unsupported);
}

TEST_CASE("values written without compression are read by every codec") {
  Bytes bytes;
  ashlar::ValueCodec<std::string>{}.encode("plain", bytes);
  CHECK(ashlar::ValueCodec<std::string, ashlar::Binary, ZeroRuns>{}.decode(bytes).value() == "plain");
}

TEST_CASE("another serializer's bytes are not misread") {
  Bytes bytes;
  ashlar::ValueCodec<std::string>{}.encode("plain", bytes);
  bytes[2] = std::byte{8};
  const auto other = ashlar::ValueCodec<std::string>{}.decode(bytes);
  REQUIRE_FALSE(other);
  CHECK(other.error().what() == std::string{"value: written by serializer format 8, this one reads 1"});
}

TEST_CASE("an encoder that throws leaves nothing behind") {
  Bytes bytes{std::byte{7}};
  CHECK_THROWS_AS((ashlar::ValueCodec<Throws>{}.encode({}, bytes)), std::runtime_error);
  CHECK(bytes == Bytes{std::byte{7}});
  CHECK_THROWS_AS((ashlar::ValueCodec<Throws, ashlar::Binary, ZeroRuns>{}.encode({}, bytes)), std::runtime_error);
  CHECK(bytes == Bytes{std::byte{7}});
}

TEST_CASE("any bytes are safe to decode") {
  Bytes bytes;
  const ashlar::ValueCodec<std::vector<std::string>, ashlar::Binary, ZeroRuns> codec;
  codec.encode(std::vector<std::string>(20, std::string(30, '\0')), bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = bytes;
      changed[at] = static_cast<std::byte>(value);
      if (at == 3 || at == 4) continue;  // the raw size, which this toy codec believes
      static_cast<void>(codec.decode(changed));
    }
    CHECK_FALSE(codec.decode(View{bytes}.first(at)));
  }
}
