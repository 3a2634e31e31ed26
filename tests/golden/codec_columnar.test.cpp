// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string>
#include <vector>

#include <ashlar/codec/columnar.hpp>
#include <ashlar/simd/crc32c.hpp>

// These bytes are stored on disks: a change here is a change of the format.
namespace {

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes;
  ashlar::Columnar{}.encode(values, bytes);
  std::string text;
  for (const std::byte byte : bytes) {
    text += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
  }
  return text;
}

// Of what is too long to be written down.
template <class T>
std::uint32_t checksum_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes;
  ashlar::Columnar{}.encode(values, bytes);
  return ashlar::crc32c(bytes);
}
template <class F>
auto values(std::size_t count, F make) {
  std::vector<decltype(make(std::int64_t{}, std::uint64_t{}))> all;
  std::uint64_t random = 1;
  for (std::size_t i = 0; i < count; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    all.push_back(make(static_cast<std::int64_t>(i), random >> 33));
  }
  return all;
}

}  // namespace

// Rows, columns, then per column its type and size; the sizes of its blocks, the blocks.
TEST_CASE("golden bytes of packed integers") {
  CHECK(bytes_of(std::vector<std::int64_t>{}) == "00010000");
  CHECK(bytes_of(std::vector<std::int64_t>{5, 5, 5}) == "0301000403100a00");
  CHECK(bytes_of(std::vector<std::int32_t>{1, 2, 3, 4}) == "0401000504100202e4");
}

TEST_CASE("golden bytes of packed texts") {
  CHECK(bytes_of(std::vector<std::string>{"a", "b", "a", "a"}) == "0401020e0002031002000200616203000102");
}

TEST_CASE("golden checksums of packed blocks of every form") {
  using I = std::int64_t;
  CHECK(checksum_of(values(3000, [](I, std::uint64_t random) { return static_cast<I>(random % 1000) - 50; })) ==
        0xf3bc687f);
  CHECK(checksum_of(values(3000, [](I i, std::uint64_t random) {
          return i % 90 == 5 ? static_cast<I>(random) * (i % 2 != 0 ? 1 : -1) : static_cast<I>(random % 50);
        })) == 0x01ef2cb7);
  CHECK(checksum_of(values(3000, [](I i, std::uint64_t random) { return i * 1000 + static_cast<I>(random % 99); })) ==
        0xa3340b42);
  CHECK(checksum_of(values(3000, [](I i, std::uint64_t) { return i / 7 * i; })) == 0x3564a3f8);
  CHECK(checksum_of(values(3000, [](I i, std::uint64_t) { return i / 30 % 8 * 1000; })) == 0xfcc82dba);
  CHECK(checksum_of(values(3000, [](I i, std::uint64_t random) {
          return i % 80 == 3 ? 1.0 / static_cast<double>(random) : static_cast<double>(random % 9999) / 100;
        })) == 0x3babfd0b);
  CHECK(checksum_of(values(3000, [](I, std::uint64_t random) {
          return std::pair{std::to_string(random % 300), std::to_string(random % 300 / 2)};
        })) == 0x6d6c3d84);
}
