// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>

#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

TEST_CASE("the durabilities say whether a write waits for the device") {
  STATIC_REQUIRE(ashlar::explain_durability<ashlar::NoSync>());
  STATIC_REQUIRE(ashlar::explain_durability<ashlar::SyncEachCommit>());
  STATIC_REQUIRE(ashlar::explain_durability<ashlar::GroupCommit<>>());
  STATIC_REQUIRE(!ashlar::NoSync::syncs_each_commit);
  STATIC_REQUIRE(ashlar::SyncEachCommit::syncs_each_commit);
}

using ashlar::ErrorCode;
using ashlar::FaultyFiles;
template <unsigned Milliseconds, std::uint64_t Bytes = std::uint64_t{1} << 20>
using Grouped = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles,
                                     ashlar::GroupCommit<Milliseconds, Bytes>>;
constexpr unsigned an_hour = 3'600'000;

TEST_CASE("GroupCommit: what was flushed survives a power loss, and what came later is right or missing") {
  const FaultyFiles files;
  auto store = Grouped<an_hour>::open("s", {}, files).value();
  for (int i = 0; i < 60; ++i) store.put("key" + std::to_string(i), std::string(3000, 'a')).value();
  store.flush().value();
  for (int i = 0; i < 30; ++i) store.put("key" + std::to_string(i), std::string(3000, 'b')).value();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto after = Grouped<an_hour>::open("s", {}, files.after_power_loss(seed, seed % 2 == 0 ? 0 : 0.5)).value();
    for (int i = 0; i < 60; ++i) {
      const std::string value = after.get("key" + std::to_string(i)).value().value_or("");
      CHECK((value == std::string(3000, 'a') || (i < 30 && value == std::string(3000, 'b'))));
    }
  }
}

TEST_CASE("GroupCommit: without a flush it happens after the interval, or when enough bytes wait") {
  const auto arrives = [](auto& store, const FaultyFiles& files) {
    store.put("key", std::string(2000, 'x')).value();
    for (int tries = 0; tries < 500; ++tries) {
      auto after = Grouped<an_hour>::open("s", {}, files.after_power_loss(1, 0));
      if (after && after->get("key").value()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  };
  const FaultyFiles one;
  auto by_time = Grouped<5>::open("s", {}, one).value();
  CHECK(arrives(by_time, one));
  const FaultyFiles two;
  auto by_bytes = Grouped<an_hour, 1000>::open("s", {}, two).value();
  CHECK(arrives(by_bytes, two));
}

TEST_CASE("GroupCommit: the end of the store flushes, and a failed sync is told") {
  const FaultyFiles files;
  Grouped<an_hour>::open("s", {}, files).value().put("key", "value").value();
  CHECK(Grouped<an_hour>::open("s", {}, files.after_power_loss(1, 0)).value().get("key").value() == "value");

  bool failing = false;
  const FaultyFiles faulty{{.fail = [&](const ashlar::FileCall& call) -> std::optional<ErrorCode> {
    if (call.kind != ashlar::FileCallKind::sync || !failing) return {};
    return ErrorCode::io;
  }}};
  auto store = Grouped<an_hour>::open("s", {}, faulty).value();
  store.put("a", "1").value();
  failing = true;
  CHECK(store.flush().error().code() == ErrorCode::io);
  failing = false;
  store.put("a", "2").value();
  store.flush().value();
  CHECK(Grouped<an_hour>::open("s", {}, faulty.after_power_loss(1, 0)).value().get("a").value() == "2");
}

TEST_CASE("GroupCommit: what a token stands for is on the device when its wait returns") {
  const FaultyFiles files;
  auto store = Grouped<5>::open("s", {}, files).value();
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i);
    store.put(key, std::string(3000, 'a')).value();
    const ashlar::CommitToken token = store.commit_token();
    store.wait_durable(token).value();
    const FaultyFiles found = files.after_power_loss(static_cast<std::uint64_t>(i), 0);
    CHECK(Grouped<an_hour>::open("s", {}, found).value().get(key).value() == std::string(3000, 'a'));
    store.wait_durable(token).value();
  }
  auto idle = Grouped<an_hour>::open("s", {}, files).value();
  idle.wait_durable(idle.commit_token()).value();
  idle.wait_durable({}).value();
}

TEST_CASE("GroupCommit: a token for writes that did not reach the device says so, one from before does not") {
  std::atomic<bool> failing{false};
  const FaultyFiles faulty{{.fail = [&](const ashlar::FileCall& call) -> std::optional<ErrorCode> {
    if (call.kind != ashlar::FileCallKind::sync || !failing) return {};
    return ErrorCode::io;
  }}};
  auto store = Grouped<5>::open("s", {}, faulty).value();
  store.put("a", "1").value();
  const ashlar::CommitToken before = store.commit_token();
  store.wait_durable(before).value();
  failing = true;
  store.put("b", "2").value();
  const ashlar::CommitToken harmed = store.commit_token();
  const auto told = store.wait_durable(harmed);
  REQUIRE_FALSE(told);
  CHECK(told.error().code() == ErrorCode::io);
  failing = false;
  CHECK_FALSE(store.wait_durable(harmed));
  CHECK(store.wait_durable(before));
  CHECK_FALSE(store.wait_durable({.process = 1, .number = 1}));
}

TEST_CASE("tokens serve every durability") {
  const FaultyFiles files;
  ashlar::ShardedStore<std::string, std::string, FaultyFiles, ashlar::FilePerKey> plain{"plain", {}, files};
  plain.put("key", "value").value();
  plain.wait_durable(plain.commit_token()).value();
  CHECK(decltype(plain)::open("plain", {}, files.after_power_loss(1, 0)).value().get("key").value() == "value");
  ashlar::ShardedStore<std::string, std::string, FaultyFiles, ashlar::SegmentLog, ashlar::SyncEachCommit> synced{
      "synced", {}, files};
  synced.put("key", "value").value();
  synced.wait_durable(synced.commit_token()).value();
}

TEST_CASE("GroupCommit: threads share one sync") {
  const ashlar_test::TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, ashlar::SegmentLog, ashlar::GroupCommit<2>>;
  Store store{directory / "store"};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) store.put("t" + std::to_string(t * 100 + i), i).value();
      store.flush().value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(store.size().value() == 90);
}

// ThreadSanitizer ends a child of fork that starts a thread.
#if !defined(__SANITIZE_THREAD__)
TEST_CASE("GroupCommit: a child of fork flushes for itself") {
  const ashlar_test::TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, ashlar::SegmentLog, ashlar::GroupCommit<2>>;
  auto store = std::make_unique<Store>(directory / "store");
  store->put("parent", 1).value();
  ashlar_test::Process child{[&] {
    store->put("child", 2).value();
    store->flush().value();
    store.reset();
    return true;
  }};
  CHECK(child.succeeded());
  CHECK(store->get("child").value() == 2);
}
#endif

}  // namespace
