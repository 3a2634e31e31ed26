// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// When a compaction pays, and how far it gets on a disk that is full.

namespace {

using namespace std::chrono_literals;
using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;
using ashlar::FileAccess;
using ashlar::FileCall;
using ashlar::FileCallKind;
using ashlar::OpenMode;
using ashlar::StoreSpace;
using Store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>;

std::string key(int i) { return "key" + std::to_string(i); }

/// Takes what is left of the disk but for `left` bytes.
void fill_disk(const FaultyFiles& files, std::uint64_t left) {
  const auto file = files.open("other", FileAccess::create).value();
  std::uint64_t size = files.size(file).value();
  for (std::uint64_t step = 1U << 20; step != 0; step /= 2) {
    while (files.resize(file, size + step)) size += step;
  }
  files.resize(file, size - left).value();
}

TEST_CASE("a store says how much of its room is live, and a compaction gives the rest back") {
  const FaultyFiles files;
  ashlar::ManualClock clock{1h};
  using Timed =
      ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles, ashlar::ManualClock>;
  auto store = Timed::open("s", {}, files, clock).value();
  StoreSpace space = store.space().value();
  CHECK(space.live == 0);
  CHECK(space.on_disk == 0);
  for (int i = 0; i < 40; ++i) store.put(key(i), std::string(10'000, 'x')).value();
  space = store.space().value();
  CHECK(space.live > 40 * 10'000);
  CHECK(space.live < 40 * 10'200);
  CHECK(space.on_disk < 40 * 10'000 + 3 * 65536);
  for (int i = 0; i < 40; ++i) store.put(key(i), std::string(1'000, 'y'), i < 20 ? 1min : 100h).value();
  space = store.space().value();
  CHECK(space.live > 40 * 1'000);
  CHECK(space.live < 40 * 1'200);
  CHECK(space.on_disk > 40 * 11'000);
  clock.advance(2min);
  CHECK(store.space().value().live < 20 * 1'200 + 20 * 100);
  REQUIRE(space.on_disk > 2 * space.live);
  const auto report = store.compact().value();
  const StoreSpace after = store.space().value();
  CHECK(after.on_disk <= space.on_disk - report.bytes_freed + 65536);
  CHECK(after.on_disk < 2 * 65536);
  const auto reader = Timed::open("s", {.mode = OpenMode::read_only}, files, clock).value();
  CHECK(reader.space().value().live == after.live);
}

TEST_CASE("on a full disk a compaction frees what holds nothing that counts, without any room") {
  const FaultyFiles files{Faults{.capacity = 3'000'000}};
  auto store = Store::open("s", {}, files).value();
  // Each segment takes six. Of the first five all but one are replaced later, which must be moved; of the next all.
  for (int i = 0; i < 60; ++i) store.put(key(i), std::string(10'000, 'x')).value();
  const auto stays = [](int i) { return i < 30 && i % 6 == 0; };
  for (int i = 0; i < 60; ++i) {
    if (!stays(i)) store.put(key(i), "new").value();
  }
  fill_disk(files, 0);
  REQUIRE(store.put("large", std::string(60'000, 'x')).error().code() == ErrorCode::no_space);
  CHECK(store.compact().value().segments_removed >= 8);
  store.put("large", std::string(60'000, 'x')).value();
  for (int i = 0; i < 60; ++i) CHECK(store.get(key(i)).value() == (stays(i) ? std::string(10'000, 'x') : "new"));
}

TEST_CASE(
    "on a full disk keys are erased and their room comes free: there is a reserve for that, which is made again") {
  const FaultyFiles files{Faults{.capacity = 3'000'000}};
  auto store = Store::open("s", {}, files).value();
  CHECK(files.find("s/reserve").value());
  for (int i = 0; i < 60; ++i) store.put(key(i), std::string(10'000, 'x')).value();
  fill_disk(files, 0);
  // Until the room that was taken ahead is used up.
  for (int i = 0; i < 100'000 && store.put("small", "again"); ++i) {
  }
  REQUIRE(store.put("small", "again").error().code() == ErrorCode::no_space);
  CHECK(store.insert_if_absent("other", "").error().code() == ErrorCode::no_space);
  CHECK(files.find("s/reserve").value());
  for (int i = 0; i < 12; ++i) CHECK(store.erase(key(i)).value());
  CHECK_FALSE(files.find("s/reserve").value());
  CHECK(store.compact().value().segments_removed >= 2);
  CHECK(files.find("s/reserve").value());
  for (int i = 0; i < 60; ++i) CHECK(store.contains(key(i)).value() == (i >= 12));
  store.put("large", std::string(60'000, 'x')).value();
}

TEST_CASE("a store whose reserve finds no room is opened without one") {
  const FaultyFiles files{Faults{.capacity = 400'000}};
  fill_disk(files, 0);
  CHECK_FALSE(Store::open("s", {}, files));
  fill_disk(files, 300'000);
  {
    auto store = Store::open("s", {}, files).value();
    store.put("key", "value").value();
    files.remove("s/reserve").value();
  }
  fill_disk(files, 0);
  auto store = Store::open("s", {}, files).value();
  CHECK_FALSE(files.find("s/reserve").value());
  CHECK(store.get("key").value() == "value");
  CHECK(Store::open("s", {.mode = OpenMode::read_only}, files).value().get("key").value() == "value");
}

TEST_CASE("a compaction without the room for what it moves says so, loses nothing, and goes on when there is room") {
  const FaultyFiles files{Faults{.capacity = 3'000'000}};
  auto store = Store::open("s", {}, files).value();
  // Of each segment two values count.
  for (int i = 0; i < 60; ++i) store.put(key(i), std::string(10'000, 'x')).value();
  for (int i = 0; i < 60; ++i) {
    if (i % 6 > 1) store.erase(key(i)).value();
  }
  const auto check = [&](const Store& found) {
    for (int i = 0; i < 60; ++i) {
      const auto value = found.get(key(i)).value();
      CHECK(value.has_value() == (i % 6 <= 1));
      if (value) CHECK(*value == std::string(10'000, 'x'));
    }
  };
  for (const std::uint64_t left : {0U, 5'000U, 12'000U}) {
    fill_disk(files, left);
    const auto report = store.compact();
    if (!report) CHECK(report.error().code() == ErrorCode::no_space);
    if (left == 0) CHECK_FALSE(report);
    check(store);
  }
  files.remove("other").value();
  CHECK(store.compact().value().segments_removed > 5);
  check(store);
  store.sync().value();
  check(Store::open("s", {}, files.after_power_loss(1, 1)).value());
}

TEST_CASE(
    "on a full disk a compaction goes on behind what does not fit, and keys of what does not count are in its "
    "measure") {
  for (const bool aborted : {false, true}) {
    INFO("aborted " << aborted);
    const FaultyFiles files{Faults{.capacity = 3'000'000}};
    auto store = Store::open("s", {}, files).value();
    const auto stays = [](int i) { return "stays" + std::to_string(i); };
    for (int i = 0; i < 60; ++i) store.put(stays(i), std::string(2000, 's')).value();
    store.put("zone", "1").value();
    for (int i = 0; i < 60; ++i) {
      store.put(key(i), std::string(10'000, 'x')).value();
      for (int n = 0; aborted && i < 30 && n < 2; ++n) {
        // Appended, and not counting because "zone" has changed meanwhile.
        int calls = 0;
        const auto fails = [&](auto& values) {
          if (++calls > 1) return false;
          values[0] = values[1] = "never";
          store.put("zone", "2").value();
          return true;
        };
        CHECK_FALSE(store.transact(std::array<std::string, 2>{stays(i), "zone"}, fails).value());
      }
    }
    for (int i = 0; i < 60; ++i) store.put(key(i), "new").value();
    fill_disk(files, 0);
    for (const std::size_t size : {std::size_t{500}, std::size_t{0}}) {
      for (int i = 0; i < 100'000 && store.put("zone", std::string(size, 'z')); ++i) {
      }
    }
    const StoreSpace space = store.space().value();
    CHECK(store.compact().value().segments_removed > 5);
    CHECK(store.space().value().on_disk < space.on_disk / 2);
    for (int i = 0; i < 60; ++i) {
      CHECK(store.get(key(i)).value() == "new");
      CHECK(store.get(stays(i)).value() == std::string(2000, 's'));
    }
  }
}

TEST_CASE("a reserve that a crash left without its room gets it from the next who opens the store") {
  int crashes = 0;
  for (std::uint64_t at = 0;; ++at) {
    const FaultyFiles files{Faults{.crash_at = at}};
    (void)Store::open("s", {}, files);
    const bool done = files.find("s").has_value();
    const FaultyFiles later = files.after_kill();
    CHECK(Store::open("s", {}, later));
    CHECK(later.size(later.open("s/reserve", FileAccess::read).value()).value() == 4096);
    if (done) break;
    ++crashes;
  }
  CHECK(crashes > 10);
}

TEST_CASE("a compaction says that it could not read a segment's length") {
  bool failing = false;
  const FaultyFiles files{Faults{.fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
    if (failing && call.kind == FileCallKind::open) return ErrorCode::io;
    return std::nullopt;
  }}};
  auto store = Store::open("s", {}, files).value();
  for (int i = 0; i < 20; ++i) store.put(key(i), std::string(10'000, 'x')).value();
  failing = true;
  CHECK(store.space().error().code() == ErrorCode::io);
  CHECK(store.compact().error().code() == ErrorCode::io);
  failing = false;
  CHECK(store.space().value().live > 200'000);
}

TEST_CASE("what a compaction removes was replaced by something that a power loss leaves there") {
  using Synced =
      ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles, ashlar::SyncEachCommit>;
  const FaultyFiles files{Faults{.write_back = 0}};
  {
    auto store = Synced::open("s", {}, files).value();
    for (int i = 0; i < 20; ++i) store.put(key(i), std::string(10'000, 'o')).value();
  }
  // As those of a process that is killed before its sync.
  auto killed = Store::open("s", {}, files).value();
  for (int i = 0; i < 20; ++i) killed.put(key(i), std::string(10'000, 'n')).value();
  auto store = Synced::open("s", {}, files).value();
  CHECK(store.compact().value().segments_removed > 2);
  const auto after = Store::open("s", {}, files.after_power_loss(1, 0)).value();
  for (int i = 0; i < 20; ++i) CHECK(after.get(key(i)).value());
}

}  // namespace
