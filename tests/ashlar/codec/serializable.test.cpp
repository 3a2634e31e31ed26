// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <ashlar/codec/serializable.hpp>

namespace {

using ashlar::encodable;
using ashlar::serializable;

enum class Scoped : std::uint8_t { a };
enum Unfixed { b };
struct Empty {};
struct Inner {
  std::string text;
  std::array<int, 3> numbers;
};
struct Nested {
  Inner inner;
  Inner more[1];
};
struct Good {
  Inner inner;
  Empty empty;
  std::map<std::string, std::vector<Inner>> map;
  std::unordered_map<int, std::optional<Scoped>> hashed;
  std::variant<std::monostate, int, Inner> choice;
  std::set<std::pair<int, std::string>> set;
  std::chrono::sys_seconds time;
  std::filesystem::path path;
};
struct WithPointer {
  int a;
  int* p;
};
struct WithArray {
  int a;
  char name[16];
  int c;
};
struct WithView {
  std::string_view view;
};
struct WithConst {
  const int c;
};
struct Derived : Inner {
  int x;
};
struct NoDefault {
  explicit NoDefault(int) {}
};
struct Holds {
  NoDefault n;
};
template <std::size_t N>
using Ints = std::array<int, N>;
struct Many32 {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7,
      c8, c9, d0, d1;
};
struct Many33 : Empty {
  Many32 a;
};
struct Thirty3 {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7,
      c8, c9, d0, d1, d2;
};

static_assert(serializable<bool> && serializable<char> && serializable<char8_t> && serializable<long> &&
              serializable<float> && serializable<Scoped> && serializable<std::byte>);
static_assert(!serializable<wchar_t> && !serializable<long double> && !serializable<Unfixed>);
static_assert(serializable<Good> && serializable<Empty> && serializable<Many32>);
static_assert(!serializable<WithPointer> && !serializable<WithArray> && !serializable<Nested> &&
              !serializable<WithConst> && !serializable<Derived> && !serializable<Thirty3> && !serializable<Many33>);
static_assert(!serializable<std::unique_ptr<int>> && !serializable<int*> && !serializable<NoDefault>);
static_assert(!serializable<std::vector<WithPointer>> && !serializable<std::map<int, WithPointer>> &&
              !serializable<std::optional<Holds>>);
static_assert(!serializable<std::vector<Empty>> && serializable<std::optional<Empty>>);
static_assert(encodable<std::string_view> && !serializable<std::string_view>);
static_assert(encodable<WithView> && !serializable<WithView> && encodable<std::span<const Inner>>);
static_assert(encodable<WithConst>);

static_assert(ashlar::detail::initialisers<Empty> == 0 && ashlar::detail::initialisers<Inner> == 2 &&
              ashlar::detail::initialisers<Good> == 8 && ashlar::detail::initialisers<Many32> == 32);
static_assert(ashlar::detail::least_bytes<Inner>() == 13 && ashlar::detail::least_bytes<Empty>() == 0);

}  // namespace

TEST_CASE("explain agrees with the concept") { STATIC_REQUIRE(ashlar::explain_serializable<Good>()); }
