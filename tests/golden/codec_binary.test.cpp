// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <chrono>
#include <cstring>
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

// One aggregate of each size that is taken apart without help.
struct Of1 {
  std::uint8_t m0;
};
struct Of2 {
  std::uint8_t m0, m1;
};
struct Of3 {
  std::uint8_t m0, m1, m2;
};
struct Of4 {
  std::uint8_t m0, m1, m2, m3;
};
struct Of5 {
  std::uint8_t m0, m1, m2, m3, m4;
};
struct Of6 {
  std::uint8_t m0, m1, m2, m3, m4, m5;
};
struct Of7 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6;
};
struct Of8 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7;
};
struct Of9 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8;
};
struct Of10 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9;
};
struct Of11 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10;
};
struct Of12 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11;
};
struct Of13 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12;
};
struct Of14 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13;
};
struct Of15 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14;
};
struct Of16 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15;
};
struct Of17 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16;
};
struct Of18 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17;
};
struct Of19 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18;
};
struct Of20 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19;
};
struct Of21 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20;
};
struct Of22 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21;
};
struct Of23 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22;
};
struct Of24 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23;
};
struct Of25 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24;
};
struct Of26 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25;
};
struct Of27 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26;
};
struct Of28 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26, m27;
};
struct Of29 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26, m27, m28;
};
struct Of30 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26, m27, m28, m29;
};
struct Of31 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26, m27, m28, m29, m30;
};
struct Of32 {
  std::uint8_t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26, m27, m28, m29, m30, m31;
};

// The members are bytes, so that the object's own bytes tell their order.
template <class T>
void check_order() {
  T value{};
  unsigned char members[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i) members[i] = static_cast<unsigned char>(i + 1);
  std::memcpy(&value, members, sizeof(T));
  std::vector<std::byte> bytes;
  ashlar::Binary{}.encode(value, bytes);
  REQUIRE(bytes.size() == sizeof(T));
  REQUIRE(std::memcmp(bytes.data(), members, sizeof(T)) == 0);
  const T back = ashlar::Binary{}.decode<T>(bytes).value();
  REQUIRE(std::memcmp(&back, members, sizeof(T)) == 0);
}
template <class... T>
void check_orders() {
  (check_order<T>(), ...);
}

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

TEST_CASE("aggregates of 1 to 32 members are written and read in the order of their members") {
  check_orders<Of1, Of2, Of3, Of4, Of5, Of6, Of7, Of8, Of9, Of10, Of11, Of12, Of13, Of14, Of15, Of16, Of17, Of18, Of19,
               Of20, Of21, Of22, Of23, Of24, Of25, Of26, Of27, Of28, Of29, Of30, Of31, Of32>();
}

TEST_CASE("golden bytes of aggregates, versions and stored values") {
  CHECK(bytes_of(Point{-1, true, "p"}) == "ffff010170");
  CHECK(bytes_of(ashlar::Versioned<std::uint8_t, 300>{7}) == "ac0207");
  std::vector<std::byte> stored;
  ashlar::ValueCodec<std::string>{}.encode("hi", stored);
  CHECK(hex(stored) == "a00001026869");
}
