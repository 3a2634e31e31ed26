// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/codec/lz4.hpp>
#include <ashlar/codec/train_dictionary.hpp>
#include <support/codec_checks.hpp>

namespace {

using ashlar_test::Bytes;

std::vector<Bytes> rows(std::uint32_t seed, int count) {
  std::mt19937 engine{seed};
  std::vector<Bytes> all;
  for (int i = 0; i < count; ++i) all.push_back(ashlar_test::row_text(engine, 70 + engine() % 60));
  return all;
}

}  // namespace

TEST_CASE("a trained dictionary packs rows it has not seen") {
  const auto dictionary = ashlar::train_dictionary(rows(1, 500), {7, 1}, 4096);
  CHECK(dictionary.tag() == ashlar::DictionaryTag{7, 1});
  CHECK(dictionary.bytes().size() <= 4096);
  std::size_t with = 0;
  std::size_t without = 0;
  Bytes packed(1000);
  for (const auto& row : rows(2, 100)) {
    with += dictionary.compress_into(row, packed);
    without += ashlar::Lz4::compress_into(row, packed);
  }
  CHECK(with * 2 < without);
}

TEST_CASE("training is repeatable") {
  const auto samples = rows(1, 200);
  const auto one = ashlar::train_dictionary(samples, {1, 1}, 2048);
  const auto two = ashlar::train_dictionary(samples, {1, 1}, 2048);
  CHECK(std::equal(one.bytes().begin(), one.bytes().end(), two.bytes().begin(), two.bytes().end()));
}

TEST_CASE("few, tiny or no samples make a small dictionary") {
  CHECK(ashlar::train_dictionary({}, {1, 1}).bytes().empty());
  CHECK(ashlar::train_dictionary(std::vector<Bytes>(3), {1, 1}).bytes().empty());
  const auto one = ashlar::train_dictionary(rows(1, 1), {1, 1}, 16);
  CHECK(one.bytes().size() <= 16);
  CHECK(ashlar::train_dictionary(rows(1, 3), {1, 1}, 1000).bytes().size() <= 1000);
  CHECK(ashlar::train_dictionary(std::vector<Bytes>(50, Bytes(5, std::byte{1})), {1, 1}).bytes().size() <= 16384);
}
