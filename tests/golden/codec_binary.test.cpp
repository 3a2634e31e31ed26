// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <ashlar/codec/versioned.hpp>

// These bytes are stored on disks: a change here is a change of the format.
namespace {

std::string hex(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    text += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
  }
  return text;
}
// The bytes of `value`, after checking that they are read back as the same bytes.
template <class T>
std::string bytes_of(const T& value) {
  std::vector<std::byte> bytes;
  ashlar::Binary{}.encode(value, bytes);
  std::vector<std::byte> again;
  ashlar::Binary{}.encode(ashlar::Binary{}.decode<T>(bytes).value(), again);
  return bytes == again ? hex(bytes) : "not stable";
}

enum class Colour : std::uint16_t { blue = 258 };
struct Point {
  std::int16_t x;
  bool set;
  std::string name;
};

}  // namespace

TEST_CASE("golden bytes of numbers") {
  CHECK(bytes_of(std::int8_t{-1}) == "ff");
  CHECK(bytes_of(std::uint16_t{258}) == "0201");
  CHECK(bytes_of(-2) == "feffffff");
  CHECK(bytes_of(std::uint64_t{1}) == "0100000000000000");
  CHECK(bytes_of(1L) == "0100000000000000");
  CHECK(bytes_of(1.5F) == "0000c03f");
  CHECK(bytes_of(-0.0) == "0000000000000080");
  CHECK(bytes_of(true) == "01");
  CHECK(bytes_of('a') == "61");
  CHECK(bytes_of(u'\u20ac') == "ac20");
  CHECK(bytes_of(Colour::blue) == "0201");
  CHECK(bytes_of(std::chrono::seconds{-1}) == "ffffffffffffffff");
  CHECK(bytes_of(std::chrono::sys_seconds{std::chrono::seconds{86400}}) == "8051010000000000");
}

TEST_CASE("golden bytes of containers") {
  CHECK(bytes_of(std::string{"abc"}) == "03616263");
  CHECK(bytes_of(std::string(130, 'z')).substr(0, 8) == "82017a7a");
  CHECK(bytes_of(std::vector<std::uint16_t>{1, 2}) == "0201000200");
  CHECK(bytes_of(std::vector<bool>{true, false}) == "020100");
  CHECK(bytes_of(std::array<std::uint8_t, 3>{1, 2, 3}) == "010203");
  CHECK(bytes_of(std::pair<std::uint8_t, std::string>{7, "x"}) == "070178");
  CHECK(bytes_of(std::tuple<>{}) == "");
  CHECK(bytes_of(std::optional<std::uint8_t>{}) == "00");
  CHECK(bytes_of(std::optional<std::uint8_t>{5}) == "0105");
  CHECK(bytes_of(std::variant<std::uint8_t, std::string>{"ab"}) == "01026162");
  CHECK(bytes_of(std::map<std::string, std::uint8_t>{{"b", 2}, {"a", 1}}) == "02016101016202");
  CHECK(bytes_of(std::unordered_map<std::uint8_t, std::uint8_t>{{9, 2}, {3, 1}}) == "0203010902");
}

TEST_CASE("golden bytes of aggregates, versions and stored values") {
  CHECK(bytes_of(Point{-1, true, "p"}) == "ffff010170");
  CHECK(bytes_of(ashlar::Versioned<std::uint8_t, 300>{7}) == "ac0207");
  std::vector<std::byte> stored;
  ashlar::ValueCodec<std::string>{}.encode("hi", stored);
  CHECK(hex(stored) == "a00001026869");
}
