// SPDX-License-Identifier: BSL-1.0
// 100,000 entries written within one second, each for 100 seconds: when do they expire?
#include <ashlar/cache.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;
using Clock = ashlar::ManualClock;

template <class Expiry>
void show(const char* what, const Expiry& expiry, Clock clock) {
  ashlar::MemoryTier<std::string, int, Expiry> tier{ashlar::entries(120'000), expiry};
  for (int i = 0; i < 100'000; ++i) {
    tier.put("product:" + std::to_string(i), i);
    clock.advance(10us);
  }
  std::printf("%s\n", what);
  for (int second = 75; second <= 125; second += 5) {
    clock.set(Clock::time_point{std::chrono::seconds{second}});
    const auto expired = tier.maintain();
    std::printf("  until %3d s %6zu %s\n", second, expired, std::string(expired / 1'000, '#').c_str());
  }
}

int main() {
  const Clock at_once;
  const ashlar::ExpireAfterWrite<Clock> plain{100s, at_once};
  show("without jitter", plain, at_once);
  const Clock spread;
  show("with jitter", ashlar::Jittered{ashlar::ExpireAfterWrite<Clock>{100s, spread}}, spread);
}
