// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <chrono>

#include <ashlar/core/clock.hpp>

using namespace std::chrono_literals;

namespace {

/// The least that models clock.
struct Least {
  using duration = std::chrono::seconds;
  using time_point = std::chrono::time_point<Least, duration>;
  time_point now() const noexcept { return {}; }
};
static_assert(ashlar::explain_clock<Least>());

struct NoTimePoint {
  using duration = std::chrono::seconds;
  int now() const noexcept { return 0; }
};
struct NoDuration {
  using time_point = std::chrono::steady_clock::time_point;
  time_point now() const noexcept { return {}; }
};
struct ThrowingNow : Least {
  time_point now() const { return {}; }
};
struct WrongNow : Least {
  int now() const noexcept { return 0; }
};
static_assert(!ashlar::clock<NoTimePoint>);
static_assert(!ashlar::clock<NoDuration>);
static_assert(!ashlar::clock<ThrowingNow>);
static_assert(!ashlar::clock<WrongNow>);

}  // namespace

TEST_CASE("a manual clock moves only when told") {
  ashlar::ManualClock clock{5s};
  const ashlar::ManualClock copy = clock;
  CHECK(clock.now().time_since_epoch() == 5s);
  clock.advance(10ms);
  CHECK(copy.now().time_since_epoch() == 5s + 10ms);
  clock.advance(-6s);
  CHECK(copy.now().time_since_epoch() == 10ms - 1s);
  clock.set(ashlar::ManualClock::time_point{1h});
  CHECK(copy.now() == ashlar::ManualClock::time_point{1h});
}
