// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/source_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::FreshFor;
using ashlar::Jitter;
using ashlar::Loaded;
using ashlar::Loading;
using ashlar::ManualClock;
using ashlar::RefreshAhead;
using ashlar::RunWhenTold;
using ashlar::StaleIfError;
using ashlar::StaleWhileRevalidate;
using ashlar::WriteBack;
using ashlar::WriteThrough;
using ashlar_test::ExpiringMapTier;

using Timed = ExpiringMapTier<int, int>;
using None = ashlar::NullTier<int, int>;
using Memory = ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<ManualClock>>;

static_assert(ashlar::strategy<Loading<WriteThrough>> && ashlar::strategy<Loading<WriteBack, StaleIfError>>);
static_assert(ashlar::deferring_strategy<Loading<WriteBack, StaleIfError>>);
static_assert(!ashlar::deferring_strategy<Loading<ashlar::CacheAside, RefreshAhead>>);
static_assert(ashlar::expiring_tier<Cache<Timed, Timed, Loading<WriteThrough, StaleIfError>>>);

namespace {

// A source that counts, and can be told to fail.
struct Source {
  int value = 1;
  int calls = 0;
  bool down = false;
  int operator()() {
    ++calls;
    if (down) throw std::runtime_error{"no source"};
    return value;
  }
};

int seven() { return 7; }
int twice(const int& key) { return key * 2; }

template <class... Option>
using Ruled = Cache<Timed, None, Loading<WriteThrough, Option..., FreshFor, RunWhenTold, ManualClock>>;

template <class... Option>
struct Bench {
  using C = Ruled<Option...>;
  ManualClock clock;
  RunWhenTold runner;
  Source source;
  C cache;
  explicit Bench(Option... options)
      : cache{clock, typename C::strategy_type{options..., FreshFor{10s}, runner, clock}} {}
  int load(int key = 1) {
    return cache.get_or_load(key, [this] { return source(); });
  }
};

}  // namespace

TEST_CASE("without an option Loading is its base") {
  Cache<Timed, Timed, Loading<WriteThrough>> cache{ManualClock{}, ManualClock{}};
  cache.put(1, 10, 5s);
  CHECK(cache.get(1) == 10);
  CHECK(cache.get_timed(1)->ttl == 5s);
  CHECK(cache.get_or_load(2, [] { return 20; }) == 20);
}

TEST_CASE("values live as long as FreshFor says where nothing else is said") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, FreshFor>;
  Cache<Timed, Timed, Rules> cache{clock, clock, Rules{FreshFor{10s}}};
  cache.put(1, 1);
  cache.put(2, 2, 3s);
  CHECK(cache.get_or_load(3, [] { return 3; }) == 3);
  CHECK(cache.get_or_load(4, [] { return Loaded<int>::found(4, 4s); }) == 4);
  CHECK(cache.insert_if_absent(5, 5));
  cache.compute(6, [](const int*) { return std::optional{6}; });
  const std::map<int, std::chrono::seconds> lives{{1, 10s}, {2, 3s}, {3, 10s}, {4, 4s}, {5, 10s}, {6, 10s}};
  for (const auto& [key, life] : lives) {
    CHECK(cache.get_timed(key)->ttl == life);
    CHECK(cache.lower().get_timed(key)->ttl == life);
  }
}

TEST_CASE("stale-while-revalidate gives the old value at once and renews it in the background, once") {
  Bench<StaleWhileRevalidate> b{StaleWhileRevalidate{.window = 5s}};
  CHECK(b.load() == 1);
  b.source.value = 2;
  b.clock.advance(10s);
  CHECK(b.cache.get(1) == std::nullopt);  // a plain read shows nothing stale
  CHECK_FALSE(b.cache.contains(1));
  CHECK(b.cache.peek(1) == std::nullopt);
  CHECK(b.load() == 1);
  CHECK(b.load() == 1);
  CHECK(b.source.calls == 1);
  CHECK(b.runner.waiting() == 1);  // no double refresh
  CHECK(b.runner.run_all() == 1);
  CHECK(b.source.calls == 2);
  CHECK(b.cache.get(1) == 2);
  CHECK(b.load() == 2);
  CHECK(b.cache.stats().stale == 2);
  CHECK(b.cache.stats().renewals == 1);
  SECTION("after the window the caller waits for the load") {
    b.source.value = 3;
    b.clock.advance(15s);
    CHECK(b.load() == 3);
    CHECK(b.runner.waiting() == 0);
  }
}

TEST_CASE("a renewal that fails leaves the stale value and rests") {
  Bench<StaleWhileRevalidate> b{StaleWhileRevalidate{.window = 60s, .rest = 2s}};
  CHECK(b.load() == 1);
  b.clock.advance(11s);
  b.source.down = true;
  CHECK(b.load() == 1);
  CHECK(b.runner.run_all() == 1);
  CHECK(b.cache.stats().failed_loads == 1);
  CHECK(b.cache.stats().stale == 1);  // given once
  for (int i = 0; i < 10; ++i) CHECK(b.load() == 1);
  CHECK(b.runner.waiting() == 0);
  b.clock.advance(2s);
  CHECK(b.load() == 1);
  CHECK(b.runner.waiting() == 1);
  b.source.down = false;
  b.source.value = 5;
  b.runner.run_all();
  CHECK(b.load() == 5);
}

TEST_CASE("stale-if-error gives the old value in place of an error, within its window, and lets the loader rest") {
  Bench<StaleIfError> b{StaleIfError{.window = 60s, .rest = 5s}};
  b.source.down = true;
  CHECK_THROWS_AS(b.load(), std::runtime_error);  // there is none yet
  b.source.down = false;
  CHECK(b.load() == 1);
  b.clock.advance(10s);
  b.source.value = 2;
  CHECK(b.load() == 2);  // a loader that works is asked
  b.clock.advance(10s);
  b.source.down = true;
  CHECK(b.load() == 2);
  const int calls = b.source.calls;
  CHECK(b.load() == 2);
  CHECK(b.source.calls == calls);
  b.clock.advance(5s);
  CHECK(b.load() == 2);
  CHECK(b.source.calls == calls + 1);
  CHECK(b.cache.get(1) == std::nullopt);
  CHECK(b.cache.stats().stale == 3);
  SECTION("errors that are returned count as well") {
    b.clock.advance(5s);
    const auto failing = [] { return ashlar::Result<int>{ashlar::Error{ashlar::ErrorCode::io, "down"}}; };
    CHECK(b.cache.get_or_load(1, failing).value() == 2);
    CHECK_FALSE(b.cache.get_or_load(9, failing));
  }
  SECTION("after the window the error is heard") {
    b.clock.advance(60s);
    CHECK_THROWS_AS(b.load(), std::runtime_error);
  }
  SECTION("the source comes back") {
    b.source.down = false;
    b.source.value = 3;
    b.clock.advance(5s);
    CHECK(b.load() == 3);
    CHECK(b.cache.get(1) == 3);
  }
  SECTION("an invalidation removes the stale value too") {
    b.cache.invalidate(1);
    b.clock.advance(5s);
    CHECK_THROWS_AS(b.load(), std::runtime_error);
  }
}

TEST_CASE("refresh-ahead renews before the end, while everybody gets the fresh value") {
  Bench<RefreshAhead> b{RefreshAhead{.lead = 3s, .rest = 1s}};
  CHECK(b.load() == 1);
  b.clock.advance(6s);
  CHECK(b.load() == 1);
  CHECK(b.runner.waiting() == 0);
  b.clock.advance(1s);
  b.source.value = 2;
  CHECK(b.load() == 1);
  CHECK(b.load() == 1);
  CHECK(b.runner.waiting() == 1);
  SECTION("the renewal begins a new life") {
    b.runner.run_all();
    CHECK(b.cache.get(1) == 2);
    CHECK(b.cache.get_timed(1)->ttl == 10s);
  }
  SECTION("one that fails changes nothing and rests") {
    b.source.down = true;
    b.runner.run_all();
    CHECK(b.load() == 1);
    CHECK(b.runner.waiting() == 0);
    CHECK(b.cache.stats().stale == 0);
    b.clock.advance(1s);
    CHECK(b.load() == 1);
    CHECK(b.runner.waiting() == 1);
  }
  SECTION("a put beats it") {
    b.cache.put(1, 50);
    b.runner.run_all();
    CHECK(b.cache.get(1) == 50);
  }
  SECTION("an invalidation beats it") {
    b.cache.invalidate(1);
    b.runner.run_all();
    CHECK(b.cache.get(1) == std::nullopt);
  }
  SECTION("an eviction does not: the new value is stored") {
    b.cache.upper().erase(1);
    b.runner.run_all();
    CHECK(b.cache.get(1) == 2);
  }
}

TEST_CASE("a lead of the whole life or more counts as half of it: not every load renews") {
  const auto lead = GENERATE(10s, 15s, 3600s);
  Bench<RefreshAhead> b{RefreshAhead{.lead = lead}};
  for (int i = 0; i < 10; ++i) CHECK(b.load() == 1);
  b.runner.run_all();
  CHECK(b.source.calls == 1);
  b.clock.advance(5s);
  CHECK(b.load() == 1);
  CHECK(b.runner.run_all() == 1);
  CHECK(b.source.calls == 2);
}

TEST_CASE("each entry may have its own refresh point") {
  ManualClock clock;
  RunWhenTold runner;
  auto lead = [](int key, int value) { return std::chrono::seconds{key + value}; };
  using Rules = Loading<WriteThrough, ashlar::RefreshAheadBy<decltype(lead)>, FreshFor, RunWhenTold, ManualClock>;
  Cache<Timed, None, Rules> cache{clock, Rules{ashlar::RefreshAheadBy{lead}, FreshFor{10s}, runner, clock}};
  const auto load = [&](int key) { return cache.get_or_load(key, [] { return 2; }); };
  CHECK(load(1) == 2);
  CHECK(load(4) == 2);
  clock.advance(4s);
  CHECK(load(1) == 2);
  CHECK(runner.waiting() == 0);
  CHECK(load(4) == 2);
  CHECK(runner.waiting() == 1);
  clock.advance(3s);
  CHECK(load(1) == 2);
  CHECK(runner.waiting() == 2);
  runner.run_all();
}

TEST_CASE("a renewal that finds nothing removes the value on both levels") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, StaleWhileRevalidate, FreshFor, ManualClock>;
  Cache<Timed, Timed, Rules> cache{clock, clock, Rules{StaleWhileRevalidate{.window = 60s}, FreshFor{10s}, clock}};
  std::optional<int> source = 1;
  const auto loader = [&] { return source; };
  CHECK(cache.get_or_load(1, loader) == 1);
  clock.advance(10s);
  source.reset();
  CHECK(cache.get_or_load(1, loader) == 1);  // the renewal runs inline, after the value was read
  CHECK(cache.get_or_load(1, loader) == std::nullopt);
  CHECK_FALSE(cache.upper().get(1));
  CHECK_FALSE(cache.lower().get(1));
}

TEST_CASE("the options compose: refresh, then stale, then only instead of an error, then nothing") {
  Bench<RefreshAhead, StaleWhileRevalidate, StaleIfError> b{RefreshAhead{.lead = 2s, .rest = 0s},
                                                            StaleWhileRevalidate{.window = 5s, .rest = 0s},
                                                            StaleIfError{.window = 20s, .rest = 0s}};
  CHECK(b.load() == 1);
  b.source.down = true;
  b.clock.advance(9s);
  CHECK(b.load() == 1);
  CHECK(b.runner.run_all() == 1);
  b.clock.advance(5s);
  CHECK(b.load() == 1);
  CHECK(b.runner.run_all() == 1);
  b.clock.advance(5s);
  CHECK(b.load() == 1);
  CHECK(b.runner.run_all() == 0);
  CHECK(b.source.calls == 4);
  b.clock.advance(11s);
  CHECK_THROWS_AS(b.load(), std::runtime_error);
}

TEST_CASE("stale values work through the memory tier, nested caches and every base strategy") {
  ManualClock clock;
  Source source;
  const auto check = [&](auto& cache, auto drop) {
    source = {};
    const auto loader = [&] { return source(); };
    CHECK(cache.get_or_load(1, loader) == 1);
    CHECK(cache.get(1) == 1);
    clock.advance(10s);
    CHECK(cache.get(1) == std::nullopt);
    source.down = true;
    CHECK(cache.get_or_load(1, loader) == 1);
    drop();  // as after an eviction above, or a restart
    clock.advance(5s);
    CHECK(cache.get(1) == std::nullopt);
    CHECK(cache.get_or_load(1, loader) == 1);
    source.down = false;
    source.value = 2;
    clock.advance(5s);
    CHECK(cache.get_or_load(1, loader) == 2);
    CHECK(cache.get(1) == 2);
    clock.advance(1h);
    CHECK(cache.get(1) == std::nullopt);
  };
  const StaleIfError stale{.window = 60s, .rest = 5s};
  const auto memory = [&] { return Memory{ashlar::entries(100), ashlar::ExpirePerEntry<ManualClock>{clock}}; };
  SECTION("one memory tier") {
    using Rules = Loading<WriteThrough, StaleIfError, FreshFor, ManualClock>;
    Cache<Memory, None, Rules> cache{memory, Rules{stale, FreshFor{10s}, clock}};
    check(cache, [] {});
  }
  SECTION("two tiers, the copy above is gone") {
    using Rules = Loading<WriteThrough, StaleIfError, FreshFor, ManualClock>;
    Cache<Memory, Timed, Rules> cache{memory, clock, Rules{stale, FreshFor{10s}, clock}};
    check(cache, [&] { cache.upper().clear(); });
  }
  SECTION("cache-aside over a nested cache") {
    using Rules = Loading<ashlar::CacheAside, StaleIfError, FreshFor, ManualClock>;
    Cache<Memory, Cache<Timed, Timed>, Rules> cache{memory, [&] { return Cache<Timed, Timed>{clock, clock}; },
                                                    Rules{stale, FreshFor{10s}, clock}};
    check(cache, [&] { cache.upper().clear(); });
  }
  SECTION("rules in the inner cache: the outer one sees what is fresh") {
    using Rules = Loading<WriteThrough, StaleIfError, FreshFor, ManualClock>;
    using Inner = Cache<Memory, Timed, Rules>;
    Cache<Memory, Inner> cache{memory, [&] { return Inner{memory, clock, Rules{stale, FreshFor{10s}, clock}}; }};
    cache.put(1, 1);
    CHECK(cache.get(1) == 1);
    clock.advance(10s);
    cache.upper().clear();
    CHECK(cache.get(1) == std::nullopt);
  }
}

TEST_CASE("over a source a plain read is a load: renewed, given stale, and given in place of an error") {
  ManualClock clock;
  RunWhenTold runner;
  Source source;
  bool there = true;
  using From = ashlar::SourceTier<int, int, ashlar::ReadOnly>;
  using Rules = Loading<WriteThrough, StaleWhileRevalidate, StaleIfError, FreshFor, RunWhenTold, ManualClock>;
  const auto read = [&](int) -> ashlar::Result<std::optional<int>> {
    ++source.calls;
    if (source.down) return ashlar::Error{ashlar::ErrorCode::io, "no source"};
    return there ? std::optional{source.value} : std::nullopt;
  };
  Cache<Timed, From, Rules> cache{clock, [&] { return From{read}; },
                                  Rules{StaleWhileRevalidate{.window = 5s, .rest = 1s},
                                        StaleIfError{.window = 60s, .rest = 1s}, FreshFor{10s}, runner, clock}};
  CHECK(cache.get(1) == 1);
  CHECK(cache.get_timed(1)->ttl == 10s);
  source.value = 2;
  clock.advance(11s);
  CHECK(cache.get(1) == 1);
  CHECK(runner.run_all() == 1);
  CHECK(cache.get(1) == 2);
  clock.advance(20s);
  source.down = true;
  CHECK(cache.get(1) == 2);
  CHECK(cache.stats().errors_below == 1);
  CHECK(cache.get(2) == std::nullopt);
  source.down = false;
  source.value = 3;
  clock.advance(1s);
  CHECK(cache.get(1) == 3);
  clock.advance(11s);
  there = false;
  CHECK(cache.get(1) == 3);
  runner.run_all();
  CHECK(cache.get(1) == std::nullopt);
}

TEST_CASE("a lower tier that fails does not hide the stale value above") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, StaleIfError, FreshFor, ManualClock>;
  struct Lower : Timed {
    using Timed::Timed;
    ashlar::Result<std::optional<ashlar::Timed<int>>> get_timed(int key) {
      if (down) return ashlar::Error{ashlar::ErrorCode::io, "down"};
      return Timed::get_timed(key);
    }
    bool down = false;
  };
  Cache<Timed, Lower, Rules> cache{clock, clock, Rules{StaleIfError{.window = 60s}, FreshFor{10s}, clock}};
  cache.put(1, 1);
  clock.advance(11s);
  CHECK(cache.get(1) == std::nullopt);
  cache.lower().down = true;
  CHECK(cache.get(1) == 1);
}

TEST_CASE("many keys at once: what is stale is loaded again, and given where that fails") {
  Bench<StaleIfError> b{StaleIfError{.window = 60s, .rest = 5s}};
  int fail = 0;
  std::vector<int> asked;
  const auto loader = [&](std::span<const int> keys) {
    asked.assign(keys.begin(), keys.end());
    if (fail) throw std::runtime_error{"down"};
    return std::vector<int>(keys.begin(), keys.end());
  };
  const std::vector<int> keys{1, 2, 3};
  std::vector<std::optional<int>> out(3);
  b.cache.get_or_load_many(std::span{keys}.first(2), std::span{out}.first(2), loader);
  b.clock.advance(10s);
  CHECK(b.cache.get_many(keys, out) == 0);
  fail = 1;
  b.cache.get_or_load_many(std::span{keys}.first(2), std::span{out}.first(2), loader);
  CHECK(out == std::vector<std::optional<int>>{1, 2, std::nullopt});
  CHECK_THROWS_AS(b.cache.get_or_load_many(keys, out, loader), std::runtime_error);
  CHECK(asked == std::vector<int>{3});  // the loader rests for the others
  fail = 0;
  b.clock.advance(5s);
  b.cache.get_or_load_many(keys, out, loader);
  CHECK(asked == std::vector<int>{1, 2, 3});
  CHECK(out == std::vector<std::optional<int>>{1, 2, 3});
}

namespace {

// Loads batches on a bench and keeps what each was asked for.
template <class... Option>
struct Batches : Bench<Option...> {
  using Bench<Option...>::Bench;
  std::shared_ptr<std::vector<std::vector<int>>> asked = std::make_shared<std::vector<std::vector<int>>>();
  std::shared_ptr<std::atomic<int>> base = std::make_shared<std::atomic<int>>(0);
  std::vector<std::optional<int>> load_many(const std::vector<int>& keys) {
    std::vector<std::optional<int>> out(keys.size());
    this->cache.get_or_load_many(keys, out, [asked = asked, base = base](std::span<const int> missing) {
      asked->emplace_back(missing.begin(), missing.end());
      if (*base < 0) throw std::runtime_error{"down"};
      std::vector<int> loaded;
      for (const int key : missing) loaded.push_back(*base + key);
      return loaded;
    });
    return out;
  }
};
using Values = std::vector<std::optional<int>>;
using Asked = std::vector<std::vector<int>>;

}  // namespace

TEST_CASE("many keys at once: those that are due are given and renewed ahead, by one call") {
  Batches<RefreshAhead> b{RefreshAhead{.lead = 5s, .rest = 1s}};
  CHECK(b.load_many({1, 2}) == Values{1, 2});
  b.clock.advance(6s);
  b.cache.put(3, 3);
  *b.base = 10;
  CHECK(b.load_many({1, 2, 3, 1, 4}) == Values{1, 2, 3, 1, 14});
  CHECK(*b.asked == Asked{{1, 2}, {4}});
  CHECK(b.cache.stats().renewals == 2);
  CHECK(b.load_many({2, 1}) == Values{2, 1});  // one renewal at a time
  CHECK(b.runner.run_all() == 1);
  CHECK(*b.asked == Asked{{1, 2}, {4}, {1, 2}});
  CHECK(b.load_many({1, 2}) == Values{11, 12});
  SECTION("one that fails changes nothing and rests") {
    b.clock.advance(6s);
    *b.base = -1;
    CHECK(b.load_many({1, 2}) == Values{11, 12});
    CHECK(b.runner.run_all() == 1);
    CHECK(b.load_many({1, 2}) == Values{11, 12});
    CHECK(b.runner.waiting() == 0);
    *b.base = 20;
    b.clock.advance(1s);
    CHECK(b.load_many({1, 2}) == Values{11, 12});
    CHECK(b.runner.run_all() == 1);
    CHECK(b.load_many({1, 2}) == Values{21, 22});
  }
  SECTION("a write beats it for its key") {
    b.clock.advance(6s);
    *b.base = 30;
    b.load_many({1, 2});
    b.cache.put(1, 100);
    b.runner.run_all();
    CHECK(b.load_many({1, 2}) == Values{100, 32});
  }
  SECTION("a caller whose value is over before the renewal began takes all of it along") {
    b.clock.advance(6s);
    *b.base = 40;
    b.load_many({1, 2});
    b.clock.advance(4s);
    CHECK(b.load() == 41);  // by the loader of the batch
    CHECK(b.cache.get(2) == 42);
    CHECK(b.runner.run_all() == 1);
    CHECK(b.source.calls == 0);
  }
  SECTION("a renewal that is dropped gives its keys up") {
    b.clock.advance(6s);
    b.load_many({1, 2});
    CHECK(b.runner.drop_one());
    b.clock.advance(4s);
    *b.base = 50;
    CHECK(b.load_many({1, 2}) == Values{51, 52});
  }
}

TEST_CASE("many keys at once: those that may be stale are given and renewed in the background") {
  Batches<StaleWhileRevalidate> b{StaleWhileRevalidate{.window = 60s, .rest = 0s}};
  CHECK(b.load_many({1, 2}) == Values{1, 2});
  b.clock.advance(11s);
  *b.base = 10;
  CHECK(b.load_many({1, 2, 3}) == Values{1, 2, 13});
  CHECK(b.cache.stats().stale == 2);
  CHECK(b.runner.run_all() == 1);
  CHECK(*b.asked == Asked{{1, 2}, {3}, {1, 2}});
  CHECK(b.load_many({1, 2}) == Values{11, 12});
}

TEST_CASE("a stale window without end gives old values for ever, and still loads anew") {
  Bench<StaleIfError> b{StaleIfError{.window = ashlar::forever, .rest = 0s}};
  CHECK(b.load() == 1);
  b.clock.advance(10s);
  b.source.value = 2;
  CHECK(b.load() == 2);
  b.source.down = true;
  b.clock.advance(24h * 365 * 20);
  CHECK(b.load() == 2);
  CHECK(b.source.calls == 3);
}

TEST_CASE("a loader may be a function, with the key or without, an object that changes, or a std::function") {
  Bench<RefreshAhead> b{RefreshAhead{.lead = 5s}};
  struct Counting {
    int calls = 0;
    int operator()(int key) { return key * 10 + ++calls; }
  };
  const std::function<int(const int&)> general = [](const int& key) { return key * 2; };
  CHECK(b.cache.get_or_load(1, seven) == 7);
  CHECK(b.cache.get_or_load(2, twice) == 4);
  CHECK(b.cache.get_or_load(3, &twice) == 6);
  CHECK(b.cache.get_or_load(4, Counting{}) == 41);
  CHECK(b.cache.get_or_load(5, general) == 10);
  b.clock.advance(5s);
  for (int key = 1; key <= 5; ++key) {
    CHECK(b.cache.get_or_load(key, seven) > 0);
    CHECK(b.cache.get_or_load(key, twice) > 0);
  }
  CHECK(b.runner.run_all() == 5);
  for (int key = 1; key <= 5; ++key) CHECK(b.cache.get(key) == 7);
}

TEST_CASE("a stale value counts as absent for writes that look") {
  Bench<StaleIfError> b{StaleIfError{.window = 60s}};
  b.cache.put(1, 1);
  b.cache.put(2, 2);
  b.cache.put(3, 3);
  b.clock.advance(10s);
  CHECK(b.cache.insert_if_absent(1, 10));
  CHECK_FALSE(b.cache.insert_if_absent(1, 11));
  CHECK_FALSE(b.cache.compare_and_swap(2, 2, 20));
  b.cache.compute(3, [](const int* there) { return there ? std::optional<int>{} : std::optional{30}; });
  CHECK(b.cache.get(1) == 10);
  CHECK(b.cache.get(3) == 30);
}

TEST_CASE("jitter spreads lives by key and by the moment of the insertion, and keeps both levels together") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, Jitter, FreshFor, ManualClock>;
  Cache<Timed, Timed, Rules> cache{clock, clock, Rules{Jitter{}, FreshFor{100s}, clock}};
  std::map<std::chrono::nanoseconds, int> lives;
  for (int key = 0; key < 100; ++key) {
    cache.put(key, key);
    const auto life = cache.get_timed(key)->ttl;
    CHECK(life == cache.lower().get_timed(key)->ttl);
    CHECK(life >= 80s);
    CHECK(life <= 120s);
    ++lives[life];
  }
  CHECK(lives.size() == 100);
  const auto before = cache.get_timed(1)->ttl;
  cache.put(1, 1);
  CHECK(cache.get_timed(1)->ttl == before);
  clock.advance(1ms);
  cache.put(1, 1);
  CHECK(cache.get_timed(1)->ttl != before);
}

TEST_CASE("with write-back a stale value waits in the backlog like any other") {
  ManualClock clock;
  using Rules = Loading<WriteBack, StaleIfError, FreshFor, ManualClock>;
  Cache<Timed, Timed, Rules> cache{clock, clock,
                                   Rules{WriteBack{.linger = 1h}, StaleIfError{.window = 60s}, FreshFor{10s}, clock}};
  REQUIRE(cache.put(1, 1));
  CHECK(cache.flush().complete());
  CHECK(cache.lower().get_timed(1)->ttl > 60s);
  clock.advance(10s);
  CHECK(cache.get(1) == std::nullopt);
  const auto failing = []() -> int { throw std::runtime_error{"down"}; };
  CHECK(cache.get_or_load(1, failing) == 1);
}

TEST_CASE("what wraps a loader hands a copy of it to the background: regions and invalidating caches") {
  SECTION("regions") {
    using Rules = Loading<WriteThrough, RefreshAhead, ashlar::RunOnThreads>;
    ashlar::Regions<ashlar::Region<"name", std::string, Rules, ashlar::ttl(5s)>> regions{ashlar::bytes(1 << 20)};
    const auto load = [&](std::string text) {
      return regions.get_or_load<"name">("1", [text](std::string_view key) { return std::string{key} + text; });
    };
    const std::string first = "1 is long enough to be on the heap, then";
    CHECK(load(first.substr(1)) == first);
    // All of its life lies within the lead, so that every load begins a renewal.
    CHECK(load(" is now something else that is long enough") == first);
    while (regions.get<"name">("1") == first) std::this_thread::sleep_for(1ms);
    CHECK(regions.get<"name">("1") == "1 is now something else that is long enough");
  }
  SECTION("an invalidating cache") {
    using Tier = ExpiringMapTier<int, ashlar::Stamped<std::string>>;
    using Rules = Loading<WriteThrough, RefreshAhead, FreshFor, RunWhenTold>;
    ManualClock clock;
    RunWhenTold runner;
    using Inner = Cache<Tier, ashlar::NullTier<int, ashlar::Stamped<std::string>>, Rules>;
    ashlar::Invalidating<Inner> cache{clock, Rules{RefreshAhead{.lead = 5s}, FreshFor{10s}, runner}};
    const auto load = [&](std::string text) { return cache.get_or_load(1, [text] { return text; }); };
    const std::string first = "a text that is long enough to be on the heap";
    CHECK(load(first) == first);
    clock.advance(6s);
    CHECK(load("another text that is long enough to be on the heap") == first);
    CHECK(runner.run_all() == 1);
    CHECK(cache.get(1) == "another text that is long enough to be on the heap");
  }
}

TEST_CASE("who joins a load of many keys that fails gets the stale value of its own") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, StaleIfError, FreshFor, ManualClock>;
  Cache<Memory, None, Rules> cache{
      [&] { return Memory{ashlar::entries(10), ashlar::ExpirePerEntry<ManualClock>{clock}}; },
      ashlar::NullTier<int, int>{}, Rules{StaleIfError{.window = 60s, .rest = 0s}, FreshFor{10s}, clock}};
  cache.put(1, 10);
  clock.advance(11s);
  int joiner_got = 0;
  std::thread joiner;
  const std::vector<int> keys{1, 2};
  std::vector<std::optional<int>> out(2);
  const auto load = [&](std::span<const int>) -> std::vector<std::optional<int>> {
    joiner = std::thread{[&] { joiner_got = cache.get_or_load(1, seven); }};
    while (cache.stats().joined == 0) std::this_thread::yield();
    throw std::runtime_error{"no source"};
  };
  CHECK_THROWS_AS(cache.get_or_load_many(keys, out, load), std::runtime_error);
  joiner.join();
  CHECK(joiner_got == 10);
}
