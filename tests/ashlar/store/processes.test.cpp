// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/processes.hpp>
#include <support/soak.hpp>
#include <support/temp_directory.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

// Several processes on one store, killed at any moment. ASHLAR_SOAK makes it longer: 240 gives each backend two minutes of
// kills, 50 the race 20,000 keys, 30 the bank one minute.

namespace {

using ashlar::FilePerKey;
using ashlar::SegmentLog;
using ashlar_test::Process;
using ashlar_test::Shared;
using ashlar_test::TempDirectory;

template <class Backend, class Value = std::string>
using StoreOn = ashlar::ShardedStore<std::string, Value, Backend>;
template <class Backend>
using SyncedOn = ashlar::ShardedStore<std::string, std::string, Backend, ashlar::SyncEachCommit>;

/// A value that tells of itself whether it is whole.
std::string value_of(const std::string& key, std::uint64_t turn) {
  return key + "#" + std::to_string(turn) + std::string(100 + turn % 5000, static_cast<char>('a' + turn % 26));
}
std::uint64_t turn_of(const std::string& key, const std::string& value) {
  return std::strtoull(value.c_str() + key.size() + 1, nullptr, 10);
}

template <class Store>
auto contents(const Store& store) {
  std::map<std::string, typename Store::mapped_type> all;
  const auto report = store.for_each([&](const auto& key, const auto& value) { all[key] = value; }).value();
  CHECK(report.corrupt.empty());
  return all;
}

/// What the store holds, and again after its index was thrown away and made anew.
template <class Store>
void check_rebuilt_equals_live(const std::filesystem::path& path) {
  const auto live = contents(Store{path});
  for (const auto& entry : std::filesystem::directory_iterator{path / "index"}) std::filesystem::remove(entry.path());
  const auto rebuilt = contents(Store{path});
  CHECK(live.size() == rebuilt.size());
  CHECK(live == rebuilt);
}

TEMPLATE_TEST_CASE("processes that insert the same keys: each key is inserted exactly once", "", FilePerKey,
                   SegmentLog) {
  constexpr int keys = 150;
  const TempDirectory directory;
  const Shared<std::array<std::atomic<int>, 4>> wins;
  {
    std::vector<Process> processes;
    for (int p = 0; p < 4; ++p) {
      processes.emplace_back([&, p] {
        StoreOn<TestType> store{directory / "store"};
        for (int i = 0; i < keys; ++i) {
          const std::string key = "key" + std::to_string((i + p * 7) % keys);
          if (store.insert_if_absent(key, std::to_string(p)).value()) ++(*wins)[static_cast<std::size_t>(p)];
        }
        return true;
      });
    }
    for (Process& process : processes) CHECK(process.succeeded());
  }
  CHECK((*wins)[0] + (*wins)[1] + (*wins)[2] + (*wins)[3] == keys);
  CHECK(StoreOn<TestType>{directory / "store"}.size().value() == keys);
}

TEMPLATE_TEST_CASE("processes that update one key lose no update", "", FilePerKey, SegmentLog) {
  const TempDirectory directory;
  std::vector<Process> processes;
  for (int p = 0; p < 4; ++p) {
    processes.emplace_back([&] {
      StoreOn<TestType, int> store{directory / "store"};
      for (int i = 0; i < 60; ++i) {
        store.update("n", [](std::optional<int> n) { return n.value_or(0) + 1; }).value();
        if (i % 10 == 0) store.put("other" + std::to_string(i), i).value();
      }
      return true;
    });
  }
  for (Process& process : processes) CHECK(process.succeeded());
  CHECK(StoreOn<TestType, int>{directory / "store"}.get("n").value() == 240);
}

TEMPLATE_TEST_CASE("a child of fork goes on with the store it inherited", "", FilePerKey, SegmentLog) {
  const TempDirectory directory;
  StoreOn<TestType> store{directory / "store"};
  store.put("before", "1").value();
  Process child{[&] {
    store.put("child", "2").value();
    store.update("n", [](std::optional<std::string> n) { return n.value_or("") + "c"; }).value();
    return store.get("before").value() == "1";
  }};
  store.put("parent", "3").value();
  store.update("n", [](std::optional<std::string> n) { return n.value_or("") + "p"; }).value();
  CHECK(child.succeeded());
  CHECK(store.get("child").value() == "2");
  CHECK(store.get("n").value()->size() == 2);
  CHECK(StoreOn<TestType>{directory / "store"}.size().value() == 4);
}

/// Four writers, one of which is killed every few milliseconds and begun anew, for `time`. After each kill the store is
/// opened, and what was acknowledged is there.
template <class Store>
void kill_loop(const char* name, std::chrono::milliseconds time) {
  const TempDirectory directory;
  std::mt19937_64 random{20};
  constexpr std::size_t writers = 4;
  constexpr std::size_t slots = 8;
  const Shared<std::array<std::array<std::atomic<std::uint64_t>, slots>, writers>> acknowledged;
  const auto writer = [&](std::size_t p, std::uint64_t base) {
    return [&, p, base] {
      Store store{directory / "store"};
      for (std::uint64_t turn = base + 1;; ++turn) {
        const std::size_t slot = turn % slots;
        const std::string key = std::to_string(p) + "." + std::to_string(slot);
        store.put(key, value_of(key, turn)).value();
        (*acknowledged)[p][slot] = turn;
      }
      return true;
    };
  };
  std::uint64_t kills = 0;
  std::uint64_t wrong = 0;
  std::uint64_t looked = 0;
  std::vector<Process> processes;
  for (std::size_t p = 0; p < writers; ++p) processes.emplace_back(writer(p, 0));
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{3 + random() % 30});
    // Now and then all of them, so that nobody else has the store open.
    const bool everybody = kills % 8 == 0;
    const std::size_t victim = random() % writers;
    for (std::size_t p = 0; p < writers; ++p) {
      if (!everybody && p != victim) continue;
      processes[p].kill();
      ++kills;
    }
    {
      const Store store{directory / "store"};
      for (std::size_t p = 0; p < writers; ++p) {
        for (std::size_t slot = 0; slot < slots; ++slot, ++looked) {
          const std::uint64_t least = (*acknowledged)[p][slot];
          const std::string key = std::to_string(p) + "." + std::to_string(slot);
          const auto value = store.get(key).value();
          if (least != 0 && !value) ++wrong;
          if (value && (*value != value_of(key, turn_of(key, *value)) || turn_of(key, *value) < least)) ++wrong;
        }
      }
    }
    for (std::size_t p = 0; p < writers; ++p) {
      if (everybody || p == victim) processes[p] = Process{writer(p, kills * 1'000'000)};
    }
  }
  processes.clear();
  CHECK(wrong == 0);
  CHECK(contents(Store{directory / "store"}).size() <= writers * slots);
  std::printf("kill -9, %s: %llu kills, %llu values looked at, %llu lost or wrong\n", name,
              static_cast<unsigned long long>(kills), static_cast<unsigned long long>(looked),
              static_cast<unsigned long long>(wrong));
}

TEMPLATE_TEST_CASE("processes killed at any moment lose nothing they were told is stored, and leave nothing wrong", "",
                   StoreOn<FilePerKey>, StoreOn<SegmentLog>, SyncedOn<SegmentLog>) {
  const bool synced = TestType::durability_type::syncs_each_commit;
  const std::string name = std::string{TestType::backend_type::name} + (synced ? ", synced" : "");
  kill_loop<TestType>(name.c_str(), ashlar_test::soak_time(std::chrono::milliseconds{500}));
}

TEST_CASE("SegmentLog: races of killed processes have one winner per key, the same live and rebuilt") {
  constexpr std::uint64_t most_keys = 20'000;
  const auto keys = static_cast<std::uint64_t>(std::min<double>(400 * std::max(1.0, ashlar_test::soak()), most_keys));
  constexpr int rounds = 12;
  using Store = StoreOn<SegmentLog>;
  std::mt19937_64 random{3};
  std::uint64_t kills = 0;
  const TempDirectory directory;
  for (int round = 0; round < rounds; ++round) {
    const std::filesystem::path path = directory / ("store" + std::to_string(round % 3));
    const Shared<std::array<std::atomic<std::uint32_t>, most_keys>> wins;
    const Shared<std::array<std::atomic<std::uint64_t>, most_keys>> winners;  // and 1; 0: not known
    std::vector<Process> processes;
    for (std::uint64_t p = 0; p < 4; ++p) {
      processes.emplace_back([&, p, round] {
        Store store{path};
        for (std::uint64_t i = 0; i < keys; ++i) {
          const std::string key = std::to_string(round) + "." + std::to_string(i);
          if (!store.insert_if_absent(key, std::to_string(p) + "." + key).value()) continue;
          ++(*wins)[i];
          (*winners)[i] = p + 1;
        }
        return true;
      });
    }
    std::this_thread::sleep_for(std::chrono::microseconds{500 + random() % (30 * keys)});
    processes[random() % 4].kill();
    ++kills;
    for (Process& process : processes) (void)process.succeeded();
    std::uint64_t twice = 0;
    for (const auto& count : *wins) twice += count > 1 ? 1 : 0;
    CHECK(twice == 0);
    Store store{path};
    std::uint64_t missing = 0;
    std::uint64_t overwritten = 0;
    for (std::uint64_t i = 0; i < keys; ++i) {
      const std::string key = std::to_string(round) + "." + std::to_string(i);
      const auto value = store.get(key).value();
      const std::uint64_t winner = (*winners)[i];
      missing += value ? 0 : 1;
      overwritten += value && winner != 0 && *value != std::to_string(winner - 1) + "." + key ? 1 : 0;
    }
    CHECK(missing == 0);
    CHECK(overwritten == 0);
  }
  for (int i = 0; i < 3; ++i) check_rebuilt_equals_live<Store>(directory / ("store" + std::to_string(i)));
  std::printf("race: %llu keys each in %d rounds, %llu kills\n", static_cast<unsigned long long>(keys), rounds,
              static_cast<unsigned long long>(kills));
}

TEST_CASE("SegmentLog: a bank whose tellers are killed never has a wrong total, live or rebuilt") {
  using Store = StoreOn<ashlar::SegmentLogOf<65536>, std::int64_t>;
  constexpr std::int64_t accounts = 12;
  struct Books {
    std::atomic<bool> closed;
    std::atomic<std::uint64_t> transfers, snapshots, wrong, removed;
  };
  const TempDirectory directory;
  const std::filesystem::path path = directory / "bank";
  const Shared<Books> books;
  std::vector<std::string> names;
  {
    Store store{path};
    for (std::int64_t i = 0; i < accounts; ++i) {
      names.push_back("account" + std::to_string(i));
      store.put(names.back(), 100).value();
    }
  }
  const auto teller = [&](std::uint64_t seed) {
    return [&, seed] {
      Store store{path};
      std::mt19937_64 random{seed};
      while (!books->closed) {
        const std::size_t from = random() % accounts;
        const std::size_t to = (from + 1 + random() % (accounts - 1)) % accounts;
        const auto amount = static_cast<std::int64_t>(1 + random() % 5);
        const std::vector<std::string> pair{names[from], names[to]};
        const bool moved = store
                               .transact(pair,
                                         [&](std::vector<std::optional<std::int64_t>>& values) {
                                           if (*values[0] < amount) return false;
                                           *values[0] -= amount;
                                           *values[1] += amount;
                                           return true;
                                         })
                               .value();
        if (moved) ++books->transfers;
      }
      return true;
    };
  };
  std::vector<Process> tellers;
  for (std::uint64_t i = 0; i < 4; ++i) tellers.emplace_back(teller(i));
  Process inspector{[&] {
    Store store{path, {.mode = ashlar::OpenMode::read_only}};
    while (!books->closed) {
      std::int64_t total = 0;
      const auto values = store.snapshot(names).value();
      for (const auto& value : values) total += value.value_or(-1'000'000);
      ++books->snapshots;
      if (total != accounts * 100) ++books->wrong;
    }
    return true;
  }};
  // A janitor compacts all the time, and is killed as well.
  const auto janitor = [&] {
    Store store{path};
    while (!books->closed) books->removed += store.compact().value().segments_removed;
    return true;
  };
  Process compactor{janitor};
  std::mt19937_64 random{9};
  std::uint64_t kills = 0;
  const auto end = std::chrono::steady_clock::now() + ashlar_test::soak_time(std::chrono::milliseconds{2000});
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{3 + random() % 10});
    const std::size_t victim = random() % tellers.size();
    tellers[victim].kill();
    tellers[victim] = Process{teller(100 + kills)};
    ++kills;
    if (kills % 5 == 0) {
      compactor.kill();
      compactor = Process{janitor};
    }
  }
  books->closed = true;
  CHECK(compactor.succeeded());
  for (Process& one : tellers) CHECK(one.succeeded());
  CHECK(inspector.succeeded());
  CHECK(books->wrong == 0);
  CHECK(books->snapshots > 0);
  std::int64_t total = 0;
  for (const auto& [name, value] : contents(Store{path})) total += value;
  CHECK(total == accounts * 100);
  check_rebuilt_equals_live<Store>(path);
  std::printf(
      "bank: %llu transfers, %llu snapshots, %llu kills, %llu segments "
      "compacted\n",
      static_cast<unsigned long long>(books->transfers.load()),
      static_cast<unsigned long long>(books->snapshots.load()), static_cast<unsigned long long>(kills),
      static_cast<unsigned long long>(books->removed.load()));
}

TEST_CASE("SegmentLog: an index that is removed in use is refused to newcomers, and made anew when all are gone") {
  using Store = StoreOn<SegmentLog>;
  const TempDirectory directory;
  const auto path = directory / "store";
  {
    Store store{path};
    store.put("a", "1").value();
    std::filesystem::remove_all(path / "index");
    std::filesystem::create_directory(path / "index");
    const auto refused = Store::open(path);
    REQUIRE(!refused);
    CHECK(refused.error().code() == ashlar::ErrorCode::busy);
    store.put("b", "2").value();
    CHECK(store.get("a").value() == "1");
  }
  CHECK(Store::open(path, {.mode = ashlar::OpenMode::read_only}).error().code() == ashlar::ErrorCode::unsupported);
  CHECK(contents(Store{path}) == std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}});
}

TEST_CASE("a child of a fork has a process number of its own") {
  CHECK(ashlar::detail::process_number() == ::getpid());
  Process child{[] { return ashlar::detail::process_number() == ::getpid(); }};
  CHECK(child.succeeded());
  CHECK(ashlar::detail::process_number() == ::getpid());
}

}  // namespace
