// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/sharded_store.hpp>

#include <ashlar/core/json.hpp>
#include <ashlar/store/durability.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/segment_log.hpp>

#include <support/temp_directory.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using ashlar::ErrorCode;
using ashlar::OpenMode;

struct Record {
  std::uint64_t bytes = 0;
  std::string picture;
  bool operator==(const Record&) const = default;
};

template <class... Options>
struct With {
  template <class Key, class Value>
  using store = ashlar::ShardedStore<Key, Value, Options...>;
};
using OnFiles = With<ashlar::FilePerKey>;
using OnSyncedFiles = With<ashlar::SyncEachCommit, ashlar::FilePerKey>;
using OnMemory = With<ashlar::InMemory>;

using OnSegments = With<ashlar::SegmentLogOf<1 << 20>>;
using OnSyncedSegments = With<ashlar::SyncEachCommit, ashlar::SegmentLogOf<1 << 20>>;

#define EVERY_BACKEND OnFiles, OnSyncedFiles, OnMemory, OnSegments, OnSyncedSegments

TEMPLATE_TEST_CASE("a store gives back the last value put", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, Record> store{directory / "store"};
  CHECK(!store.get("a").value());
  store.put("a", {1, "a.png"}).value();
  store.put("b", {2, ""}).value();
  CHECK(store.get("a").value() == Record{1, "a.png"});
  store.put("a", {3, std::string(100'000, 'x')}).value();
  CHECK(store.get("a").value() == Record{3, std::string(100'000, 'x')});
  CHECK(store.get("b").value() == Record{2, ""});
  CHECK(store.size().value() == 2);
  CHECK(store.contains("a").value());
  CHECK(!store.contains("c").value());
}

TEMPLATE_TEST_CASE("a store erases keys, and says whether they were there", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  store.put("a", 1).value();
  CHECK(store.erase("a").value());
  CHECK(!store.erase("a").value());
  CHECK(!store.get("a").value());
  CHECK(store.size().value() == 0);
}

TEMPLATE_TEST_CASE("any bytes are a key: empty, with zeros, not UTF-8, long", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  const std::vector<std::string> keys{"", std::string("\0\0a", 3), "\xff\xfe/../x", "ä", std::string(5000, 'k'), "a/b"};
  for (std::size_t i = 0; i < keys.size(); ++i) store.put(keys[i], static_cast<int>(i)).value();
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(store.get(keys[i]).value() == static_cast<int>(i));
  CHECK(store.size().value() == keys.size());
}

TEMPLATE_TEST_CASE("keys that are no strings are found by their value", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::pair<int, std::string>, int> store{directory / "store"};
  store.put({1, "x"}, 10).value();
  store.put({2, "x"}, 20).value();
  CHECK(store.get({1, "x"}).value() == 10);
  std::map<std::pair<int, std::string>, int> seen;
  CHECK(store.for_each([&](const auto& key, int value) { seen[key] = value; }).value().entries == 2);
  CHECK(seen == std::map<std::pair<int, std::string>, int>{{{1, "x"}, 10}, {{2, "x"}, 20}});
}

TEMPLATE_TEST_CASE("insert_if_absent stores only where there is nothing", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  CHECK(store.insert_if_absent("a", 1).value());
  CHECK(!store.insert_if_absent("a", 2).value());
  CHECK(store.get("a").value() == 1);
  CHECK(store.stats().lost_races == 1);
}

TEMPLATE_TEST_CASE("compare_and_swap stores only where it finds what it expects", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  CHECK(!store.compare_and_swap("a", 0, 1).value());
  CHECK(store.compare_and_swap("a", std::nullopt, 1).value());
  CHECK(!store.compare_and_swap("a", std::nullopt, 2).value());
  CHECK(!store.compare_and_swap("a", 7, 2).value());
  CHECK(store.compare_and_swap("a", 1, 2).value());
  CHECK(store.get("a").value() == 2);
}

TEMPLATE_TEST_CASE("update replaces a value by what a function makes of it", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  const auto count = [](std::optional<int> old) { return old.value_or(0) + 1; };
  CHECK(store.update("a", count).value() == 1);
  CHECK(store.update("a", count).value() == 2);
  CHECK(!store.update("a", [](std::optional<int>) { return std::optional<int>{}; }).value());
  CHECK(!store.contains("a").value());
  CHECK(!store.update("b", [](std::optional<int>) { return std::optional<int>{}; }).value());
}

TEMPLATE_TEST_CASE("an exception of the caller's function passes through and nothing is stored", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  store.put("a", 1).value();
  const auto throws = [](std::optional<int>) -> int { throw std::runtime_error{"no"}; };
  CHECK_THROWS_AS(store.update("a", throws), std::runtime_error);
  CHECK(store.get("a").value() == 1);
}

TEMPLATE_TEST_CASE("many keys are put and got at once", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  std::map<std::string, int> pairs;
  for (int i = 0; i < 40; ++i) pairs["key" + std::to_string(i)] = i;
  store.put_many(pairs).value();
  const std::vector<std::string> keys{"key3", "none", "key39"};
  const auto values = store.get_many(keys);
  REQUIRE(values.size() == 3);
  CHECK(values[0].value() == 3);
  CHECK(!values[1].value());
  CHECK(values[2].value() == 39);
}

TEMPLATE_TEST_CASE("for_each and keys_matching see every entry once", "", EVERY_BACKEND) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  std::map<std::string, int> expected;
  for (int i = 0; i < 50; ++i) {
    const std::string key = (i % 2 == 0 ? "even:" : "odd:") + std::to_string(i);
    store.put(key, i).value();
    expected[key] = i;
  }
  std::map<std::string, int> seen;
  const auto report =
      store.for_each([&](const std::string& key, int value) { CHECK(seen.emplace(key, value).second); });
  CHECK(report.value().entries == 50);
  CHECK(report.value().corrupt.empty());
  CHECK(seen == expected);
  CHECK(store.keys_matching("even:*").value().size() == 25);
  CHECK(store.keys_matching("odd:1?").value().size() == 5);
}

TEMPLATE_TEST_CASE("a backup is a store with the same entries", "", OnFiles, OnSegments) {
  const ashlar_test::TempDirectory directory;
  using Store = typename TestType::template store<std::string, int>;
  Store store{directory / "store"};
  for (int i = 0; i < 30; ++i) store.put(std::to_string(i), i).value();
  CHECK(store.backup(directory / "copy").value().entries == 30);
  CHECK(store.backup(directory / "copy").error().code() == ErrorCode::already_exists);
  store.put("0", 100).value();
  Store copy{directory / "copy", {.mode = OpenMode::must_exist}};
  CHECK(copy.size().value() == 30);
  for (int i = 0; i < 30; ++i) CHECK(copy.get(std::to_string(i)).value() == i);
}

TEMPLATE_TEST_CASE("values expire when their time is over, and then count as none", "", ashlar::InMemory,
                   ashlar::FilePerKey, ashlar::SegmentLog) {
  const ashlar_test::TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, ashlar::ManualClock, TestType>;
  ashlar::ManualClock clock{24h};
  auto store = Store::open(directory / "store", {.ttl = 10min}, clock).value();
  store.put("short", 1, 1min).value();
  store.put("long", 2, 1h).value();
  CHECK(store.get_entry("short").value()->ttl == 1min);
  CHECK(store.get_entry("long").value()->ttl == 10min);
  clock.advance(59s);
  CHECK(store.get("short").value() == 1);
  clock.advance(1s);
  CHECK(!store.get("short").value());
  CHECK(!store.contains("short").value());
  CHECK(store.keys_matching("*").value() == std::vector<std::string>{"long"});
  CHECK(store.insert_if_absent("short", 3).value());
  CHECK(store.get("short").value() == 3);
  clock.advance(10min);
  CHECK(store.compare_and_swap("short", std::nullopt, 4).value());
  CHECK(store.get("short").value() == 4);
}

TEMPLATE_TEST_CASE("lives of any length end at their time, and what is left of them is never below nothing", "",
                   ashlar::InMemory, ashlar::FilePerKey, ashlar::SegmentLog) {
  const ashlar_test::TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, ashlar::ManualClock, TestType>;
  using std::chrono::nanoseconds;
  ashlar::ManualClock clock{100s};
  auto store = Store::open(directory / "store", {}, clock).value();
  const nanoseconds longest = nanoseconds::max() - 1ns;
  for (const nanoseconds life : {nanoseconds{0}, nanoseconds{-5s}, nanoseconds::min()}) {
    store.put("none", 1, life).value();
    CHECK_FALSE(store.contains("none").value());
    CHECK(store.insert_if_absent("none", 2, life).value());
  }
  store.put("longest", 1, longest).value();
  CHECK(store.get_entry("longest").value()->ttl >= longest);
  store.put("brief", 1, 1s).value();
  clock.advance(999ms);
  CHECK(store.get_entry("brief").value()->ttl == 1ms);
  // The clock goes back: what has not ended has more left.
  clock.advance(-50s);
  CHECK(store.get_entry("brief").value()->ttl == 50s + 1ms);
  CHECK(store.get_entry("longest").value()->ttl >= longest);
  clock.advance(50s + 1ms);
  CHECK_FALSE(store.get_entry("brief").value());
}

TEMPLATE_TEST_CASE("threads that count together lose no count", "", OnFiles, OnMemory, OnSegments) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  std::atomic<int> inserted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        store.update("counter", [](std::optional<int> old) { return old.value_or(0) + 1; }).value();
        if (store.insert_if_absent("key" + std::to_string(i), i).value()) ++inserted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(store.get("counter").value() == 200);
  CHECK(inserted == 50);
}

TEMPLATE_TEST_CASE("a transaction stores all or nothing, and reads what is there at one moment", "", OnMemory,
                   OnSegments, OnSyncedSegments) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  store.put("a", 10).value();
  const std::vector<std::string> keys{"a", "b", "c"};
  const auto move_all = [](std::vector<std::optional<int>>& values) {
    values[1] = *values[0];
    values[0].reset();
    return true;
  };
  CHECK(store.transact(keys, move_all).value());
  CHECK(!store.contains("a").value());
  CHECK(store.snapshot(keys).value() == std::vector<std::optional<int>>{std::nullopt, 10, std::nullopt});
  CHECK(!store.transact(keys, [](std::vector<std::optional<int>>&) { return false; }).value());
  for (const std::size_t size : {0U, 2U, 4U}) {
    const auto resizes = [size](std::vector<std::optional<int>>& values) {
      values.resize(size, 5);
      return true;
    };
    CHECK(store.transact(keys, resizes).error().code() == ashlar::ErrorCode::invalid_argument);
  }
  CHECK(store.snapshot(keys).value() == std::vector<std::optional<int>>{std::nullopt, 10, std::nullopt});
  const auto throws = [](std::vector<std::optional<int>>& values) -> bool {
    values[0] = 1;
    throw std::runtime_error{"no"};
  };
  CHECK_THROWS_AS(store.transact(keys, throws), std::runtime_error);
  CHECK(!store.contains("a").value());
  const std::vector<std::string> twice{"a", "a"};
  CHECK(store.transact(twice, move_all).error().code() == ErrorCode::invalid_argument);
  CHECK(store.size().value() == 1);
}

TEMPLATE_TEST_CASE("threads that move amounts between keys keep their sum", "", OnMemory, OnSegments) {
  const ashlar_test::TempDirectory directory;
  typename TestType::template store<std::string, int> store{directory / "store"};
  std::vector<std::string> accounts;
  for (int i = 0; i < 5; ++i) {
    accounts.push_back("account" + std::to_string(i));
    store.put(accounts.back(), 100).value();
  }
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 150; ++i) {
        const std::vector<std::string> pair{accounts[(i + t) % 5], accounts[(i * 3 + t + 1) % 5]};
        if (pair[0] == pair[1]) continue;
        store
            .transact(pair,
                      [](std::vector<std::optional<int>>& values) {
                        --*values[0];
                        ++*values[1];
                        return true;
                      })
            .value();
        int sum = 0;
        const auto values = store.snapshot(accounts).value();
        for (const auto& value : values) sum += *value;
        if (sum != 500) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("options are recognised in any order") {
  using One = ashlar::ShardedStore<int, int, ashlar::FilePerKey, ashlar::SyncEachCommit, ashlar::ByHash>;
  using Two = ashlar::ShardedStore<int, int, ashlar::ByHash, ashlar::SyncEachCommit, ashlar::FilePerKey>;
  STATIC_REQUIRE(std::same_as<One::backend_type, Two::backend_type>);
  STATIC_REQUIRE(std::same_as<One::durability_type, ashlar::SyncEachCommit>);
  STATIC_REQUIRE(std::same_as<ashlar::ShardedStore<int, int>::durability_type, ashlar::NoSync>);
  STATIC_REQUIRE(std::same_as<ashlar::ShardedStore<int, int>::backend_type, ashlar::FilePerKey>);
}

TEST_CASE("a store opens as its mode says") {
  using Store = ashlar::ShardedStore<std::string, int>;
  const ashlar_test::TempDirectory directory;
  const auto path = directory / "deep" / "er";
  CHECK(Store::open(path, {.mode = OpenMode::must_exist}).error().code() == ErrorCode::not_found);
  CHECK(Store::open(path, {.mode = OpenMode::read_only}).error().code() == ErrorCode::not_found);
  CHECK(!std::filesystem::exists(directory / "deep"));
  Store::open(path, {.mode = OpenMode::create_new}).value().put("a", 1).value();
  CHECK(Store::open(path, {.mode = OpenMode::create_new}).error().code() == ErrorCode::already_exists);
  CHECK(Store::open(path).value().get("a").value() == 1);
  Store reader{path, {.mode = OpenMode::read_only}};
  CHECK(reader.get("a").value() == 1);
  CHECK(reader.put("a", 2).error().code() == ErrorCode::permission_denied);
  CHECK(reader.erase("a").error().code() == ErrorCode::permission_denied);
  CHECK(reader.summary().value().entries == 1);
  CHECK_THROWS_AS((Store{directory / "none", {.mode = OpenMode::must_exist}}), ashlar::Error);
  CHECK(Store::open("").error().code() == ErrorCode::invalid_argument);
}

TEST_CASE("a store says why its directory is none of its own") {
  using Store = ashlar::ShardedStore<std::string, int>;
  const ashlar_test::TempDirectory directory;
  const auto refused = [&](const std::string& metadata) {
    std::filesystem::create_directories(directory / "store");
    std::ofstream{directory / "store" / "metadata.json"} << metadata;
    return Store::open(directory / "store").error();
  };
  CHECK(refused("").code() == ErrorCode::corrupt);
  CHECK(refused("{\"format\": \"other\"}").code() == ErrorCode::corrupt);
  CHECK(refused("{\"format\": \"ashlar-store\", \"version\": 2}").code() == ErrorCode::unsupported);
  const ashlar::Error other = refused("{\"format\": \"ashlar-store\", \"version\": 1, \"backend\": \"other\"}");
  CHECK(other.code() == ErrorCode::invalid_argument);
  CHECK(std::string{other.what()}.find("made by the backend 'other'") != std::string::npos);
}

TEST_CASE("the entries of a store can lie on several directories") {
  using Store = ashlar::ShardedStore<std::string, int>;
  const ashlar_test::TempDirectory directory;
  const auto path = directory / "store";
  {
    Store store{path, {.directories = {directory / "disk1", directory / "disk2", "inside"}}};
    for (int i = 0; i < 60; ++i) store.put(std::to_string(i), i).value();
    CHECK(store.size().value() == 60);
    store.summary().value();
  }
  for (const auto& disk : {directory / "disk1", directory / "disk2", path / "inside"}) {
    CHECK(std::filesystem::exists(disk / "file_caches"));
  }
  CHECK(std::filesystem::exists(path / "summary.json"));
  Store again{path};
  for (int i = 0; i < 60; ++i) CHECK(again.get(std::to_string(i)).value() == i);
  CHECK(Store::open(path, {.directories = {directory / "disk1"}}).error().code() == ErrorCode::invalid_argument);
  std::filesystem::remove_all(directory / "disk2");
  CHECK(std::string{Store::open(path).error().what()}.find("is a disk not mounted?") != std::string::npos);
}

TEST_CASE("the summary has the totals and what the caller adds") {
  const ashlar_test::TempDirectory directory;
  ashlar::ShardedStore<std::string, int> store{directory / "store"};
  store.put("a", 1).value();
  store.put("b", 2).value();
  const auto summary = store.summary([](ashlar::JsonWriter& json) { json.member("files", 7); }).value();
  CHECK(summary.entries == 2);
  std::ifstream file{directory / "store" / "summary.json"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto json = ashlar::parse_json(text).value();
  CHECK(json.find("entries")->integer() == 2);
  CHECK(json.find("files")->integer() == 7);
  CHECK(json.find("corrupt")->array()->empty());
}

TEST_CASE("a store counts what it does") {
  ashlar::ShardedStore<std::string, int, ashlar::InMemory> store;
  store.put("a", 1).value();
  (void)store.get("a");
  (void)store.get("b");
  (void)store.erase("a");
  const ashlar::StoreStats stats = store.stats();
  CHECK(stats.reads == 2);
  CHECK(stats.hits == 1);
  CHECK(stats.writes == 1);
  CHECK(stats.erased == 1);
  CHECK(stats.bytes_written == stats.bytes_read);
}

}  // namespace
