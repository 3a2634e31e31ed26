// SPDX-License-Identifier: BSL-1.0
// Write-behind, case by case: the order of each key, retries, coalescing, the bound, shutdown, a crash, errors.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::WriteBack;
using ashlar_test::MapTier;

namespace {

/// What lies below and outlives the cache: it notes what arrives, in order, and fails or waits when told to.
struct Disk {
  std::mutex mutex;
  std::map<int, int> entries;
  std::map<int, std::vector<std::optional<int>>> arrived;
  std::function<bool(int key)> fails = [](int) { return false; };
  std::atomic<int> attempts{0};

  ashlar::Result<void> note(int key, std::optional<int> value) {
    ++attempts;
    const std::lock_guard lock{mutex};
    if (fails(key)) return ashlar::Error{ashlar::ErrorCode::io, "the disk is away"};
    arrived[key].push_back(value);
    if (value) {
      entries[key] = *value;
    } else {
      entries.erase(key);
    }
    return {};
  }
  std::optional<int> read(int key) {
    const std::lock_guard lock{mutex};
    const auto found = entries.find(key);
    return found == entries.end() ? std::nullopt : std::optional{found->second};
  }
  std::map<int, int> copy() {
    const std::lock_guard lock{mutex};
    return entries;
  }
};

class OnDisk {
 public:
  using key_type = int;
  using mapped_type = int;
  explicit OnDisk(std::shared_ptr<Disk> disk) : disk_{std::move(disk)} {}
  std::optional<int> get(int key) { return disk_->read(key); }
  ashlar::Result<void> put(int key, int value) { return disk_->note(key, value); }
  ashlar::Result<bool> erase(int key) {
    const bool there = disk_->read(key).has_value();
    if (const auto noted = disk_->note(key, std::nullopt); !noted) return noted.error();
    return there;
  }

 private:
  std::shared_ptr<Disk> disk_;
};

using Behind = Cache<MapTier<int, int>, OnDisk, WriteBack>;
constexpr auto at_once = [] { return WriteBack{.linger = 0ms, .first_retry = 1ms, .last_retry = 2ms}; };

void flushed(Behind& cache) {
  while (!cache.flush().complete()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("write-behind: put, put, delete of one key end with the delete, also when attempts in between fail") {
  const auto disk = std::make_shared<Disk>();
  int calls = 0;
  disk->fails = [&](int) { return ++calls % 3 != 0; };
  Behind cache{0, disk, at_once()};
  for (int round = 0; round < 20; ++round) {
    REQUIRE(cache.put(1, 2 * round));
    REQUIRE(cache.put(1, 2 * round + 1));
    REQUIRE(cache.erase(1));
    if (round % 4 == 0) flushed(cache);
  }
  flushed(cache);
  CHECK(disk->read(1) == std::nullopt);
  REQUIRE_FALSE(disk->arrived[1].empty());
  CHECK(disk->arrived[1].back() == std::nullopt);
}

TEST_CASE("write-behind: retries keep the order of a key, whoever writes and however often attempts fail") {
  const auto disk = std::make_shared<Disk>();
  std::mt19937 random{5};
  disk->fails = [&](int) { return random() % 2 == 0; };
  {
    WriteBack options = at_once();
    options.threads = 3;
    Behind cache{0, disk, options};
    std::vector<std::thread> writers;
    for (int w = 0; w < 3; ++w) {
      writers.emplace_back([&, w] {
        for (int i = 0; i < 300; ++i) static_cast<void>(cache.put(w * 10 + i % 4, i));  // each key has one writer
      });
    }
    for (auto& writer : writers) writer.join();
    flushed(cache);
  }
  for (const auto& [key, values] : disk->arrived) {
    CHECK(std::is_sorted(values.begin(), values.end()));
    CHECK(values.back() == 296 + key % 10);
  }
  CHECK(disk->arrived.size() == 12);
}

TEST_CASE("write-behind: attempts that fail are ever further apart, up to the longest pause") {
  const auto disk = std::make_shared<Disk>();
  std::vector<std::chrono::steady_clock::time_point> attempts;
  std::size_t failures = 0;
  disk->fails = [&](int) {
    attempts.push_back(std::chrono::steady_clock::now());
    return attempts.size() <= failures;
  };
  const auto written_after = [&](std::size_t some, WriteBack rules) {
    attempts.clear();
    failures = some;
    Behind cache{0, disk, rules};
    REQUIRE(cache.put(1, static_cast<int>(some)));
    while (disk->read(1) != static_cast<int>(some)) std::this_thread::sleep_for(1ms);
  };
  // That it ends shows that the pauses begin short and grow no faster.
  written_after(6, WriteBack{.linger = 0ms, .first_retry = 1ms, .last_retry = 1h});
  REQUIRE(attempts.size() == 7);
  for (std::size_t i = 0; i < 6; ++i) CHECK(attempts[i + 1] - attempts[i] >= std::chrono::milliseconds{1 << i});
  // That it ends shows that they do not grow past the longest.
  written_after(40, WriteBack{.linger = 0ms, .first_retry = 1ms, .last_retry = 2ms});
  REQUIRE(attempts.size() == 41);
  for (std::size_t i = 1; i < 40; ++i) CHECK(attempts[i + 1] - attempts[i] >= 2ms);
}

TEST_CASE("write-behind: of writes that wait the latest is written, and no other") {
  const auto disk = std::make_shared<Disk>();
  Behind cache{0, disk, WriteBack{.linger = 1h}};
  for (int i = 0; i < 100; ++i) REQUIRE(cache.put(1, i));
  REQUIRE(cache.flush().complete());
  CHECK(disk->arrived[1] == std::vector<std::optional<int>>{99});
  CHECK(cache.writer().stats().coalesced == 99);
}

TEST_CASE("write-behind: the backlog is bounded, and a writer who waits for room without end gets it") {
  const auto disk = std::make_shared<Disk>();
  std::atomic<bool> down{true};
  disk->fails = [&](int) { return down.load(); };
  WriteBack options = at_once();
  options.max_backlog = 2;
  options.wait_for_room = 0ms;
  {
    Behind cache{0, disk, options};
    REQUIRE(cache.put(1, 1));
    REQUIRE(cache.put(2, 2));
    const auto refused = cache.put(3, 3);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ashlar::ErrorCode::busy);
    CHECK(cache.get(3) == std::nullopt);
    CHECK(cache.writer().backlog() == 2);
    down = false;
  }
  CHECK(disk->copy() == std::map<int, int>{{1, 1}, {2, 2}});
  down = true;
  options.wait_for_room = ashlar::forever;
  Behind patient{0, disk, options};
  REQUIRE(patient.put(1, 10));
  REQUIRE(patient.put(2, 20));
  std::atomic<bool> done{false};
  std::thread writer{[&] {
    CHECK(patient.put(3, 30).has_value());
    done = true;
  }};
  while (disk->attempts < 6) std::this_thread::yield();
  CHECK_FALSE(done);
  down = false;
  writer.join();
  flushed(patient);
  CHECK(disk->read(3) == 30);
}

TEST_CASE("write-behind: shutdown writes what waits, and says how many keys it had to give up") {
  const auto disk = std::make_shared<Disk>();
  {
    Behind cache{0, disk, WriteBack{.linger = 1h}};
    for (int key = 0; key < 50; ++key) REQUIRE(cache.put(key, key));
    CHECK(disk->copy().empty());
  }
  CHECK(disk->copy().size() == 50);
  disk->fails = [](int key) { return key >= 47; };
  std::size_t lost = 0;
  {
    WriteBack options{.linger = 1h, .first_retry = 1ms, .last_retry = 1ms, .drain_for = 20ms};
    options.on_loss = [&](std::size_t keys, const ashlar::Error& last) {
      lost = keys;
      CHECK(last.code() == ashlar::ErrorCode::io);
    };
    Behind cache{0, disk, options};
    for (int key = 0; key < 50; ++key) REQUIRE(cache.put(key, 100 + key));
    CHECK(cache.flush().waiting == 3);
  }
  CHECK(lost == 3);
  CHECK(disk->read(46) == 146);
  CHECK(disk->read(47) == 47);
}

TEST_CASE("write-behind: a crash at any moment loses the writes since the last flush at most, and invents nothing") {
  const auto disk = std::make_shared<Disk>();
  int calls = 0;
  disk->fails = [&](int) { return ++calls % 5 == 0; };
  Behind cache{0, disk, at_once()};
  std::map<int, int> acknowledged;           // by a flush
  std::map<int, std::pair<int, int>> since;  // the lowest and the highest value written since then
  std::mt19937 random{11};
  for (int i = 1; i <= 600; ++i) {
    const int key = static_cast<int>(random() % 8);
    REQUIRE(cache.put(key, i));
    since.try_emplace(key, i, i).first->second.second = i;
    // What the disk has now is what a crash now would leave.
    for (const auto& [there, value] : disk->copy()) {
      const auto before = acknowledged.find(there);
      const auto after = since.find(there);
      const bool flushed_value = before != acknowledged.end() && value == before->second;
      const bool later = after != since.end() && after->second.first <= value && value <= after->second.second;
      if (!flushed_value && !later) FAIL("key " << there << " has " << value);
    }
    for (const auto& [key_of, value] : acknowledged) {
      if (disk->read(key_of).value_or(0) < value) FAIL("key " << key_of << " has lost " << value);
    }
    if (i % 50 == 0) {
      flushed(cache);
      for (const auto& [written, range] : since) acknowledged[written] = range.second;
      since.clear();
      CHECK(disk->copy() == acknowledged);
    }
  }
}

TEST_CASE("a write that the lower tier throws at tells no listener of a new value, and shows none") {
  struct Throwing {
    using key_type = int;
    using mapped_type = int;
    bool* down;
    std::map<int, int> entries = {};
    std::optional<int> get(int key) { return entries.contains(key) ? std::optional{entries[key]} : std::nullopt; }
    void put(int key, int value) {
      if (*down) throw std::runtime_error{"no"};
      entries[key] = value;
    }
    bool erase(int key) {
      if (*down) throw std::runtime_error{"no"};
      return entries.erase(key) > 0;
    }
  };
  struct Told {
    std::vector<int>* seen;
    void operator()(const int&, int&& value, ashlar::RemovalCause) const noexcept { seen->push_back(value); }
  };
  bool down = false;
  std::vector<int> seen;
  using Upper = ashlar::MemoryTier<int, int, ashlar::OnRemoval<Told>>;
  Cache<Upper, Throwing> cache{[&] { return Upper{ashlar::entries(10), ashlar::OnRemoval<Told>{Told{&seen}}}; },
                               [&] { return Throwing{&down}; }};
  cache.put(1, 1);
  down = true;
  CHECK_THROWS_AS(cache.put(1, 2), std::runtime_error);
  CHECK_THROWS_AS(cache.put(5, 50), std::runtime_error);
  CHECK_THROWS_AS(cache.erase(1), std::runtime_error);
  CHECK_THROWS_AS(cache.compute(1, [](const int*) { return std::optional{2}; }), std::runtime_error);
  CHECK_THROWS_AS(cache.compare_and_swap(1, 1, 2), std::runtime_error);
  CHECK_THROWS_AS(cache.insert_if_absent(5, 50), std::runtime_error);
  const std::vector<std::pair<int, int>> both{{1, 2}, {5, 50}};
  CHECK_THROWS_AS(cache.put_many(both), std::runtime_error);
  down = false;
  CHECK(cache.get(1) == 1);
  CHECK(cache.get(5) == std::nullopt);
  CHECK(std::count(seen.begin(), seen.end(), 2) == 0);
  CHECK(std::count(seen.begin(), seen.end(), 50) == 0);
}
