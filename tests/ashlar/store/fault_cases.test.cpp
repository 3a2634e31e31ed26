// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/legacy.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/processes.hpp>
#include <support/soak.hpp>
#include <support/temp_directory.hpp>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// Faults of machine, system and people that have no place elsewhere: each has its promise.

namespace {

using namespace std::chrono_literals;
using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;
using ashlar::FileCall;
using ashlar::FileCallKind;
using ashlar::FilePerKey;
using Segments = ashlar::SegmentLogOf<65536>;
using ashlar_test::Process;
using ashlar_test::TempDirectory;

template <class Backend>
using Faulty = ashlar::ShardedStore<std::string, std::string, Backend, FaultyFiles>;
template <class Backend>
using OnDisk = ashlar::ShardedStore<std::string, std::string, Backend>;

bool changes_something(FileCallKind kind) {
  return kind == FileCallKind::write || kind == FileCallKind::resize || kind == FileCallKind::rename ||
         kind == FileCallKind::link || kind == FileCallKind::remove || kind == FileCallKind::make_directory;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (directory != nullptr && ::readdir(directory) != nullptr) ++count;
  if (directory != nullptr) ::closedir(directory);
  return count;
}

}  // namespace

TEST_CASE("a writer that is stopped for long holds nobody up, and goes on as if nothing had been") {
  const TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, Segments>;
  const std::vector<std::string> accounts{"a", "b"};
  Store store{directory / "store"};
  store.put("a", 1000).value();
  store.put("b", 1000).value();
  const auto move_one = [&](Store& bank) {
    return bank
        .transact(accounts,
                  [](std::vector<std::optional<int>>& both) {
                    --*both[0];
                    ++*both[1];
                    return true;
                  })
        .value();
  };
  Process other{[&] {
    Store own{directory / "store"};
    while (true) move_one(own);
    return true;
  }};
  for (int i = 0; i < 25; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds{500 + i * 137});
    other.stop();
    for (int k = 0; k < 10; ++k) CHECK(move_one(store));
    const auto both = store.snapshot(accounts).value();
    CHECK(*both[0] + *both[1] == 2000);
    other.resume();
  }
  other.kill();
  const auto both = store.snapshot(accounts).value();
  CHECK(*both[0] + *both[1] == 2000);
  CHECK(*both[0] <= 1000 - 250);
}

TEMPLATE_TEST_CASE("calls that signals interrupt are made again", "", FilePerKey, Segments) {
  const TempDirectory directory;
  Process child{[&] {
    struct sigaction action{};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);  // without SA_RESTART
    const itimerval often{{0, 300}, {0, 300}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    OnDisk<TestType> store{directory / "store"};
    for (int i = 0; i < 150; ++i) {
      const std::string key = "key" + std::to_string(i);
      store.put(key, std::string(5000, 'x')).value();
      if (store.get(key).value() != std::string(5000, 'x')) return false;
      if (i % 20 == 0) store.sync().value();
    }
    return store.size().value() == 150;
  }};
  CHECK(child.succeeded());
}

TEMPLATE_TEST_CASE("without a descriptor left a store is not opened, and one that is open is read on", "", FilePerKey,
                   Segments) {
  const TempDirectory directory;
  Process child{[&] {
    OnDisk<TestType> store{directory / "store"};
    for (int i = 0; i < 20; ++i) store.put("key" + std::to_string(i), "value").value();
    rlimit old{};
    ::getrlimit(RLIMIT_NOFILE, &old);
    rlimit none = old;
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
    const auto second = OnDisk<TestType>::open(directory / "store");
    const bool refused = !second && second.error().code() == ErrorCode::io;
    bool read = true;
    if constexpr (!std::is_same_v<TestType, FilePerKey>) {
      for (int i = 0; i < 20; ++i) read = read && store.get("key" + std::to_string(i)).value() == "value";
    } else {
      read = store.get("key1").error().code() == ErrorCode::io;
    }
    ::setrlimit(RLIMIT_NOFILE, &old);
    OnDisk<TestType> third{directory / "store"};
    return refused && read && third.get("key7").value() == "value" && store.get("key8").value() == "value";
  }};
  CHECK(child.succeeded());
}

TEMPLATE_TEST_CASE("a store that is opened and dropped again and again leaks no descriptor", "", FilePerKey, Segments) {
  const TempDirectory directory;
  OnDisk<TestType>{directory / "store"}.put("key", "value").value();
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 30; ++i) {
    CHECK(OnDisk<TestType>{directory / "store"}.get("key").value() == "value");
    CHECK_FALSE(OnDisk<TestType>::open(directory / "store", {.mode = ashlar::OpenMode::create_new}));
  }
  CHECK(open_descriptors() == before);
}

TEMPLATE_TEST_CASE("a file system that turned read-only refuses writes, and is read on", "", FilePerKey, Segments) {
  const FaultyFiles good;
  {
    auto store = Faulty<TestType>::open("s", {}, good).value();
    for (int i = 0; i < 20; ++i) store.put("key" + std::to_string(i), "old").value();
  }
  bool read_only = false;
  const FaultyFiles files = good.after_kill({.fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
    if (read_only && changes_something(call.kind)) return ErrorCode::permission_denied;
    return std::nullopt;
  }});
  auto store = Faulty<TestType>::open("s", {}, files).value();
  store.put("key0", "new").value();
  read_only = true;
  const auto refused = store.put("a key of its own", std::string(70'000, 'x'));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::permission_denied);
  CHECK(store.get("key0").value() == "new");
  for (int i = 1; i < 20; ++i) CHECK(store.get("key" + std::to_string(i)).value() == "old");
  const auto reader = Faulty<TestType>::open("s", {.mode = ashlar::OpenMode::read_only}, files);
  REQUIRE(reader);
  CHECK(reader->get("key5").value() == "old");
  CHECK(reader->get("key0").value() == "new");
  read_only = false;
  store.put("key1", "new").value();
  CHECK(store.get("key1").value() == "new");
}

TEST_CASE("SegmentLog is refused on a network file system before anything is written, FilePerKey is not") {
  const FaultyFiles files{{.network = "NFS"}};
  const auto refused = Faulty<Segments>::open("s", {}, files);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::unsupported);
  CHECK(
      std::string{refused.error().what()} ==
      "'s' lies on a network file system (NFS), where SegmentLog cannot share its index between hosts; take FilePerKey "
      "or a local directory");
  CHECK_FALSE(files.find("s").value());
  CHECK(Faulty<FilePerKey>::open("s", {}, files));
}

TEMPLATE_TEST_CASE("a directory that may not be written to is an error that names it, and no harm", "", FilePerKey,
                   Segments) {
  const FaultyFiles files{{.fail = [](const FileCall& call) -> std::optional<ErrorCode> {
    if (changes_something(call.kind)) return ErrorCode::permission_denied;
    return std::nullopt;
  }}};
  const auto refused = Faulty<TestType>::open("s", {}, files);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::permission_denied);
  CHECK(std::string{refused.error().what()}.find("'s'") != std::string::npos);
  CHECK_FALSE(files.find("s").value());
}

TEST_CASE("an index that was growing when its process died is grown by the next, and nothing is lost") {
  const FaultyFiles files;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto fill = [](auto& store, const FaultyFiles& disk, std::uint64_t* before, std::uint64_t* after) {
    int acknowledged = 0;
    for (int i = 0; i < 2600; ++i, ++acknowledged) {
      const std::uint64_t operations = disk.operations();
      if (!store.insert_if_absent("key" + std::to_string(i), "v")) break;
      // The call that took longest is the one that grew it.
      if (before != nullptr && i > 100 && disk.operations() - operations > *after - *before) {
        *before = operations;
        *after = disk.operations();
      }
    }
    return acknowledged;
  };
  using Store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<1048576>, FaultyFiles>;
  {
    auto store = Store::open("s", {}, files).value();
    CHECK(fill(store, files, &first, &last) == 2600);
  }
  REQUIRE(files.find("s/index/1").value());
  REQUIRE(last - first > 2);
  for (std::uint64_t at = first; at <= last; ++at) {
    const FaultyFiles cut{Faults{.crash_at = at}};
    int acknowledged = 0;
    if (auto store = Store::open("s", {}, cut)) acknowledged = fill(*store, cut, nullptr, nullptr);
    CHECK(acknowledged > 100);
    CHECK(acknowledged < 2600);
    auto store = Store::open("s", {}, cut.after_kill()).value();
    int missing = 0;
    for (int i = 0; i < acknowledged; ++i) missing += store.contains("key" + std::to_string(i)).value() ? 0 : 1;
    CHECK(missing == 0);
    CHECK(fill(store, cut, nullptr, nullptr) == 2600);
    CHECK(store.size().value() == 2600);
  }
}

TEST_CASE("when the segment numbers are used up, writes say so and what to do, and reads go on") {
  const FaultyFiles files;
  {
    auto store = Faulty<Segments>::open("s", {}, files).value();
    store.put("key", "value").value();
  }
  const std::uint64_t past_the_last = std::uint64_t{1} << 20;
  const auto head = files.open("s/index/head", ashlar::FileAccess::read_write).value();
  ashlar::write_fully(files, head, 40, std::as_bytes(std::span{&past_the_last, 1})).value();
  auto store = Faulty<Segments>::open("s", {}, files).value();
  const auto refused = store.put("large", std::string(60'000, 'x'));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::no_space);
  CHECK(std::string{refused.error().what()}.find("backup()") != std::string::npos);
  CHECK(store.get("key").value() == "value");
}

TEMPLATE_TEST_CASE("a clock that jumps changes what expires, never which write was last", "", FilePerKey, Segments) {
  const TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, ashlar::ManualClock, TestType>;
  ashlar::ManualClock clock{48h};
  auto store = Store::open(directory / "store", {}, clock).value();
  store.put("key", 1).value();
  clock.advance(-24h);
  store.put("key", 2).value();
  clock.advance(-24h);
  store.put("brief", 7, 1h).value();
  CHECK(store.update("key", [](std::optional<int> value) { return std::optional{*value + 1}; }).value() == 3);
  CHECK(store.get("key").value() == 3);
  auto again = Store::open(directory / "store", {}, clock).value();
  CHECK(again.get("key").value() == 3);
  CHECK(again.get("brief").value() == 7);
  clock.advance(2h);
  CHECK_FALSE(again.get("brief").value());
}

TEMPLATE_TEST_CASE("an empty value is a value", "", FilePerKey, Segments, ashlar::InMemory) {
  const TempDirectory directory;
  auto store = OnDisk<TestType>::open(directory / "store").value();
  store.put("empty", "").value();
  CHECK(store.get("empty").value() == "");
  CHECK(store.contains("empty").value());
  CHECK(store.size().value() == 1);
}

TEST_CASE("64 writers of one store each have a segment of their own") {
  const TempDirectory directory;
  std::vector<OnDisk<Segments>> stores;
  for (int i = 0; i < 64; ++i) stores.push_back(OnDisk<Segments>::open(directory / "store").value());
  for (int i = 0; i < 64; ++i) {
    for (int k = 0; k < 3; ++k) {
      stores[static_cast<std::size_t>(i)].put("key" + std::to_string(i * 3 + k), std::to_string(i)).value();
    }
  }
  for (int i = 0; i < 64 * 3; ++i) {
    CHECK(stores[static_cast<std::size_t>((i + 17) % 64)].get("key" + std::to_string(i)).value() ==
          std::to_string(i / 3));
  }
}

TEMPLATE_TEST_CASE("a migration that crashes at any call is finished by another, and nothing comes twice", "",
                   FilePerKey, Segments) {
  const TempDirectory directory;
  std::string json = "{";
  for (int i = 0; i < 12; ++i) {
    json += (i == 0 ? "" : ",") + std::string{"\"path/"} + std::to_string(i) + "\": \"" + std::to_string(i) + "\"";
  }
  std::ofstream{directory / "cache.json"} << json << "}";
  const auto convert = [](std::string_view, const ashlar::JsonValue& value) -> ashlar::Result<std::string> {
    return value.string() == nullptr ? std::string{"none"} : *value.string();
  };
  std::uint64_t points = 0;
  for (std::uint64_t at = 1;; at += 7, ++points) {
    const FaultyFiles files{Faults{.seed = at, .crash_at = at}};
    bool finished = false;
    if (auto store = Faulty<TestType>::open("s", {}, files)) {
      const auto report = ashlar::migrate_legacy(*store, directory / "cache.json", convert);
      finished = report && report->complete;
    }
    const FaultyFiles found = files.after_kill();
    auto store = Faulty<TestType>::open("s", {}, found).value();
    const auto report = ashlar::migrate_legacy(store, directory / "cache.json", convert).value();
    CHECK(report.complete);
    CHECK(report.migrated + report.already_there == 12);
    CHECK(store.size().value() == 12);
    for (int i = 0; i < 12; ++i) CHECK(store.get("path/" + std::to_string(i)).value() == std::to_string(i));
    if (finished) break;
  }
  CHECK(points > 3);
}

// A sanitizer keeps freed memory for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long little_memory = 500;
#else
constexpr long little_memory = 16;
#endif

/// Takes entries and keeps none.
struct Sink {
  std::uint64_t entries = 0;
  ashlar::Result<bool> insert_if_absent(std::string_view, const std::string&) {
    ++entries;
    return true;
  }
};

TEST_CASE("a legacy file of any size is taken over with little memory") {
  // 1 GiB and more with ASHLAR_SOAK=32.
  const auto megabytes = static_cast<std::uint64_t>(32 * std::min(40.0, std::max(1.0, ashlar_test::soak())));
  const TempDirectory directory;
  {
    std::ofstream out{directory / "cache.json"};
    const std::string value(1000, 'v');
    out << "{";
    for (std::uint64_t i = 0; i < megabytes * 1000; ++i) {
      out << (i == 0 ? "" : ",\n") << "\"path/" << i << "\": {\"size\": " << i << ", \"text\": \"" << value << "\"}";
    }
    out << "}";
  }
  Process child{[&] {
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    Sink sink;
    const auto report =
        ashlar::migrate_legacy(sink, directory / "cache.json", [](std::string_view, const ashlar::JsonValue& value) {
          return ashlar::Result<std::string>{*value.find("text")->string()};
        });
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    const long more = (after.ru_maxrss - before.ru_maxrss) / 1024;
    std::printf("legacy file of %llu MB: %ld MB more memory\n", static_cast<unsigned long long>(megabytes), more);
    std::fflush(stdout);
    return report && report->complete && sink.entries == megabytes * 1000 && more < little_memory;
  }};
  CHECK(child.succeeded());
}

TEST_CASE(
    "what was erased, replaced or has expired never comes back, whatever is compacted, rebuilt or lost to power") {
  std::mt19937 random{7};
  for (std::uint64_t round = 0; round < 6; ++round) {
    FaultyFiles files{Faults{.seed = round}};
    ashlar::ManualClock clock{1h};
    using Store = ashlar::ShardedStore<std::string, std::string, Segments, FaultyFiles, ashlar::ManualClock>;
    std::optional<Store> store{Store::open("s", {}, files, clock).value()};
    struct Known {
      std::string value;
      std::chrono::nanoseconds ends;
    };
    std::map<std::string, Known> model;
    std::chrono::nanoseconds now = 1h;
    for (int step = 0; step < 250; ++step) {
      const std::string key = "key" + std::to_string(random() % 20);
      switch (random() % 12) {
        case 0:
        case 1:
          store->erase(key).value();
          model.erase(key);
          break;
        case 2: store->compact().value(); break;
        case 3:
          store.reset();
          store.emplace(Store::open("s", {}, files, clock).value());
          break;
        case 4:
          // Everything is brought to the device, then the power goes: the index is made anew.
          store->sync().value();
          store.reset();
          files = files.after_power_loss(round * 1000 + static_cast<std::uint64_t>(step), 0.5, Faults{.seed = round});
          store.emplace(Store::open("s", {}, files, clock).value());
          break;
        case 5:
          clock.advance(1min);
          now += 1min;
          break;
        default: {
          const std::string value = std::to_string(step) + std::string(random() % 6000, 'v');
          const std::chrono::nanoseconds ttl = random() % 3 == 0 ? std::chrono::nanoseconds{2min} : 1000h;
          store->put(key, value, ttl).value();
          model[key] = {value, now + ttl};
        }
      }
      for (int i = 0; i < 20; ++i) {
        const std::string one = "key" + std::to_string(i);
        const auto known = model.find(one);
        const bool alive = known != model.end() && known->second.ends > now;
        const std::optional<std::string> seen = store->get(one).value();
        if (seen.has_value() != alive || (alive && *seen != known->second.value)) {
          FAIL("round " << round << ", step " << step << ": " << one << (seen ? " came back" : " is lost"));
        }
      }
    }
  }
}
