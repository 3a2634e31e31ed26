// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/codec/lz4.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <support/soak.hpp>

#ifdef ASHLAR_TEST_WITH_LIBLZ4
#include <lz4.h>
#endif

namespace {

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

Bytes bytes_of(std::string_view text) {
  const auto view = std::as_bytes(std::span{text});
  return {view.begin(), view.end()};
}
Bytes packed(View raw) {
  Bytes out;
  ashlar::Lz4{}.compress(raw, out);
  return out;
}

// Unpacks between guards, so that one byte written outside is seen (and one read outside, by AddressSanitizer).
bool unpacks(View block, std::size_t size, Bytes& out) {
  const Bytes exact(block.begin(), block.end());
  Bytes room(size + 128, std::byte{0xEE});
  const bool good = ashlar::Lz4::decompress_into(exact, std::span{room}.subspan(64, size));
  for (std::size_t i = 0; i < 64; ++i) {
    REQUIRE(room[i] == std::byte{0xEE});
    REQUIRE(room[64 + size + i] == std::byte{0xEE});
  }
  out.assign(room.begin() + 64, room.begin() + 64 + static_cast<std::ptrdiff_t>(size));
  return good;
}

// Text-like, run-like and random bytes in turns.
Bytes sample(std::mt19937& engine, std::size_t size) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(engine()) % limit; };
  Bytes bytes;
  bytes.reserve(size + 400);
  while (bytes.size() < size) {
    const std::size_t piece = 1 + below(below(4) == 0 ? 400 : 24);
    if (below(3) == 0) {
      for (std::size_t i = 0; i < piece; ++i) bytes.push_back(static_cast<std::byte>(engine()));
    } else if (const std::size_t back = 1 + below(below(2) == 0 ? 20 : 70'000); back <= bytes.size()) {
      for (std::size_t i = 0; i < piece; ++i) bytes.push_back(bytes[bytes.size() - back]);
    } else {
      bytes.insert(bytes.end(), piece, std::byte{'x'});
    }
  }
  bytes.resize(size);
  return bytes;
}

void check(const Bytes& raw) {
  const Bytes block = packed(raw);
  REQUIRE(block.size() <= ashlar::Lz4::bound(raw.size()));
  Bytes back;
  REQUIRE(unpacks(block, raw.size(), back));
  REQUIRE(back == raw);
#if defined(LZ4_VERSION_NUMBER)
  Bytes theirs(raw.size() + 1);
  const int size = static_cast<int>(raw.size());
  REQUIRE(LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(theirs.data()),
                              static_cast<int>(block.size()), size) == size);
  REQUIRE(std::equal(raw.begin(), raw.end(), theirs.begin()));
  Bytes their_block(static_cast<std::size_t>(LZ4_compressBound(size)));
  const int their_size =
      LZ4_compress_default(reinterpret_cast<const char*>(raw.data()), reinterpret_cast<char*>(their_block.data()), size,
                           static_cast<int>(their_block.size()));
  REQUIRE(unpacks(View{their_block}.first(static_cast<std::size_t>(their_size)), raw.size(), back));
  REQUIRE(back == raw);
#endif
}

}  // namespace

TEST_CASE("values of every small size come back") {
  std::mt19937 engine{1};
  for (std::size_t size = 0; size < 300; ++size) {
    check(Bytes(size, std::byte{'r'}));
    check(sample(engine, size));
  }
}

TEST_CASE("large values come back") {
  std::mt19937 engine{2};
  for (const std::size_t size : {65'534u, 65'535u, 65'536u, 65'546u, 65'547u, 65'548u, 200'000u})
    check(sample(engine, size));
  check(Bytes(300'000, std::byte{}));
  for (int i = 0; i < static_cast<int>(100 * ashlar_test::soak()); ++i) check(sample(engine, engine() % 8000));
}

TEST_CASE("runs of every period come back") {
  for (std::size_t period = 1; period < 40; ++period) {
    for (const std::size_t size : {30u, 64u, 100u, 1000u}) {
      Bytes raw(size);
      for (std::size_t i = 0; i < size; ++i) raw[i] = static_cast<std::byte>(i % period * 7);
      check(raw);
    }
  }
}

TEST_CASE("a block of the format's own description is read") {
  // "abcd" as literals, four bytes from four back, then five last literals.
  const Bytes block =
      bytes_of({"\x40"
                "abcd\x04\x00\x50"
                "vwxyz",
                13});
  Bytes back;
  REQUIRE(unpacks(block, 13, back));
  CHECK(back == bytes_of("abcdabcdvwxyz"));
  CHECK(packed({}) == Bytes{std::byte{0}});
  REQUIRE(unpacks(Bytes{std::byte{0}}, 0, back));
}

TEST_CASE("broken blocks are refused") {
  Bytes back;
  const auto refused = [&](std::string_view block, std::size_t size) { return !unpacks(bytes_of(block), size, back); };
  CHECK(refused("", 0));
  CHECK(refused({"\x40xyz", 4}, 4));                                   // literals missing
  CHECK(refused({"\x40wxyz", 5}, 5));                                  // ends too early
  CHECK(refused({"\x40wxyz", 5}, 3));                                  // too long for the output
  CHECK(refused({"\x10x\x00\x00\x50qrstu", 10}, 10));                  // distance 0
  CHECK(refused({"\x10x\x02\x00\x50qrstu", 10}, 10));                  // before the start
  CHECK(refused({"\x10x\x01\x00", 4}, 5));                             // no last literals
  CHECK(refused({"\x10x\x01", 3}, 5));                                 // half a distance
  CHECK(refused({"\xF0\xFF\xFF", 3}, 1000));                           // a length without an end
  CHECK(refused({"\x1Fx\x01\x00\xFF\xFF\xFF\x00\x50qrstu", 14}, 99));  // a match longer than the output
}

TEST_CASE("changed, cut and random blocks never reach outside") {
  std::mt19937 engine{3};
  Bytes back;
  for (int i = 0; i < static_cast<int>(4000 * ashlar_test::soak()); ++i) {
    const Bytes raw = sample(engine, engine() % 600);
    Bytes block = packed(raw);
    for (auto n = engine() % 4; n > 0; --n) block[engine() % block.size()] = static_cast<std::byte>(engine());
    if (engine() % 4 == 0) block.resize(engine() % (block.size() + 1));
    if (engine() % 8 == 0) {
      for (auto& byte : block) byte = static_cast<std::byte>(engine());
    }
    const std::size_t size = engine() % 4 == 0 ? engine() % 700 : raw.size();
    const bool good = unpacks(block, size, back);
#if defined(LZ4_VERSION_NUMBER)
    Bytes theirs(size + 1);
    const int got =
        LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(theirs.data()),
                            static_cast<int>(block.size()), static_cast<int>(size));
    // liblz4 refuses some blocks that break a rule for encoders only; what it reads, we read alike.
    if (got == static_cast<int>(size)) {
      REQUIRE(good);
      REQUIRE(std::equal(back.begin(), back.end(), theirs.begin()));
    }
#else
    static_cast<void>(good);
#endif
  }
}

TEST_CASE("a size that the block cannot have is refused before memory is asked for") {
  Bytes out{std::byte{1}};
  const auto result = ashlar::Lz4{}.decompress(bytes_of("0123456789"), std::size_t{1} << 50, out);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ashlar::ErrorCode::corrupt);
  CHECK(result.error().what() == std::string{"lz4: 10 packed bytes cannot hold 1125899906842624"});
  const auto wrong = ashlar::Lz4{}.decompress(bytes_of("0123456789"), 100, out);
  REQUIRE_FALSE(wrong);
  CHECK(out == Bytes{std::byte{1}});
}

TEST_CASE("as a compression of values") {
  const ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Lz4> codec;
  std::string value;
  for (int i = 0; i < 200; ++i) value += "row " + std::to_string(i) + ";";
  Bytes bytes;
  codec.encode(value, bytes);
  CHECK(bytes.size() < value.size() * 2 / 3);
  CHECK(codec.decode(bytes).value() == value);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] ^= std::byte{0x5A};
    static_cast<void>(codec.decode(changed));
    CHECK_FALSE(codec.decode(View{bytes}.first(at)));
  }
}
