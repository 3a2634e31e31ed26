// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <ashlar/core/result.hpp>

using ashlar::Error;
using ashlar::ErrorCode;
using ashlar::Result;

namespace {

Error broken() { return Error{ErrorCode::io, "broken"}; }

/// Counts the living; throws when moved while `throws` is set.
struct Counted {
  static inline int alive = 0;
  static inline bool throws = false;
  int id;
  explicit Counted(int i) : id{i} { ++alive; }
  Counted(const Counted& other) : id{other.id} { ++alive; }
  Counted(Counted&& other) : id{other.id} {
    if (throws) throw std::runtime_error{"move"};
    ++alive;
  }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }
};

static_assert(std::is_convertible_v<int, Result<int>>);
static_assert(std::is_convertible_v<Error, Result<int>>);
static_assert(std::is_convertible_v<std::optional<int>, Result<std::optional<int>>>);
static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
static_assert(std::is_nothrow_move_constructible_v<Result<std::string>>);

}  // namespace

TEST_CASE("a result holds a value or an error") {
  const Result<int> good = 42;
  CHECK(good.has_value());
  CHECK(*good == 42);
  CHECK(good.value() == 42);
  CHECK(good.value_or(1) == 42);

  const Result<int> bad = broken();
  CHECK_FALSE(bad);
  CHECK(bad.error().code() == ErrorCode::io);
  CHECK(bad.value_or(1) == 1);
  CHECK_THROWS_AS(bad.value(), Error);
}

TEST_CASE("assignment moves between value and error and leaks nothing") {
  {
    Result<Counted> a = Counted{1};
    Result<Counted> b = broken();
    a = b;
    CHECK_FALSE(a);
    CHECK(Counted::alive == 0);
    a = Counted{2};
    CHECK(a->id == 2);
    a = Result<Counted>{Counted{3}};
    CHECK(a->id == 3);
    CHECK(Counted::alive == 1);
    b = std::move(a);
    CHECK(b->id == 3);
  }
  CHECK(Counted::alive == 0);
}

TEST_CASE("a throwing move leaves the error that was there") {
  Result<Counted> target = broken();
  Result<Counted> source{Counted{1}};
  Counted::throws = true;
  CHECK_THROWS_AS(target = std::move(source), std::runtime_error);
  Counted::throws = false;
  CHECK_FALSE(target);
  CHECK(target.error().code() == ErrorCode::io);
}

TEST_CASE("move-only values travel") {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  std::unique_ptr<int> taken = std::move(made).value();
  CHECK(*taken == 7);
  Result<std::unique_ptr<int>> bad = broken();
  CHECK_THROWS_AS(std::move(bad).value(), Error);
}

TEST_CASE("chains pass errors through") {
  const auto half = [](int x) -> Result<int> {
    if (x % 2 != 0) return Error{ErrorCode::invalid_argument, "odd"};
    return x / 2;
  };
  CHECK(Result<int>{8}.and_then(half).and_then(half).value() == 2);
  CHECK(Result<int>{6}.and_then(half).and_then(half).error().code() == ErrorCode::invalid_argument);
  CHECK(Result<int>{8}.transform([](int x) { return std::to_string(x); }).value() == "8");
  CHECK(Result<int>{broken()}.or_else([](const Error&) { return Result<int>{0}; }).value() == 0);
  CHECK(Result<int>{5}.or_else([](const Error&) { return Result<int>{0}; }).value() == 5);
  bool ran = false;
  CHECK(Result<int>{1}.transform([&](int) { ran = true; }).has_value());
  CHECK(ran);
}

TEST_CASE("a result of nothing is success or an error") {
  Result<void> good;
  CHECK(good.has_value());
  CHECK_NOTHROW(good.value());
  Result<void> bad = broken();
  CHECK_FALSE(bad);
  CHECK(std::string{bad.error().what()} == "broken");
  CHECK_THROWS_AS(bad.value(), Error);
  CHECK(good.and_then([] { return Result<int>{3}; }).value() == 3);
  CHECK_FALSE(bad.and_then([] { return Result<int>{3}; }));
}
