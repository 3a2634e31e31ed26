// SPDX-License-Identifier: BSL-1.0
// A cache that renews values before they end, and gives old ones when their source is down.
#include <ashlar/cache.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using Clock = ashlar::ManualClock;  // leave it out, and time is real

using Memory = ashlar::MemoryTier<std::string, double, ashlar::ExpirePerEntry<Clock>>;
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::FreshFor, ashlar::RefreshAhead, ashlar::StaleIfError,
                              ashlar::RunWhenTold, Clock>;  // RunOnThreads in a server
using Prices = ashlar::Cache<Memory, ashlar::NullTier<std::string, double>, Rules>;

int main() {
  Clock clock;
  ashlar::RunWhenTold background;
  Prices prices{[&] { return Memory{ashlar::entries(1000), ashlar::ExpirePerEntry<Clock>{clock}}; },
                Rules{ashlar::FreshFor{60s}, ashlar::RefreshAhead{.lead = 10s},
                      ashlar::StaleIfError{.window = 1h, .rest = 30s}, background, clock}};
  double price = 9.50;
  bool down = false;
  const auto ask = [&] {
    std::printf("  the source is asked\n");
    if (down) throw std::runtime_error{"no connection"};
    return price;
  };
  const auto show = [&](const char* when) { std::printf("%s: %.2f\n", when, prices.get_or_load("anvil", ask)); };

  show("first");
  show("again");
  price = 9.75;
  clock.advance(55s);
  show("shortly before the end");
  background.run_all();
  show("after the renewal");
  down = true;
  clock.advance(5min);
  show("source down, value old");
  show("and again, without asking");
  down = false;
  clock.advance(30s);
  show("source back");
  const ashlar::CacheStats stats = prices.stats();
  std::printf("%d loads, %d renewal, %d failed, %d answers were stale\n", static_cast<int>(stats.loads),
              static_cast<int>(stats.renewals), static_cast<int>(stats.failed_loads), static_cast<int>(stats.stale));
}
