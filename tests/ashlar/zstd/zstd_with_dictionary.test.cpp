// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <memory>

#include <ashlar/codec/train_dictionary.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <ashlar/zstd/zstd_with_dictionary.hpp>
#include <support/codec_checks.hpp>

TEST_CASE("zstd with a dictionary packs small values smaller, and reads older epochs") {
  std::mt19937 engine{3};
  std::vector<ashlar_test::Bytes> samples;
  for (int i = 0; i < 400; ++i) samples.push_back(ashlar_test::row_text(engine, 80));
  const auto known = std::make_shared<ashlar::Dictionaries>();
  const ashlar::zstd::ZstdWithDictionary<> codec{known, 5};
  CHECK(codec.dictionary() == ashlar::DictionaryTag{});
  ashlar_test::check_compression(codec);

  known->add(ashlar::train_dictionary(samples, {5, 1}, 4096));
  ashlar_test::Bytes with;
  ashlar_test::Bytes without;
  const auto row = ashlar_test::row_text(engine, 80);
  codec.compress(row, with);
  ashlar::zstd::Zstd<>{}.compress(row, without);
  CHECK(with.size() * 4 < without.size() * 3);

  known->add(ashlar::train_dictionary(samples, {5, 2}, 2048));
  CHECK(codec.dictionary() == ashlar::DictionaryTag{5, 2});
  ashlar_test::Bytes back;
  REQUIRE(codec.decompress(with, row.size(), {5, 1}, back).has_value());
  CHECK(back == row);
  const auto unknown = codec.decompress(with, row.size(), {5, 9}, back);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == ashlar::ErrorCode::unsupported);
}
