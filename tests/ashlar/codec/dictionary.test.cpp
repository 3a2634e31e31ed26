// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <random>

#include <ashlar/codec/dictionary.hpp>
#include <ashlar/codec/lz4.hpp>
#include <support/codec_checks.hpp>
#include <support/soak.hpp>

#ifdef ASHLAR_TEST_WITH_LIBLZ4
#include <lz4.h>
#endif

namespace {

using ashlar_test::Bytes;

Bytes packed(const ashlar::Dictionary& dictionary, const Bytes& raw) {
  Bytes out(ashlar::Lz4::bound(raw.size()));
  out.resize(dictionary.compress_into(raw, out));
  return out;
}
// Unpacks at the end of a buffer of exactly its size, so that one byte too far is seen.
bool unpacks(const ashlar::Dictionary& dictionary, const Bytes& block, Bytes& out) {
  const Bytes exact(block);
  return dictionary.decompress_into(exact, out);
}

}  // namespace

TEST_CASE("values come back with the dictionary they were packed with") {
  std::mt19937 engine{1};
  for (const std::size_t size : {0u, 3u, 8u, 100u, 4096u, 70'000u, 200'000u}) {
    const ashlar::Dictionary dictionary{{1, 1}, ashlar_test::row_text(engine, size)};
    CHECK(dictionary.bytes().size() == size);
    for (int i = 0; i < 40; ++i) {
      const Bytes raw = ashlar_test::row_text(engine, i < 30 ? engine() % 400 : engine() % 70'000);
      const Bytes block = packed(dictionary, raw);
      Bytes back(raw.size());
      REQUIRE(unpacks(dictionary, block, back));
      REQUIRE(back == raw);
#if defined(LZ4_VERSION_NUMBER)
      Bytes theirs(raw.size() + 1);
      const auto bytes = dictionary.bytes();
      const int got = LZ4_decompress_safe_usingDict(
          reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(theirs.data()),
          static_cast<int>(block.size()), static_cast<int>(raw.size()), reinterpret_cast<const char*>(bytes.data()),
          static_cast<int>(bytes.size()));
      REQUIRE(got == static_cast<int>(raw.size()));
      REQUIRE(std::equal(raw.begin(), raw.end(), theirs.begin()));
#endif
    }
  }
}

TEST_CASE("a row like those of the dictionary shrinks to a fraction") {
  std::mt19937 engine{2};
  const ashlar::Dictionary dictionary{{1, 1}, ashlar_test::row_text(engine, 8000)};
  const Bytes raw = ashlar_test::row_text(engine, 200);
  CHECK(packed(dictionary, raw).size() * 2 < raw.size());
}

TEST_CASE("changed blocks reach outside of neither value nor dictionary") {
  std::mt19937 engine{3};
  const ashlar::Dictionary dictionary{{1, 1}, ashlar_test::row_text(engine, 300)};
  for (int i = 0; i < static_cast<int>(4000 * ashlar_test::soak()); ++i) {
    const Bytes raw = ashlar_test::row_text(engine, engine() % 300);
    Bytes block = packed(dictionary, raw);
    for (auto n = engine() % 4; n > 0; --n) block[engine() % block.size()] = static_cast<std::byte>(engine());
    Bytes out(raw.size() + engine() % 3);
    static_cast<void>(unpacks(dictionary, block, out));
  }
}
