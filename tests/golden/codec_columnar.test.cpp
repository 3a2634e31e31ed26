// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string>
#include <vector>

#include <ashlar/codec/columnar.hpp>

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
