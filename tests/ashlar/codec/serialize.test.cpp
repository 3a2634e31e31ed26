// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/serialize.hpp>

namespace {

struct Base {
  int id = 0;
};
struct Derived : Base {
  std::string name;
};

class Temperature {
 public:
  Temperature() = default;
  explicit Temperature(int celsius) : celsius_{celsius} {}
  int celsius() const { return celsius_; }

 private:
  int celsius_ = 0;
};

class Ticket {
 public:
  Ticket() = default;
  explicit Ticket(int number) : number_{number} {}
  Ticket(Ticket&&) = default;
  Ticket& operator=(Ticket&&) = delete;
  int number() const { return number_; }

 private:
  friend ashlar::Serialize<Ticket>;
  int number_ = 0;
  const std::string colour_ = "a colour too long to lie within the string";
};

struct Tree {
  int value = 0;
  std::vector<Tree> children;
};

template <class T>
std::vector<std::byte> encoded(const T& value) {
  std::vector<std::byte> out;
  ashlar::Binary{}.encode(value, out);
  return out;
}

}  // namespace

template <>
struct ashlar::Serialize<Derived> : ashlar::SerializeMembers<&Derived::id, &Derived::name> {};
template <>
struct ashlar::Serialize<Tree> : ashlar::SerializeMembers<&Tree::value, &Tree::children> {};
template <>
struct ashlar::Serialize<Temperature> {
  static void encode(const Temperature& value, ByteWriter& writer) {
    writer.value(static_cast<std::int16_t>(value.celsius()));
  }
  static bool decode(ByteReader& reader, Temperature& value) {
    std::int16_t celsius = 0;
    if (!reader.value(celsius)) return false;
    if (celsius < -273) return reader.fail("colder than cold");
    value = Temperature{celsius};
    return true;
  }
};
template <>
struct ashlar::Serialize<Ticket> {
  static void encode(const Ticket& value, ByteWriter& writer) { writer.value(value.number_); }
  static bool decode(ByteReader& reader, Ticket& value) { return reader.value(value.number_); }
};

TEST_CASE("a type with a base is serialised by listing its members") {
  Derived value;
  value.id = 7;
  value.name = "x";
  const auto back = ashlar::Binary{}.decode<Derived>(encoded(value));
  REQUIRE(back);
  CHECK(back->id == 7);
  CHECK(back->name == "x");
}

TEST_CASE("a class decides on its own bytes, also within containers") {
  const std::vector<Temperature> values{Temperature{20}, Temperature{-5}};
  const auto bytes = encoded(values);
  CHECK(bytes.size() == 5);
  const auto back = ashlar::Binary{}.decode<std::vector<Temperature>>(bytes);
  REQUIRE(back);
  CHECK(back->back().celsius() == -5);
}

TEST_CASE("a class that cannot be assigned is decoded, and its faults are told") {
  auto bytes = encoded(Ticket{7});
  const auto back = ashlar::Binary{}.decode<Ticket>(bytes);
  REQUIRE(back);
  CHECK(back->number() == 7);
  bytes.push_back({});
  const auto refused = ashlar::Binary{}.decode<Ticket>(bytes);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what() == std::string{"at byte 4 of 5: the value ends here, but bytes are left"});
}

TEST_CASE("what a class refuses is an error with its words") {
  const auto back = ashlar::Binary{}.decode<Temperature>(encoded(std::int16_t{-300}));
  REQUIRE_FALSE(back);
  CHECK(back.error().what() == std::string{"at byte 2 of 2: colder than cold"});
}

TEST_CASE("a type that contains itself is read to a bounded depth") {
  Tree tree{1, {{2, {}}, {3, {{4, {}}}}}};
  const auto back = ashlar::Binary{}.decode<Tree>(encoded(tree));
  REQUIRE(back);
  CHECK(back->children.at(1).children.at(0).value == 4);

  std::vector<std::byte> endless;
  for (int depth = 0; depth < 100'000; ++depth) {
    for (const int byte : {0, 0, 0, 0, 1}) endless.push_back(static_cast<std::byte>(byte));
  }
  const auto refused = ashlar::Binary{}.decode<Tree>(endless);
  REQUIRE_FALSE(refused);
  CHECK(std::string{refused.error().what()}.find("nested more than 200 deep") != std::string::npos);
}
