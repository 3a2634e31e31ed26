// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/segment_log.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/soak.hpp>
#include <support/temp_directory.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;
using ashlar::FileAccess;
using ashlar::FileCall;
using ashlar::FileCallKind;
using Small = ashlar::SegmentLogOf<65536>;
using Store = ashlar::ShardedStore<std::string, std::string, Small, FaultyFiles>;
using SyncedStore = ashlar::ShardedStore<std::string, std::string, Small, FaultyFiles, ashlar::SyncEachCommit>;

std::vector<std::byte> bytes_of(const FaultyFiles& files, const std::string& path) {
  return ashlar::read_whole(files, files.open(path, FileAccess::read).value()).value();
}
void overwrite(const FaultyFiles& files, const std::string& path, const std::vector<std::byte>& content) {
  const auto file = files.open(path, FileAccess::create).value();
  files.resize(file, 0).value();
  ashlar::write_fully(files, file, 0, content).value();
}
/// The disk as after a reboot that lost nothing: the index is made anew.
FaultyFiles rebooted(const FaultyFiles& files) { return files.after_power_loss(1, 1); }

TEST_CASE("records of several segments are found, live and after a reboot") {
  const FaultyFiles files;
  std::map<std::string, std::string> expected;
  {
    auto store = Store::open("s", {}, files).value();
    for (int i = 0; i < 300; ++i) {
      const std::string key = "key" + std::to_string(i % 120);
      expected[key] = std::string(static_cast<std::size_t>(i * 17 % 3000), static_cast<char>('a' + i % 26));
      store.put(key, expected[key]).value();
    }
    store.sync().value();
  }
  CHECK(files.list("s/seg").value().size() > 3);
  for (const FaultyFiles& disk : {files.after_kill(), rebooted(files)}) {
    auto store = Store::open("s", {}, disk).value();
    for (const auto& [key, value] : expected) CHECK(store.get(key).value() == value);
    CHECK(store.size().value() == expected.size());
  }
}

TEST_CASE("an index that is made in portions is the one that is made at once") {
  const FaultyFiles files;
  std::map<std::string, std::string> expected;
  {
    auto store = Store::open("s", {}, files).value();
    for (int i = 0; i < 3000; ++i) {
      const std::string key = "key" + std::to_string(i * 7919 % 1100);
      expected[key] = std::to_string(i);
      store.put(key, expected[key]).value();
    }
  }
  const auto id = ashlar::detail::load_le<std::uint64_t>(bytes_of(files, "s/seg/00000001.log").data() + 8);
  const auto lock = files.open("s/lock", FileAccess::create).value();
  for (const std::size_t most : {1U, 700U, 2999U, 100'000U}) {
    ashlar::detail::Segments segments{files, "s/seg", id, 65536, true};
    segments.use_lock(lock, "s/lock").value();
    ashlar::detail::SharedIndex index{files, "s/index", true};
    index.create(id).value();
    const ashlar::detail::SegmentReader reader{segments, index};
    ashlar::detail::IndexBuilder builder{index, reader, most};
    const auto put = [&](auto... record) { return builder.add(record...); };
    const auto report = ashlar::detail::rebuild_from_segments(segments, put).value();
    builder.finish().value();
    CHECK(report.records == 3000);
    std::size_t words = 0;
    const auto count = [&](auto...) -> ashlar::Result<void> {
      ++words;
      return {};
    };
    index.for_each(count).value();
    CHECK(words == expected.size());
    index.finish(report.highest_sequence + 1, report.highest_segment + 1, report);
    const auto store = Store::open("s", {}, files).value();
    for (const auto& [key, value] : expected) REQUIRE(store.get(key).value() == value);
  }
}

TEST_CASE("a value larger than a segment gets a segment of its own") {
  const FaultyFiles files;
  auto store = Store::open("s", {}, files).value();
  store.put("small", "1").value();
  store.put("large", std::string(200'000, 'x')).value();
  store.put("after", "2").value();
  CHECK(store.get("large").value() == std::string(200'000, 'x'));
  store.sync().value();
  auto again = Store::open("s", {}, rebooted(files)).value();
  CHECK(again.get("large").value() == std::string(200'000, 'x'));
  CHECK(again.get("after").value() == "2");
}

TEST_CASE("keys longer than 65535 bytes are refused") {
  auto store = Store::open("s", {}, FaultyFiles{}).value();
  CHECK(store.put(std::string(65536, 'k'), "x").error().code() == ErrorCode::invalid_argument);
  store.put(std::string(65535, 'k'), "x").value();
  CHECK(store.get(std::string(65535, 'k')).value() == "x");
}

TEST_CASE("an erased key stays erased after a reboot") {
  const FaultyFiles files;
  auto store = Store::open("s", {}, files).value();
  store.put("a", "1").value();
  CHECK(store.erase("a").value());
  store.sync().value();
  auto again = Store::open("s", {}, rebooted(files)).value();
  CHECK(!again.get("a").value());
  CHECK(again.size().value() == 0);
}

TEST_CASE("a writer goes on in the segment of one that is gone, and leaves that of a living one alone") {
  const FaultyFiles files;
  auto first = std::make_unique<Store>(Store::open("s", {}, files).value());
  first->put("a", "1").value();
  auto second = Store::open("s", {}, files).value();
  second.put("b", "2").value();
  CHECK(files.list("s/seg").value().size() == 2);
  first.reset();
  auto third = Store::open("s", {}, files).value();
  third.put("c", "3").value();
  CHECK(files.list("s/seg").value().size() == 2);
  for (const char* key : {"a", "b", "c"}) CHECK(third.contains(key).value());
}

TEST_CASE("a bit flip anywhere in a small store gives the right value or an error for that key, or is counted") {
  const FaultyFiles files;
  std::map<std::string, std::optional<std::string>> expected;
  {
    auto store = SyncedStore::open("s", {}, files).value();
    const auto put = [&](const std::string& key, const std::string& value) {
      store.put(key, value).value();
      expected[key] = value;
    };
    put("a", "an older value");
    put("b", "second");
    put("a", "first");
    CHECK(store.insert_if_absent("c", "third").value());
    CHECK(store.erase("b").value());
    const std::vector<std::string> pair{"d", "e"};
    CHECK(store
              .transact(pair,
                        [](auto& values) {
                          values[0] = "fourth";
                          values[1] = "fifth";
                          return true;
                        })
              .value());
    put("f", "sixth");
    expected.insert({{"b", std::nullopt}, {"c", "third"}, {"d", "fourth"}, {"e", "fifth"}, {"none", std::nullopt}});
    expected["b"] = std::nullopt;
  }
  struct Place {
    std::string path;
    std::uint64_t byte;
  };
  std::vector<Place> places;
  const auto add = [&](const std::string& path, auto&& wanted) {
    const std::vector<std::byte> content = bytes_of(files, path);
    for (std::uint64_t at = 0; at < content.size(); ++at) {
      if (wanted(content, at)) places.push_back({path, at});
    }
  };
  std::uint64_t end = 0;
  add("s/seg/00000001.log", [&](const auto& content, std::uint64_t at) {
    if (end == 0) {
      end = content.size();
      while (content[static_cast<std::size_t>(end - 1)] == std::byte{0}) --end;
    }
    return at < end + 64;
  });
  add("s/metadata.json", [](const auto&, std::uint64_t) { return true; });
  const std::uint64_t on_disk = places.size();
  add("s/index/head", [](const auto&, std::uint64_t at) { return at < 128; });
  // Every word that is set, and some that are not.
  add("s/index/0", [](const auto& content, std::uint64_t at) {
    const auto word = content.begin() + static_cast<std::ptrdiff_t>(at / 8 * 8);
    return at % 641 == 0 || std::any_of(word, word + 8, [](std::byte byte) { return byte != std::byte{0}; });
  });
  // Every bit with ASHLAR_SOAK=7.
  const auto stride = static_cast<std::uint64_t>(std::max(1.0, 7 / ashlar_test::soak()));
  struct {
    std::uint64_t flips, right, errors, counted, silent, wrong, mended;
  } seen{};
  for (const bool reboot : {false, true}) {
    for (std::uint64_t i = 0; i < (reboot ? on_disk : places.size()); ++i) {
      for (std::uint64_t bit = 0; bit < 8; ++bit) {
        if ((i * 8 + bit) % stride != 0) continue;
        ++seen.flips;
        const FaultyFiles disk = reboot ? rebooted(files) : files.after_kill();
        REQUIRE(disk.flip_bit(places[i].path, places[i].byte * 8 + bit));
        auto store = SyncedStore::open("s", {}, disk);
        if (!store) {
          ++seen.errors;
          continue;
        }
        const auto told = store->stats();
        if (reboot) seen.mended += told.mended;
        for (const auto& [key, value] : expected) {
          const auto got = store->get(key);
          if (!got) {
            ++seen.errors;
          } else if (*got == value) {
            ++seen.right;
          } else if (told.torn + told.corrupt != 0) {
            ++seen.counted;
          } else {
            INFO(places[i].path << " byte " << places[i].byte << " bit " << bit << " reboot " << reboot << " key "
                                << key);
            CHECK(*got == value);
            ++seen.silent;
          }
          if (got && *got && **got != value.value_or("second") && **got != "an older value") ++seen.wrong;
        }
        store->put("a", "new").value();
        CHECK(store->get("a").value() == "new");
      }
    }
  }
  std::printf(
      "SegmentLog: %llu bit flips: %llu right values (%llu flips put right), %llu errors, %llu lost and counted, %llu "
      "without a word\n",
      static_cast<unsigned long long>(seen.flips), static_cast<unsigned long long>(seen.right),
      static_cast<unsigned long long>(seen.mended), static_cast<unsigned long long>(seen.errors),
      static_cast<unsigned long long>(seen.counted), static_cast<unsigned long long>(seen.silent));
  CHECK(seen.silent == 0);
  CHECK(seen.wrong == 0);
  CHECK(seen.errors > 100);
  CHECK(seen.mended > 100);
}

TEST_CASE("segments and indexes of any content are read without harm") {
  const FaultyFiles files;
  std::map<std::string, std::string> expected;
  {
    auto store = SyncedStore::open("s", {}, files).value();
    for (int i = 0; i < 12; ++i) {
      expected["k" + std::to_string(i)] = std::string(static_cast<std::size_t>(i * 9), 'v');
      store.put("k" + std::to_string(i), expected["k" + std::to_string(i)]).value();
    }
    (void)store.erase("k3");
    expected.erase("k3");
    const std::vector<std::string> pair{"k4", "k5"};
    CHECK(store
              .transact(pair,
                        [](auto& values) {
                          std::swap(values[0], values[1]);
                          return true;
                        })
              .value());
    std::swap(expected["k4"], expected["k5"]);
  }
  std::vector<std::byte> good = bytes_of(files, "s/seg/00000001.log");
  good.resize(3000);
  ashlar::detail::SimRandom random{11};
  const int rounds = static_cast<int>(1500 * ashlar_test::soak());  // 10,500 with ASHLAR_SOAK=7
  std::uint64_t wrong = 0;
  for (int i = 0; i < rounds; ++i) {
    std::vector<std::byte> bad = good;
    for (std::uint64_t count = 1 + random.below(6); count > 0; --count) {
      const auto at = static_cast<std::size_t>(random.below(bad.size()));
      switch (random.below(5)) {
        case 0: bad.resize(at + 1); break;
        case 1:
          bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::byte>(random.below(256)));
          break;
        default: bad[at] = static_cast<std::byte>(random.below(256));
      }
    }
    const FaultyFiles disk = rebooted(files);
    overwrite(disk, "s/seg/00000001.log", bad);
    auto store = Store::open("s", {}, disk);
    if (!store) continue;
    for (const auto& [key, value] : expected) {
      const auto got = store->get(key);
      // Older values of the swapped keys may come back when the record of the swap is damaged.
      if (got && *got && **got != value && key != "k4" && key != "k5") ++wrong;
    }
    (void)store->put("new", "value");
    (void)store->size();
  }
  CHECK(wrong == 0);
}

using RealStore = ashlar::ShardedStore<std::string, std::string, Small>;

/// Uses every way into the store. Counts what was read wrongly or twice; errors are no harm.
int harm_of(RealStore& store, const std::map<std::string, std::string>& expected) {
  int harm = 0;
  const auto look = [&] {
    std::map<std::string, int> seen;
    for (const auto& [key, value] : expected) {
      const auto got = store.get(key);
      if (got && *got && **got != value) ++harm;
    }
    (void)store.for_each([&](const std::string& key, const std::string& value) {
      const auto known = expected.find(key);
      if (known == expected.end() || known->second != value || ++seen[key] > 1) ++harm;
    });
    (void)store.size();
  };
  look();
  for (const auto& [key, value] : expected) {
    const auto put = store.insert_if_absent(key, value);
    const auto got = store.get(key);
    if (put && (!got || !*got)) ++harm;
    if (got && *got && **got != value) ++harm;
  }
  look();
  return harm;
}

TEST_CASE("a segment file that was cut off or has a damaged byte kills nobody and gives no wrong value") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  const std::filesystem::path log = root / "seg" / "00000001.log";
  std::map<std::string, std::string> expected;
  {
    RealStore store{root};
    for (int i = 0; i < 20; ++i) {
      const std::string key = "k" + std::to_string(10 + i);
      expected[key] = std::string(static_cast<std::size_t>(i * 7 % 90), static_cast<char>('a' + i % 26));
      if (i % 2 == 0) {
        store.put(key, expected[key]).value();
      } else {
        CHECK(store.insert_if_absent(key, expected[key]).value());
      }
    }
  }
  const auto content_of = [&] {
    std::ifstream file{log, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  };
  const std::string good = content_of();
  REQUIRE(good.size() > 1500);
  // In a copy of the store, whose index still names what is gone.
  const auto harm_with = [&](const std::string& bytes, bool without_index) {
    const std::filesystem::path copy = directory.path() / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(root, copy, std::filesystem::copy_options::recursive);
    std::ofstream{copy / "seg" / "00000001.log", std::ios::binary | std::ios::trunc} << bytes;
    if (without_index) std::filesystem::remove(copy / "index" / "head");
    int harm = 0;
    for (int opened = 0; opened < 2; ++opened) {
      auto store = RealStore::open(copy);
      if (!store) return harm;
      harm += harm_of(*store, expected);
    }
    return harm;
  };
  CHECK(harm_with(good, false) == 0);
  for (const bool without_index : {false, true}) {
    for (std::size_t size = 0; size < good.size(); size += without_index ? 211 : 97) {
      INFO("cut off at " << size);
      CHECK(harm_with(good.substr(0, size), without_index) == 0);
    }
    for (std::size_t at = 0; at < 64 + 2 * 80; at += without_index ? 7 : 1) {
      INFO("damaged at " << at);
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 0x55);
      CHECK(harm_with(bad, without_index) == 0);
    }
  }
}

TEST_CASE("a record that ends behind the end of its file is corrupt, not a signal") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  {
    RealStore store{root};
    for (int i = 0; i < 300; ++i) store.put("key" + std::to_string(i), std::string(40, 'v')).value();
  }
  std::filesystem::resize_file(root / "seg" / "00000001.log", 5000);
  RealStore store{root};
  CHECK(store.get("key0").value() == std::string(40, 'v'));
  CHECK(store.get("key299").error().code() == ErrorCode::corrupt);
  CHECK(store.insert_if_absent("key299", "again").value());
  CHECK(store.get("key299").value() == "again");
}

TEST_CASE("what one store appends to a segment that another has mapped is read there at once") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  RealStore writer{root};
  writer.put("first", "1").value();
  RealStore reader{root, {.mode = ashlar::OpenMode::read_only}};
  CHECK(reader.get("first").value() == "1");
  for (int i = 0; i < 400; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::string value(static_cast<std::size_t>(i * 37 % 9000), 'x');
    writer.put(key, value).value();
    REQUIRE(reader.get(key).value() == value);
  }
  writer.put("large", std::string(300'000, 'y')).value();
  CHECK(reader.get("large").value() == std::string(300'000, 'y'));
}

TEST_CASE("a sync that failed is never tried again on the same file: what it may have lost is written to another one") {
  int failing = 0;
  const FaultyFiles files{Faults{.fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
    if (call.kind != FileCallKind::sync || failing == 0) return {};
    --failing;
    return ErrorCode::io;
  }}};
  auto store = SyncedStore::open("s", {}, files).value();
  store.put("a", "1").value();
  failing = 1;
  store.put("b", "2").value();
  CHECK(files.list("s/seg").value().size() == 2);
  store.put("c", "3").value();
  failing = 1;
  CHECK(store.insert_if_absent("d", "4").value());
  failing = 1;
  const std::vector<std::string> pair{"e", "f"};
  const auto both = [](auto& values) {
    values = {"5", "6"};
    return true;
  };
  CHECK(store.transact(pair, both).value());
  for (const std::uint64_t seed : {3U, 4U, 5U}) {
    auto after = SyncedStore::open("s", {}, files.after_power_loss(seed, 0)).value();
    int number = 0;
    for (const char* key : {"a", "b", "c", "d", "e", "f"}) CHECK(after.get(key).value() == std::to_string(++number));
  }
  failing = 1000;
  CHECK(store.put("g", "7").error().code() == ErrorCode::io);
  failing = 0;
  store.put("h", "8").value();
  auto after = SyncedStore::open("s", {}, files.after_power_loss(7, 0)).value();
  CHECK(after.get("f").value() == "6");
  CHECK(after.get("h").value() == "8");
}

TEST_CASE("a full disk refuses writes, keeps what is there, and takes writes again when there is room") {
  const FaultyFiles files{Faults{.capacity = 550'000}};
  files.resize(files.open("other", FileAccess::create_new).value(), 300'000).value();
  auto store = Store::open("s", {}, files).value();
  store.put("kept", "value").value();
  ashlar::Result<void> last;
  int stored = 0;
  for (; last && stored < 100; ++stored) last = store.put("big" + std::to_string(stored), std::string(10'000, 'x'));
  REQUIRE(!last);
  CHECK(last.error().code() == ErrorCode::no_space);
  CHECK(store.get("kept").value() == "value");
  CHECK(store.get("big0").value() == std::string(10'000, 'x'));
  store.put("small", "fits").value();
  CHECK(store.get("small").value() == "fits");
  // Until the room that was taken ahead is used up too.
  last = {};
  for (int i = 0; last && i < 10'000; ++i) last = store.put("small", "again");
  REQUIRE(!last);
  files.remove("s/reserve").value();
  files.resize(files.open("other", FileAccess::read_write).value(), 300'000 + 65536 / 16).value();
  CHECK(store.erase("kept").error().code() == ErrorCode::no_space);
  CHECK(store.get("kept").value() == "value");
  const auto compacted = store.compact();
  if (!compacted) CHECK(compacted.error().code() == ErrorCode::no_space);
  CHECK(store.get("kept").value() == "value");
  CHECK(store.get("big0").value() == std::string(10'000, 'x'));
  CHECK(store.get("small").value() == "again");
  files.remove("other").value();
  store.put("fresh", std::string(10'000, 'y')).value();
  CHECK(store.get("fresh").value() == std::string(10'000, 'y'));
  CHECK(store.erase("kept").value());
  CHECK(store.compact());
  CHECK_FALSE(store.contains("kept").value());
  CHECK(store.get("big0").value() == std::string(10'000, 'x'));
}

TEST_CASE("where the room of a file is not kept, records are appended by calls") {
  const auto calls_of = [](bool copy_on_write) {
    int calls = 0;
    bool counts = false;
    const auto count = [&](const FileCall& call) -> std::optional<ErrorCode> {
      calls += counts && call.kind == FileCallKind::write ? 1 : 0;
      return std::nullopt;
    };
    // A call moves fewer bytes than asked and is followed by another one; a store to memory is whole.
    const FaultyFiles files{Faults{.short_io = 0.9, .copy_on_write = copy_on_write, .fail = count}};
    auto store = Store::open("s", {}, files).value();
    store.put("first", "value").value();
    counts = true;
    for (int i = 0; i < 100; ++i) store.put("key" + std::to_string(i), "value").value();
    counts = false;
    for (int i = 0; i < 100; ++i) CHECK(store.get("key" + std::to_string(i)).value() == "value");
    return calls;
  };
  CHECK(calls_of(false) == 100);
  CHECK(calls_of(true) > 150);
}

TEST_CASE("where pages could not be brought ahead of the records, these are appended by calls") {
  constexpr int none = -1;
  /// The calls of each put, the first call of one of them failing.
  const auto calls_of = [](int troubled) {
    std::vector<int> calls;
    bool fails = false;
    const FaultyFiles files{Faults{.short_io = 0.9, .fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
                                     if (call.kind != FileCallKind::write || calls.empty()) return std::nullopt;
                                     ++calls.back();
                                     return std::exchange(fails, false) ? std::optional{ErrorCode::no_space}
                                                                        : std::nullopt;
                                   }}};
    auto store = Store::open("s", {}, files).value();
    for (int i = 0; i < 300; ++i) {
      calls.push_back(0);
      fails = i == troubled;
      store.put("key" + std::to_string(i), "value").value();
    }
    for (int i = 0; i < 300; ++i) CHECK(store.get("key" + std::to_string(i)).value() == "value");
    return calls;
  };
  const std::vector<int> usual = calls_of(none);
  const auto more = std::find_if(usual.begin() + 1, usual.end(), [](int calls) { return calls > 1; });
  REQUIRE(more < usual.end() - 20);
  const std::vector<int> by_calls = calls_of(static_cast<int>(more - usual.begin()));
  CHECK(std::count_if(by_calls.begin(), by_calls.end(), [](int calls) { return calls > 1; }) > 12);
}

TEST_CASE("a compaction gives room back and loses nothing, live and after a reboot") {
  const FaultyFiles files;
  std::map<std::string, std::string> expected;
  for (int round = 0; round < 4; ++round) {
    auto writer = SyncedStore::open("s", {}, files).value();
    for (int i = 0; i < 60; ++i) {
      const std::string key = "key" + std::to_string(i);
      expected[key] = std::string(static_cast<std::size_t>(1500 + i + round), static_cast<char>('a' + round));
      if (i % 3 == 0) {
        writer.put(key, expected[key]).value();
      } else {
        writer.update(key, [&](const std::optional<std::string>&) { return expected[key]; }).value();
      }
    }
    CHECK(writer.erase("key7").value());
    expected.erase("key7");
  }
  const std::size_t before = files.list("s/seg").value().size();
  auto store = SyncedStore::open("s", {}, files).value();
  const auto reader = SyncedStore::open("s", {.mode = ashlar::OpenMode::read_only}, files).value();
  CHECK(reader.get("key1").value() == expected["key1"]);
  const ashlar::CompactionReport report = store.compact().value();
  CHECK(report.segments_removed > 2);
  CHECK(files.list("s/seg").value().size() < before);
  for (const FaultyFiles& disk : {files.after_kill(), files.after_power_loss(5, 0)}) {
    auto after = SyncedStore::open("s", {}, disk).value();
    for (const auto& [key, value] : expected) CHECK(after.get(key).value() == value);
    CHECK(after.size().value() == expected.size());
    CHECK(!after.contains("key7").value());
  }
  for (const auto& [key, value] : expected) CHECK(reader.get(key).value() == value);
  CHECK(store.compact().value().segments_removed <= 1);
}

TEST_CASE("a compaction gives back the room of expired values, which stay gone, live and after a reboot") {
  using Timed = ashlar::ShardedStore<std::string, std::string, Small, FaultyFiles, ashlar::ManualClock>;
  const FaultyFiles files;
  ashlar::ManualClock clock{std::chrono::hours{1}};
  auto store = Timed::open("s", {}, files, clock).value();
  const auto room = [&] {
    std::uint64_t bytes = 0;
    const auto entries = files.list("s/seg").value();
    for (const auto& entry : entries) {
      bytes += files.size(files.open("s/seg/" + entry.name, FileAccess::read).value()).value();
    }
    return bytes;
  };
  for (int i = 0; i < 200; ++i)
    store.put("brief" + std::to_string(i), std::string(3000, 'b'), std::chrono::minutes{1}).value();
  store.put("long", "value").value();
  clock.advance(std::chrono::minutes{2});
  CHECK(room() > 600'000);
  CHECK(store.compact().value().segments_removed > 7);
  CHECK(room() < 150'000);
  CHECK(store.insert_if_absent("brief7", "new").value());
  store.sync().value();
  for (const bool reboot : {false, true}) {
    const auto again = Timed::open("s", {}, reboot ? rebooted(files) : files.after_kill(), clock).value();
    CHECK(again.get("long").value() == "value");
    CHECK(again.get("brief7").value() == "new");
    CHECK_FALSE(again.get("brief8").value());
    CHECK(again.size().value() < 40);
  }
}

TEST_CASE("a compaction that is cut short at any call has lost nothing") {
  std::uint64_t stops = 0;
  const FaultyFiles files;
  std::map<std::string, std::string> expected;
  for (int round = 0; round < 3; ++round) {
    auto writer = SyncedStore::open("s", {}, files).value();
    for (int i = 0; i < 20; ++i) {
      expected["key" + std::to_string(i)] = std::string(4000, static_cast<char>('a' + round));
      writer.put("key" + std::to_string(i), expected["key" + std::to_string(i)]).value();
    }
  }
  for (std::uint64_t at = 0;; ++at) {
    const FaultyFiles run = files.after_kill(Faults{.seed = at, .crash_at = at});
    auto store = SyncedStore::open("s", {}, run);
    const bool done = store && store->compact().has_value();
    for (const FaultyFiles& disk : {run.after_kill(), run.after_power_loss(at, 0), run.after_power_loss(at, 0.5)}) {
      auto after = SyncedStore::open("s", {}, disk);
      REQUIRE(after);
      for (const auto& [key, value] : expected) REQUIRE(after->get(key).value() == value);
      ++stops;
    }
    if (done) break;
  }
  std::printf("SegmentLog, compaction: %llu crash points, nothing lost\n", static_cast<unsigned long long>(stops));
  CHECK(stops > 60);
}

TEST_CASE("a compaction loses no key whose word in the index has a wrong bit") {
  const FaultyFiles files;
  {
    auto store = Store::open("s", {}, files).value();
    store.put("keep", "value").value();
    const std::vector<std::byte> words = bytes_of(files, "s/index/0");
    std::uint64_t at = 0;
    while (ashlar::detail::load_le<std::uint64_t>(words.data() + at) == 0) at += 8;
    for (int i = 0; i < 100; ++i) store.put("often", std::string(3000, 'x')).value();
    REQUIRE(files.flip_bit("s/index/0", at * 8 + 33));  // names a record of segment 3 instead of 1
    CHECK(store.compact());
  }
  CHECK(Store::open("s", {}, rebooted(files)).value().get("keep").value() == "value");
}

TEST_CASE("options that SegmentLog has no use for are refused") {
  CHECK(Store::open("s", {.directories = {"disk"}}, FaultyFiles{}).error().code() == ErrorCode::invalid_argument);
}

TEST_CASE("an undecided write of a dead process is as if it had not begun") {
  const FaultyFiles files{Faults{.write_back = 0}};
  auto store = SyncedStore::open("s", {}, files).value();
  store.put("a", "old").value();
  bool stopped = false;
  // The machine stops at the sync of the conditional write: its record and decision may be there in part.
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const FaultyFiles run =
        files.after_kill(Faults{.seed = seed, .fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
                                  stopped = stopped || call.kind == FileCallKind::sync;
                                  return stopped ? std::optional{ErrorCode::io} : std::nullopt;
                                }});
    stopped = false;
    auto writer = SyncedStore::open("s", {}, run);
    if (writer) (void)writer->compare_and_swap("a", "old", "new");
    auto after = SyncedStore::open("s", {}, run.after_power_loss(seed, 0.5)).value();
    const auto value = after.get("a").value();
    CHECK((value == "old" || value == "new"));
  }
}

}  // namespace
