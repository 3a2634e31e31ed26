// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <memory>
#include <string>

#include <ashlar/codec/lz4_with_dictionary.hpp>
#include <ashlar/codec/train_dictionary.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <support/codec_checks.hpp>

namespace {

using ashlar_test::Bytes;
using Codec = ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Lz4WithDictionary>;

std::string row(std::mt19937& engine) {
  const Bytes bytes = ashlar_test::row_text(engine, 90);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
ashlar::Dictionary trained(std::uint32_t epoch) {
  std::mt19937 engine{epoch};
  std::vector<Bytes> samples;
  for (int i = 0; i < 300; ++i) {
    samples.emplace_back();
    ashlar::Binary{}.encode(row(engine), samples.back());
  }
  return ashlar::train_dictionary(samples, {1, epoch}, 4096);
}

}  // namespace

TEST_CASE("small values are packed with the newest dictionary and say which") {
  std::mt19937 engine{9};
  const auto known = std::make_shared<ashlar::Dictionaries>();
  const Codec codec{{}, {known, 1}};
  const std::string value = row(engine);
  Bytes none;
  codec.encode(value, none);

  known->add(trained(1));
  Bytes first;
  codec.encode(value, first);
  CHECK(first.size() * 3 < none.size() * 2);

  known->add(trained(2));
  Bytes second;
  codec.encode(value, second);
  CHECK(first != second);
  for (const auto& bytes : {none, first, second}) CHECK(codec.decode(bytes).value() == value);
}

TEST_CASE("a value of an unknown dictionary is a clear error") {
  std::mt19937 engine{9};
  const auto known = std::make_shared<ashlar::Dictionaries>();
  known->add(trained(3));
  Bytes bytes;
  Codec{{}, {known, 1}}.encode(row(engine), bytes);
  const auto other = Codec{{}, {std::make_shared<ashlar::Dictionaries>(), 1}}.decode(bytes);
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(other.error().what() == std::string{"lz4: packed with dictionary 1 epoch 3, which is not known here; add it"});
  const auto plain = ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Lz4>{}.decode(bytes);
  REQUIRE_FALSE(plain.has_value());
  CHECK(plain.error().code() == ashlar::ErrorCode::unsupported);
}

TEST_CASE("it keeps the promises of a compression, with and without a dictionary") {
  const auto known = std::make_shared<ashlar::Dictionaries>();
  const ashlar::Lz4WithDictionary codec{known, 1};
  ashlar_test::check_compression(codec);
  known->add(trained(1));
  known->assign("order:", 1);
  CHECK(codec.for_key("order:7").dictionary() == ashlar::DictionaryTag{1, 1});
  CHECK(codec.for_key("product:7").dictionary() == ashlar::DictionaryTag{});
  Bytes out;
  const Bytes junk(50, std::byte{0x1F});
  const auto broken = codec.decompress(junk, 100, {1, 1}, out);
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().code() == ashlar::ErrorCode::corrupt);
  CHECK(out.empty());
}
