// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/soak.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Making the index of a segment log anew: from damaged records that a hint names, and where calls fail.

namespace {

using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;
using ashlar::FileAccess;
using ashlar::FileCall;
using ashlar::FileCallKind;
using Small = ashlar::SegmentLogOf<65536>;
using SyncedStore = ashlar::ShardedStore<std::string, std::string, Small, FaultyFiles, ashlar::SyncEachCommit>;
using LargeStore = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<4194304>, FaultyFiles>;

const std::string first_segment = "s/seg/00000001.log";

/// How far the first segment is written, in bytes.
std::uint64_t end_of(const FaultyFiles& files) {
  const auto content = ashlar::read_whole(files, files.open(first_segment, FileAccess::read).value()).value();
  std::size_t end = content.size();
  while (end > 0 && content[end - 1] == std::byte{0}) --end;
  return (end + 7) / 8 * 8;
}

/// Calls `f(words)` after the index was made anew with at most so many records held back.
template <class F>
ashlar::Result<void> made_in_portions(const FaultyFiles& files, std::uint64_t segment_bytes, std::size_t most, F&& f) {
  const auto log = files.open(first_segment, FileAccess::read).value();
  std::array<std::byte, 16> header{};
  ashlar::read_fully(files, log, 0, header).value();
  const auto id = ashlar::detail::load_le<std::uint64_t>(header.data() + 8);
  const auto lock = files.open("s/lock", FileAccess::create).value();
  ashlar::detail::Segments segments{files, "s/seg", id, segment_bytes, true};
  segments.use_lock(lock, "s/lock").value();
  ashlar::detail::SharedIndex index{files, "s/index", true};
  if (auto made = index.create(id); !made) return made;
  const ashlar::detail::SegmentReader reader{segments, index};
  ashlar::detail::IndexBuilder builder{index, reader, most};
  const auto put = [&](auto... record) { return f(builder, record...); };
  const auto report = ashlar::detail::rebuild_from_segments(segments, put);
  if (!report) return report.error();
  if (auto done = builder.finish(); !done) return done;
  index.finish(report->highest_sequence + 1, report->highest_segment + 1, *report);
  return {};
}

TEST_CASE("a damaged record that a hint names never brings back what it replaced") {
  // Every bit with ASHLAR_SOAK=5.
  const auto stride = static_cast<std::uint64_t>(std::max(1.0, 5 / ashlar_test::soak()));
  std::uint64_t flips = 0;
  std::uint64_t errors = 0;
  for (const bool erased : {false, true}) {
    const FaultyFiles files;
    std::uint64_t begin = 0;
    {
      auto store = SyncedStore::open("s", {}, files).value();
      store.put("the key", "an older value").value();
      for (int i = 0; i < 60; ++i) store.put("key" + std::to_string(i), std::string(100, 'x')).value();
      begin = end_of(files);
      if (erased) {
        CHECK(store.erase("the key").value());
      } else {
        store.put("the key", "the newest value").value();
      }
    }
    REQUIRE(files.find("s/seg/00000001.hnt").value());
    const std::uint64_t end = begin + 64 + 7 + (erased ? 0 : 16);
    // All records in one portion, and each in one of its own.
    for (const std::size_t most : {100'000U, 1U}) {
      for (std::uint64_t bit = begin * 8; bit < end * 8; bit += stride, ++flips) {
        const FaultyFiles disk = files.after_power_loss(1, 1);
        REQUIRE(disk.flip_bit(first_segment, bit));
        const auto put = [](auto& builder, auto... record) { return builder.add(record...); };
        made_in_portions(disk, 65536, most, put).value();
        const auto got = SyncedStore::open("s", {}, disk).value().get("the key");
        INFO("erased " << erased << " most " << most << " byte " << bit / 8 - begin << " bit " << bit % 8);
        if (got) {
          CHECK(*got == (erased ? std::optional<std::string>{} : "the newest value"));
        } else {
          CHECK(got.error().code() == ErrorCode::corrupt);
          ++errors;
        }
      }
    }
  }
  std::printf("hinted records: %llu bit flips, %llu errors\n", static_cast<unsigned long long>(flips),
              static_cast<unsigned long long>(errors));
  CHECK(errors > flips / 2);
}

TEST_CASE("an index made anew has no level for the few keys whose bucket of the largest one is full") {
  // On average 4.9 keys for a bucket of 8 words: more than 8 for some.
  constexpr std::size_t keys = 20'000;
  const FaultyFiles files;
  {
    auto store = LargeStore::open("s", {}, files).value();
    for (std::size_t i = 0; i < keys; ++i) store.put(std::to_string(i), std::to_string(i * i)).value();
    store.sync().value();
  }
  CHECK(files.find("s/index/2").value());  // one by one they came to need it
  const FaultyFiles disk = files.after_power_loss(1, 1);
  const auto store = LargeStore::open("s", {}, disk).value();
  CHECK(disk.find("s/index/1").value());
  CHECK_FALSE(disk.find("s/index/2").value());
  CHECK(store.size().value() == keys);
  for (std::size_t i = 0; i < keys; ++i) REQUIRE(store.get(std::to_string(i)).value() == std::to_string(i * i));
}

TEST_CASE("what cannot be put into the index ends its making at once") {
  const FaultyFiles files;
  {
    auto store = LargeStore::open("s", {}, files).value();
    for (int i = 0; i < 500; ++i) store.put("key" + std::to_string(i), "value").value();
    store.sync().value();
  }
  const FaultyFiles disk = files.after_power_loss(1, 1);
  int calls = 0;
  const auto put = [&](auto&, auto...) -> ashlar::Result<void> {
    ++calls;
    return ashlar::Error{ErrorCode::no_space, "there is no room"};
  };
  CHECK(made_in_portions(disk, 4194304, 10, put).error().code() == ErrorCode::no_space);
  CHECK(calls == 1);
}

TEST_CASE("an index of many keys whose making fails anywhere is an error, and made by the next") {
  // So many that a level of the index is made in one piece.
  constexpr std::size_t keys = 30'000;
  const FaultyFiles files;
  {
    auto store = LargeStore::open("s", {}, files).value();
    for (std::size_t i = 0; i < keys; ++i) store.put(std::to_string(i), "v").value();
    store.sync().value();
  }
  const FaultyFiles dry = files.after_power_loss(1, 1);
  const std::uint64_t before = dry.operations();
  CHECK(LargeStore::open("s", {}, dry).value().size().value() == keys);
  const std::uint64_t operations = dry.operations() - before;
  int failures = 0;
  const auto check = [&](Faults faults) {
    const FaultyFiles disk = files.after_power_loss(1, 1, std::move(faults));
    const auto troubled = LargeStore::open("s", {}, disk);
    failures += troubled ? 0 : 1;
    if (troubled) CHECK(troubled->size().value() == keys);
    const auto store = LargeStore::open("s", {}, disk.after_kill()).value();
    CHECK(store.size().value() == keys);
    for (std::size_t i = 0; i < keys; i += 997) CHECK(store.get(std::to_string(i)).value() == "v");
  };
  for (std::uint64_t at = 0; at < operations; at += std::max<std::uint64_t>(1, operations / 10)) {
    check({.fail = [seen = std::uint64_t{0}, at](const FileCall&) mutable {
      return seen++ == at ? std::optional{ErrorCode::io} : std::nullopt;
    }});
  }
  CHECK(failures > 5);
  const int failed_calls = failures;
  for (std::uint64_t capacity = 2'500'000; capacity < 6'000'000; capacity += 500'000) check({.capacity = capacity});
  CHECK(failures > failed_calls + 2);
  std::printf("an index of %zu keys: %llu calls, %d failures\n", keys, static_cast<unsigned long long>(operations),
              failures);
}

}  // namespace
