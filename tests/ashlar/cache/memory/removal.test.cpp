// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/memory/removal.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/core/clock.hpp>

using ashlar::RemovalCause;
using namespace std::chrono_literals;

namespace {

using Event = std::tuple<int, std::string, RemovalCause>;
struct Remember {
  std::vector<Event>* events = nullptr;
  void operator()(int key, std::string value, RemovalCause cause) const {
    events->emplace_back(key, std::move(value), cause);
  }
};

}  // namespace

TEST_CASE("each cause has a name") {
  CHECK(to_string(RemovalCause::erased) == "erased");
  CHECK(to_string(RemovalCause::replaced) == "replaced");
  CHECK(to_string(RemovalCause::expired) == "expired");
  CHECK(to_string(RemovalCause::evicted) == "evicted");
  CHECK(to_string(RemovalCause::cleared) == "cleared");
}

TEST_CASE("the listener hears of every value once, with its cause, and gets it to keep") {
  std::vector<Event> events;
  using Clock = ashlar::ManualClock;
  Clock clock;
  ashlar::MemoryTier<int, std::string, ashlar::Lru, ashlar::SingleThreaded, ashlar::OnRemoval<Remember>,
                     ashlar::ExpireAfterWrite<Clock>>
      tier{ashlar::entries(2), ashlar::OnRemoval{Remember{&events}}, ashlar::ExpireAfterWrite<Clock>{1h, clock}};
  tier.put(1, "one");
  tier.put(1, "uno");
  tier.put(2, "two");
  tier.put(3, "three");
  tier.erase(3);
  CHECK(tier.take(2) == "two");
  tier.put(4, "four");
  clock.advance(1h);
  CHECK_FALSE(tier.get(4));
  CHECK(tier.insert_if_absent(4, "cuatro"));
  tier.clear();
  tier.put(5, "five");
  clock.advance(2h);
  CHECK(tier.maintain() == 1);
  CHECK(events == std::vector<Event>{{1, "one", RemovalCause::replaced},
                                     {1, "uno", RemovalCause::evicted},
                                     {3, "three", RemovalCause::erased},
                                     {4, "four", RemovalCause::expired},
                                     {4, "cuatro", RemovalCause::cleared},
                                     {5, "five", RemovalCause::expired}});
}

namespace {

/// Counts each value by the key that it carries.
struct Tally {
  std::mutex* mutex = nullptr;
  std::map<int, int>* times = nullptr;
  void operator()(int, std::unique_ptr<int> value, RemovalCause) const {
    const std::lock_guard lock{*mutex};
    ++(*times)[*value];
  }
};

}  // namespace

TEST_CASE("with many threads, too, every value is reported once or still there") {
  std::mutex mutex;
  std::map<int, int> times;
  constexpr int threads = 4, puts = 2'000;
  ashlar::MemoryTier<int, std::unique_ptr<int>, ashlar::OnRemoval<Tally>> tier{
      ashlar::entries(50), ashlar::OnRemoval{Tally{&mutex, &times}}};
  std::vector<std::thread> crowd;
  for (int t = 0; t < threads; ++t) {
    crowd.emplace_back([&, t] {
      for (int i = 0; i < puts; ++i) {
        tier.put(i * 31 % 97, std::make_unique<int>(t * puts + i));
        if (i % 5 == 0) tier.erase(i % 97);
        if (i % 500 == 250) tier.clear();
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
  tier.clear();
  CHECK(times.size() == threads * puts);
  for (const auto& [value, count] : times) {
    if (count != 1) FAIL("value " << value << " was reported " << count << " times");
  }
}

TEST_CASE("a listener may use the tier: it runs outside of every lock") {
  using Tier = ashlar::MemoryTier<int, int, ashlar::OnRemoval<std::function<void(int, int, RemovalCause)>>>;
  Tier* self = nullptr;
  int evictions = 0;
  Tier tier{ashlar::entries(3),
            ashlar::OnRemoval{std::function<void(int, int, RemovalCause)>{[&](int, int, RemovalCause cause) {
              if (cause == RemovalCause::evicted && ++evictions < 3) self->put(1000 + evictions, 0);
              static_cast<void>(self->size());
            }}}};
  self = &tier;
  for (int i = 0; i < 10; ++i) tier.put(i, i);
  CHECK(evictions >= 7);
}
