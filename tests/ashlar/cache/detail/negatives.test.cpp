// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/negatives.hpp>

#include <chrono>
#include <functional>

#include <ashlar/cache/lifetime.hpp>

using namespace std::chrono_literals;

namespace {

// A clock of a coarse tick, moved by hand.
template <class Tick>
struct CoarseClock {
  using duration = Tick;
  using rep = typename Tick::rep;
  using period = typename Tick::period;
  using time_point = std::chrono::time_point<CoarseClock, Tick>;
  static constexpr bool is_steady = false;
  const Tick* hands;
  time_point now() const noexcept { return time_point{*hands}; }
};

template <class Tick>
void remembers_for_its_time(Tick start) {
  Tick hands = start;
  ashlar::detail::Negatives<int, std::hash<int>, CoarseClock<Tick>> negatives{CoarseClock<Tick>{&hands}};
  negatives.add(1, 2s);
  negatives.add(2, 1ns);
  negatives.add(3, ashlar::forever);
  CHECK(negatives.knows(1));
  CHECK(negatives.knows(2));  // less than a tick is rounded up
  hands += 1s;
  CHECK(negatives.knows(1));
  CHECK_FALSE(negatives.knows(2));
  hands += 1s;
  CHECK_FALSE(negatives.knows(1));
  hands += 100h;
  CHECK(negatives.knows(3));
}

}  // namespace

TEST_CASE("what is not there is remembered for its time, however coarse the clock") {
  remembers_for_its_time(std::chrono::seconds{0});
  remembers_for_its_time(std::chrono::seconds{1'700'000'000});
  remembers_for_its_time(std::chrono::milliseconds{1'700'000'000'000});
  remembers_for_its_time(std::chrono::microseconds{1'700'000'000'000'000});
  remembers_for_its_time(std::chrono::nanoseconds{0});
  remembers_for_its_time(std::chrono::nanoseconds{1'700'000'000'000'000'000});
}
