// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/jittered.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/core/clock.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using ashlar::ExpireAfterWrite;
using ashlar::Jitter;
using ashlar::Jittered;
using Clock = ashlar::ManualClock;
using Spread = Jittered<ExpireAfterWrite<Clock>>;

static_assert(ashlar::expiry<Spread, int, int> && ashlar::expiry<Jittered<ashlar::ExpireAfterAccess<>>, int, int>);

TEST_CASE("what is written in one second expires over ±20 % of its life, evenly: 100,000 keys") {
  Clock clock;
  ashlar::MemoryTier<std::string, int, Spread> tier{ashlar::entries(120'000),
                                                    Spread{ExpireAfterWrite<Clock>{100s, clock}}};
  constexpr int keys = 100'000;
  for (int i = 0; i < keys; ++i) {
    tier.put("product:" + std::to_string(i), i);
    clock.advance(10us);
  }
  clock.set(Clock::time_point{80s});
  CHECK(tier.maintain() == 0);
  std::vector<std::size_t> gone;
  for (int second = 80; second < 121; ++second) {
    clock.advance(1s);
    gone.push_back(tier.maintain());
  }
  CHECK(tier.size() == 0);
  // Each of the 40 seconds takes 2,500 on average; the first and the last are blurred by the second of the writes.
  CHECK(*std::max_element(gone.begin(), gone.end()) < 2'800);
  CHECK(*std::min_element(gone.begin() + 1, gone.end() - 1) > 2'200);
}

TEST_CASE("the same key written at the same moment lives as long; at another moment, or another key, not") {
  Clock clock;
  const Spread spread{ExpireAfterWrite<Clock>{1h, clock}};
  const auto life = spread.on_write(1, 0);
  CHECK(spread.on_write(1, 5) == life);
  CHECK(spread.on_write(2, 0) != life);
  clock.advance(1ms);
  CHECK(spread.on_write(1, 0) != life);
  clock.advance(-1ms);
  CHECK(spread.on_write(1, 0) == life);
  CHECK(Spread{ExpireAfterWrite<Clock>{ashlar::forever, clock}}.on_write(1, 0) == ashlar::forever);
  const Spread none{ExpireAfterWrite<Clock>{1h, clock}, Jitter{0.0}};
  CHECK(none.on_write(1, 0) == 1h);
}
