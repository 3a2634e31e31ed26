// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

// What nobody should do, and somebody does.

namespace {

using ashlar::ErrorCode;
using ashlar::FilePerKey;
using ashlar::InMemory;
using ashlar::OpenMode;
using Segments = ashlar::SegmentLogOf<65536>;
using ashlar_test::Process;
using ashlar_test::TempDirectory;
namespace fs = std::filesystem;

template <class Backend, class... Options>
using On = ashlar::ShardedStore<std::string, std::string, Backend, Options...>;

TEMPLATE_TEST_CASE("odd paths are stores or errors that name them", "", FilePerKey, Segments) {
  const TempDirectory directory;
  using Store = On<TestType>;
  const auto refused = [](const fs::path& path) {
    const auto store = Store::open(path);
    return !store && std::string{store.error().what()}.find('\'') != std::string::npos;
  };
  std::ofstream{directory / "file"} << "x";
  CHECK(refused(directory / "file"));
  CHECK(refused(directory / "file" / "store"));
  CHECK(refused(directory / std::string(300, 'n')));
  CHECK(refused(directory / fs::path{std::string("a\0b", 3)}));
  fs::create_directory_symlink(directory / "nowhere", directory / "dangling");
  CHECK(refused(directory / "dangling"));
  auto store = Store::open(directory / "several" / "levels").value();
  fs::create_directory_symlink(directory / "several" / "levels", directory / "link");
  auto linked = Store::open(directory / "link").value();
  linked.put("key", "by the link").value();
  CHECK(store.get("key").value() == "by the link");
  CHECK(On<TestType, ashlar::SyncEachCommit>::open(directory / "link").value().get("key").value() == "by the link");
}

TEMPLATE_TEST_CASE("keys of any bytes are keys", "", FilePerKey, Segments, InMemory) {
  const TempDirectory directory;
  auto store = On<TestType>::open(directory / "store").value();
  const std::vector<std::string> keys{"",
                                      std::string("a\0b", 3),
                                      std::string("a\0c", 3),
                                      "a",
                                      "../../etc",
                                      "/",
                                      ".",
                                      "\xff\xfe",
                                      std::string(65535, 'k'),
                                      "\n*?"};
  for (const std::string& key : keys) store.put(key, "value of " + key).value();
  for (const std::string& key : keys) CHECK(store.get(key).value() == "value of " + key);
  CHECK(store.size().value() == keys.size());
  CHECK(store.keys_matching("*").value().size() == keys.size());
  for (const std::string& key : keys) CHECK(store.erase(key).value());
  CHECK(store.size().value() == 0);
  if (std::is_same_v<TestType, Segments>) {
    CHECK(store.put(std::string(65536, 'k'), "").error().code() == ErrorCode::invalid_argument);
    CHECK_FALSE(store.get(std::string(65536, 'k')).value());
  }
}

TEMPLATE_TEST_CASE("functions may use the store that calls them, and throw", "", FilePerKey, Segments, InMemory) {
  const TempDirectory directory;
  auto store = On<TestType>::open(directory / "store").value();
  store.put("n", "1").value();
  using Value = std::optional<std::string>;
  CHECK_THROWS_AS(store.update("n", [](Value) -> Value { throw 7; }), int);
  CHECK(store.get("n").value() == "1");
  int calls = 0;
  const auto beside = [&](Value value) {
    if (++calls == 1) store.put("n", "2").value();
    store.update("m", [](Value other) { return other.value_or("") + "i"; }).value();
    store.compact().value();
    return *value + "x";
  };
  CHECK(store.update("n", beside).value() == "2x");
  CHECK(calls == 2);
  if constexpr (!std::is_same_v<TestType, FilePerKey>) {
    const std::vector<std::string> pair{"n", "m"};
    CHECK_THROWS_AS(store.transact(pair, [](auto&) -> bool { throw 7; }), int);
    calls = 0;
    const auto both = [&](auto& values) {
      if (++calls == 1) store.put("m", "late").value();
      store.snapshot(pair).value();
      values[0] = *values[1] + "!";
      return true;
    };
    CHECK(store.transact(pair, both).value());
    CHECK(calls == 2);
    CHECK(store.get("n").value() == "late!");
  }
  int seen = 0;
  const auto walk = [&](const std::string& key, const std::string&) {
    if (++seen > 1000) return;
    store.put("new" + std::to_string(seen), std::string(300, 'x')).value();
    store.erase(key).value();
  };
  store.for_each(walk).value();
  CHECK(seen >= 2);
}

TEST_CASE("a store of many more segments than descriptors is read, compacted, copied and made an index for") {
  const TempDirectory directory;
  const auto path = directory / "store";
  constexpr int keys = 1200;
  const auto key = [](int i) { return "key" + std::to_string(i); };
  const auto with_few = [](auto body) {
    return Process{[body] {
             const rlimit few{20, 20};
             return ::setrlimit(RLIMIT_NOFILE, &few) == 0 && body();
           }}
        .succeeded();
  };
  const std::string large(20'000, 'x');
  {
    On<Segments> store{path};
    for (int i = 0; i < keys; ++i) store.put(key(i), large).value();
  }
  CHECK(std::distance(fs::directory_iterator{path / "seg"}, fs::directory_iterator{}) > 300);
  CHECK(with_few([&] {
    On<Segments> store{path};
    int wrong = 0;
    for (int i = 0; i < keys; ++i) wrong += store.get(key(i)).value() == large ? 0 : 1;
    for (int i = 0; i < keys / 2; ++i) store.put(key(i), "short").value();
    return wrong == 0 && store.compact().value().segments_removed > 100 &&
           store.backup(directory / "copy").value().entries == keys;
  }));
  fs::remove_all(path / "index");
  for (const char* name : {"store", "copy"}) {
    CHECK(with_few([&] {
      const On<Segments> store{directory / name};
      return store.size().value() == keys && store.get(key(1)).value() == "short" &&
             store.get(key(keys - 1)).value() == large;
    }));
  }
}

TEMPLATE_TEST_CASE("a backup goes nowhere where a store is, and is whole while others write and die", "", FilePerKey,
                   Segments) {
  using Store = On<TestType>;
  const TempDirectory directory;
  const auto path = directory / "store";
  const Store reader = [&] {
    Store{path}.put("seed", std::string(100, 's')).value();
    return Store{path, {.mode = OpenMode::read_only}};
  }();
  CHECK(reader.backup(path).error().code() == ErrorCode::already_exists);
  CHECK_FALSE(reader.backup(""));
  const auto writer = [&] {
    Store store{path};
    for (int i = 0;; ++i) {
      const std::string key = "key" + std::to_string(i % 200);
      store.put(key, std::string(static_cast<std::size_t>(100 + i % 9000), static_cast<char>('a' + i % 26))).value();
      if (i % 7 == 0) (void)store.erase("key" + std::to_string(i * 3 % 200)).value();
      if (i % 500 == 499) store.compact().value();
    }
    return true;
  };
  for (int round = 0; round < 3; ++round) {
    std::vector<Process> writers;
    for (int i = 0; i < 2; ++i) writers.emplace_back(writer);
    std::this_thread::sleep_for(std::chrono::milliseconds{60});
    const auto copy = directory / ("copy" + std::to_string(round));
    CHECK(reader.backup(copy).value().corrupt.empty());
    CHECK(reader.backup(copy).error().code() == ErrorCode::already_exists);
    for (Process& one : writers) one.kill();
    const auto check = [](const Store& store) {
      int odd = 0;
      const auto look = [&](const std::string&, const std::string& value) {
        odd += std::all_of(value.begin(), value.end(), [&](char c) { return c == value[0]; }) ? 0 : 1;
      };
      CHECK(store.for_each(look).value().corrupt.empty());
      CHECK(odd == 0);
      CHECK(store.get("seed").value() == std::string(100, 's'));
    };
    check(reader);
    check(Store{copy});
  }
}

}  // namespace
