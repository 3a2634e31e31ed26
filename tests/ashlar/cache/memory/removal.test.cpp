// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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
#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>

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

namespace {

using ashlar_test::Boxed;
using ashlar_test::Tier;
using ashlar_test::U64;

/// How often each cause was told, and each value.
struct Ledger {
  explicit Ledger(std::size_t values) : times(values) {}
  std::array<std::atomic<U64>, 5> causes{};
  std::vector<std::atomic<std::uint8_t>> times;
  U64 count(RemovalCause cause) const { return causes[static_cast<std::size_t>(cause)]; }
};
struct Enter {
  Ledger* ledger = nullptr;
  void operator()(U64, Boxed value, RemovalCause cause) const noexcept {
    ++ledger->causes[static_cast<std::size_t>(cause)];
    ++ledger->times[value.number()];
  }
};
template <class... O>
using Heard = Tier<U64, Boxed, ashlar::OnRemoval<Enter>, ashlar::ExpirePerEntry<ashlar::ManualClock>, O...>;

}  // namespace

TEMPLATE_TEST_CASE("whatever many threads do, each value leaves once and the causes are those of the statistics", "",
                   (Heard<ashlar::Fifo>), (Heard<ashlar::Lru>), (Heard<ashlar::Sieve, ashlar::WeighBytes>),
                   (Heard<ashlar::S3Fifo>), (Heard<ashlar::TinyLfu, ashlar::WeighBy<ashlar_test::UpToFour>>),
                   (Heard<ashlar::Adaptive>)) {
  constexpr U64 threads = 3, steps = 1'500, keys = 90;
  const auto capacity = [](std::size_t entries) { return ashlar_test::capacity_for<TestType>(entries); };
  Ledger ledger{threads * steps};
  ashlar::ManualClock clock;
  TestType tier{capacity(16), ashlar::OnRemoval{Enter{&ledger}}, ashlar::ExpirePerEntry<ashlar::ManualClock>{clock}};
  std::atomic<U64> taken{0};
  std::vector<std::atomic<std::uint8_t>> stored(threads * steps);
  std::vector<std::thread> crowd;
  for (U64 t = 0; t < threads; ++t) {
    crowd.emplace_back([&, t] {
      ashlar_test::Chance chance{t};
      for (U64 i = 0; i < steps; ++i) {
        const U64 key = chance.below(keys), number = t * steps + i;
        switch (chance.below(16)) {
          case 0: tier.erase(key); break;
          case 1:
            if (const auto value = tier.take(key)) {
              ++taken;
              ++ledger.times[value->number()];
            }
            break;
          case 2: stored[number] += tier.insert_if_absent(key, Boxed{number}); break;
          case 3:
            if (tier.compute(key, [&](const Boxed* current) -> std::optional<Boxed> {
                  if (current != nullptr) return std::nullopt;
                  return Boxed{number};
                })) {
              ++stored[number];
            }
            break;
          case 4:
            if (i % 16 == 0) tier.resize_capacity(capacity(8 + chance.below(16)));
            break;
          case 5:
            if (i % 64 == 0) tier.clear();
            break;
          case 6:
            if (i % 8 == 0) tier.erase_matching([&](U64 k) { return k % 5 == key % 5; });
            break;
          case 7:
            clock.advance(std::chrono::milliseconds{1});
            if (i % 8 == 0) tier.maintain();
            break;
          default:
            stored[number] +=
                ashlar::stored(tier.put(key, Boxed{number}, std::chrono::milliseconds{chance.below(40) + 1}));
        }
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
  const auto stats = tier.stats();
  CHECK((stats.evicted > 0 && stats.expired > 0 && stats.replaced > 0 && taken > 0));
  CHECK(ledger.count(RemovalCause::evicted) == stats.evicted);
  CHECK(ledger.count(RemovalCause::expired) == stats.expired);
  CHECK(ledger.count(RemovalCause::replaced) == stats.replaced);
  CHECK(ledger.count(RemovalCause::erased) + ledger.count(RemovalCause::cleared) + taken == stats.erased);
  tier.clear();
  CHECK(tier.size() == 0);
  for (U64 number = 0; number < threads * steps; ++number) {
    if (ledger.times[number] != stored[number]) {
      FAIL("value " << number << " was stored " << +stored[number] << " times and left " << +ledger.times[number]);
    }
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
