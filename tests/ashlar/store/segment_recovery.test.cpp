// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/detail/little_endian.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/temp_directory.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Hints, segments that are written again, and what is found out about files that others changed.

namespace {

using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;
using ashlar::FileAccess;
using ashlar::OpenMode;
using Small = ashlar::SegmentLogOf<65536>;
using Store = ashlar::ShardedStore<std::string, std::string, Small, FaultyFiles>;
using SyncedStore = ashlar::ShardedStore<std::string, std::string, Small, FaultyFiles, ashlar::SyncEachCommit>;
using RealStore = ashlar::ShardedStore<std::string, std::string, Small>;
using RealSyncedStore = ashlar::ShardedStore<std::string, std::string, Small, ashlar::SyncEachCommit>;
using Model = std::map<std::string, std::string>;

std::vector<std::string> names(const FaultyFiles& files, std::string_view suffix) {
  std::vector<std::string> found;
  const auto entries = files.list("s/seg").value();
  for (const auto& entry : entries) {
    if (entry.name.ends_with(suffix)) found.push_back(entry.name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::byte> bytes_of(const FaultyFiles& files, const std::string& path) {
  return ashlar::read_whole(files, files.open(path, FileAccess::read).value()).value();
}

std::string text(int number, std::size_t size) { return std::string(size, static_cast<char>('a' + number % 26)); }

template <class S>
void fill(S& store, Model& model, int from, int to, std::size_t size) {
  for (int i = from; i < to; ++i) {
    const std::string key = "key" + std::to_string(i % 40);
    model[key] = text(i, size + static_cast<std::size_t>(i % 7));
    store.put(key, model[key]).value();
  }
}

template <class S>
bool holds(const S& store, const Model& model) {
  for (const auto& [key, value] : model) {
    const auto got = store.get(key);
    if (!got || *got != value) return false;
  }
  return store.size().value() == model.size();
}

TEST_CASE("a store that was closed leaves hints, and the index made from them equals that made from the records") {
  const FaultyFiles files;
  Model model;
  {
    auto store = SyncedStore::open("s", {}, files).value();
    fill(store, model, 0, 120, 1500);
    CHECK(store.erase("key5").value());
    model.erase("key5");
    CHECK(store.insert_if_absent("fresh", "x").value());
    CHECK(!store.insert_if_absent("fresh", "y").value());
    model["fresh"] = "x";
  }
  const auto hints = names(files, ".hnt");
  CHECK(hints.size() == names(files, ".log").size());
  for (const double kept : {0.0, 0.5, 1.0}) {
    const FaultyFiles disk = files.after_power_loss(3, kept);
    CHECK(holds(SyncedStore::open("s", {}, disk).value(), model));
  }
  const FaultyFiles bare = files.after_power_loss(4, 1);
  for (const std::string& name : hints) bare.remove("s/seg/" + name).value();
  CHECK(holds(SyncedStore::open("s", {}, bare).value(), model));
}

TEST_CASE("a hint that is damaged, cut off or of another segment is not believed") {
  const FaultyFiles files;
  Model model;
  {
    auto store = SyncedStore::open("s", {}, files).value();
    fill(store, model, 0, 30, 900);
  }
  const std::string hint = "s/seg/00000001.hnt";
  const auto content = ashlar::read_whole(files, files.open(hint, FileAccess::read).value()).value();
  REQUIRE(content.size() == 64 + 30 * 24);
  for (std::uint64_t bit = 0; bit < content.size() * 8; bit += bit < 512 ? 1 : 17) {
    const FaultyFiles disk = files.after_power_loss(1, 1);
    REQUIRE(disk.flip_bit(hint, bit));
    CHECK(holds(SyncedStore::open("s", {}, disk).value(), model));
  }
  for (std::size_t size = 0; size < content.size(); size += 29) {
    const FaultyFiles disk = files.after_power_loss(1, 1);
    disk.resize(disk.open(hint, FileAccess::read_write).value(), size).value();
    CHECK(holds(SyncedStore::open("s", {}, disk).value(), model));
  }
}

TEST_CASE("a hint of records that nobody synced counts until the next reboot only") {
  const FaultyFiles files{Faults{.write_back = 0}};
  Model model;
  {
    auto store = Store::open("s", {}, files).value();
    fill(store, model, 0, 60, 1200);
  }
  CHECK(!names(files, ".hnt").empty());
  {
    const FaultyFiles disk = files.after_kill();
    disk.remove("s/index/head").value();
    CHECK(holds(Store::open("s", {}, disk).value(), model));
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto store = Store::open("s", {}, files.after_power_loss(seed, 0.7)).value();
    for (const auto& [key, value] : model) {
      const auto got = store.get(key).value();  // an older value or none, but no damage: every record was looked at
      if (got) CHECK(got->find_first_not_of(got->front()) == std::string::npos);
    }
  }
}

/// A disk that does not tell runs of the system apart.
struct WithoutBoots : FaultyFiles {
  using FaultyFiles::FaultyFiles;
  explicit WithoutBoots(FaultyFiles files) : FaultyFiles{std::move(files)} {}
  std::uint64_t boot() const { return 0; }
};

TEST_CASE("where runs of the system are not told apart, only hints of records that were synced are written") {
  using Unsynced = ashlar::ShardedStore<std::string, std::string, Small, WithoutBoots>;
  using Synced = ashlar::ShardedStore<std::string, std::string, Small, WithoutBoots, ashlar::SyncEachCommit>;
  for (const bool synced : {false, true}) {
    const WithoutBoots files{Faults{.write_back = 0}};
    Model model;
    if (synced) {
      auto store = Synced::open("s", {}, files).value();
      fill(store, model, 0, 60, 1200);
    } else {
      auto store = Unsynced::open("s", {}, files).value();
      fill(store, model, 0, 60, 1200);
    }
    CHECK(names(files, ".hnt").empty() != synced);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto store = Unsynced::open("s", {}, WithoutBoots{files.after_power_loss(seed, 0.7)}).value();
      for (const auto& [key, value] : model) CHECK(store.get(key));  // the value, an older one or none, but no damage
    }
  }
}

TEST_CASE("records that are hinted and damaged are reported as such, not missing") {
  const FaultyFiles files;
  Model model;
  {
    auto store = SyncedStore::open("s", {}, files).value();
    fill(store, model, 0, 10, 700);
  }
  const FaultyFiles disk = files.after_power_loss(1, 1);
  REQUIRE(disk.flip_bit("s/seg/00000001.log", (64 + 16) * 8));  // the hash in the first record
  auto store = SyncedStore::open("s", {}, disk).value();
  CHECK(store.get("key0").error().code() == ErrorCode::corrupt);
  CHECK(store.get("key1").value() == model["key1"]);
}

/// Three records of 80 bytes, on the device.
FaultyFiles with_three_records() {
  const FaultyFiles files;
  auto store = Store::open("s", {}, files).value();
  for (const char* key : {"a", "b", "c"}) store.put(key, "value").value();
  store.sync().value();
  return files.after_power_loss(1, 1);
}
constexpr std::uint64_t second_record = 64 + 80;

TEST_CASE("a wrong bit in a record's header or key is put right for good when the index is made anew") {
  for (const std::uint64_t bit : {70U, 28U * 8, 64U * 8 + 1}) {
    const FaultyFiles disk = with_three_records();
    const std::vector<std::byte> good = bytes_of(disk, "s/seg/00000001.log");
    REQUIRE(disk.flip_bit("s/seg/00000001.log", second_record * 8 + bit));
    auto store = Store::open("s", {}, disk).value();
    CHECK(store.get("b").value() == "value");
    CHECK(store.stats().mended == 1);
    CHECK(store.stats().corrupt == 0);
    CHECK(bytes_of(disk, "s/seg/00000001.log") == good);
  }
}

TEST_CASE("a record whose header cannot be put right is counted when the index is made anew, for everybody") {
  const FaultyFiles disk = with_three_records();
  REQUIRE(disk.flip_bit("s/seg/00000001.log", second_record * 8 + 70));
  REQUIRE(disk.flip_bit("s/seg/00000001.log", second_record * 8 + 71));
  const auto first = Store::open("s", {}, disk).value();
  const auto second = Store::open("s", {.mode = OpenMode::read_only}, disk).value();
  for (const Store* store : {&first, &second}) {
    CHECK(store->get("a").value() == "value");
    CHECK(store->stats().corrupt == 1);
    const auto report = store->for_each([](const auto&, const auto&) {}).value();
    CHECK(report.entries == 2);
    REQUIRE(report.corrupt.size() == 1);
    CHECK(report.corrupt[0].where == "s/seg");
  }
}

TEST_CASE("a value that nothing says the device had counts as not written, and is counted") {
  const FaultyFiles disk = with_three_records();
  REQUIRE(disk.flip_bit("s/seg/00000001.log", (second_record + 64 + 1 + 8) * 8));
  const auto store = Store::open("s", {}, disk).value();
  CHECK_FALSE(store.get("b").value());
  CHECK(store.stats().torn == 1);
  CHECK(store.stats().corrupt == 0);
}

/// Where the last record of a segment begins.
std::uint64_t last_record(const FaultyFiles& files, const std::string& path) {
  const auto bytes = bytes_of(files, path);
  std::uint64_t last = 0;
  ashlar::detail::scan_segment(bytes.data(), bytes.size(), ashlar::detail::load_le<std::uint64_t>(bytes.data() + 16),
                               [&](std::uint64_t offset, const auto&) { last = offset; });
  return last;
}

TEST_CASE("a value that did not reach the device is not taken for a damaged one after later writes") {
  const std::string segment = "s/seg/00000001.log";
  const FaultyFiles files;
  {
    auto store = Store::open("s", {}, files).value();
    store.put("a", "old").value();
    store.put("a", "new").value();
  }
  for (const std::size_t more : {std::size_t{3}, std::size_t{300}}) {  // also enough for a hint
    const FaultyFiles disk = files.after_power_loss(1, 1);
    REQUIRE(disk.flip_bit(segment, (last_record(disk, segment) + 64 + 3) * 8));
    {
      auto store = SyncedStore::open("s", {}, disk).value();
      CHECK(store.get("a").value() == "old");
      for (std::size_t i = 0; i < more; ++i) store.put("b", "value").value();
    }
    const auto store = SyncedStore::open("s", {}, disk.after_power_loss(1, 0)).value();
    CHECK(store.get("a").value() == "old");
    CHECK(store.get("b").value() == "value");
    CHECK(store.stats().corrupt == 0);
    CHECK(store.stats().torn == 1);
  }
}

TEST_CASE("a transaction of which a record did not reach the device counts neither now nor after any later opening") {
  const std::string segment = "s/seg/00000001.log";
  const std::vector<std::string> keys{"a", "b"};
  const FaultyFiles files;
  {
    auto store = Store::open("s", {}, files).value();
    for (const std::string& key : keys) store.put(key, "old").value();
    const auto all_new = [](auto& values) {
      for (auto& value : values) value = "new";
      return true;
    };
    REQUIRE(store.transact(keys, all_new).value());
  }
  for (const bool header_too : {false, true}) {
    for (const std::size_t more : {std::size_t{3}, std::size_t{300}}) {  // also enough for a hint
      FaultyFiles disk = files.after_power_loss(1, 1);
      const std::uint64_t second = last_record(disk, segment);
      if (header_too) {
        const std::vector<std::byte> zeros(72);
        const auto file = disk.open(segment, FileAccess::read_write).value();
        ashlar::write_fully(disk, file, second, zeros).value();
      } else {
        REQUIRE(disk.flip_bit(segment, (second + 64 + 3) * 8));
      }
      for (int turn = 0; turn < 3; ++turn) {
        {
          auto store = SyncedStore::open("s", {}, disk).value();
          for (const std::string& key : keys) CHECK(store.get(key).value() == "old");
          CHECK(store.stats().corrupt == 0);
          for (std::size_t i = 0; i < more; ++i) store.put("c", "value").value();
        }
        disk = disk.after_power_loss(1, 0);
      }
    }
  }
}

TEST_CASE("a segment whose header is damaged is read when one bit is wrong, else counted") {
  for (const bool more : {false, true}) {
    const FaultyFiles disk = with_three_records();
    REQUIRE(disk.flip_bit("s/seg/00000001.log", 17 * 8));
    if (more) REQUIRE(disk.flip_bit("s/seg/00000001.log", 18 * 8));
    auto store = Store::open("s", {}, disk).value();
    CHECK(store.get("b").value() == (more ? std::nullopt : std::optional<std::string>{"value"}));
    CHECK(store.stats().corrupt == (more ? 1 : 0));
    store.compact().value();
    CHECK((disk.find("s/seg/00000001.log").value().has_value() || !more));
    store.put("b", "again").value();
    CHECK(store.get("b").value() == "again");
  }
}

TEST_CASE("a segment of another store is refused, with its name, and so is metadata that was changed") {
  const FaultyFiles disk = with_three_records();
  auto foreign = bytes_of(disk, "s/seg/00000001.log");
  const auto header = ashlar::detail::make_segment_header(77, 78, 2);
  std::copy(header.begin(), header.end(), foreign.begin());
  const auto file = disk.open("s/seg/00000002.log", FileAccess::create).value();
  ashlar::write_fully(disk, file, 0, foreign).value();
  const auto refused = Store::open("s", {}, disk);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::corrupt);
  CHECK(std::string{refused.error().what()}.find("s/seg/00000002.log") != std::string::npos);
  disk.remove("s/seg/00000002.log").value();
  CHECK(Store::open("s", {}, disk).value().get("b").value() == "value");

  const FaultyFiles other = with_three_records();
  std::vector<std::byte> metadata = bytes_of(other, "s/metadata.json");
  const std::string_view text{reinterpret_cast<const char*>(metadata.data()), metadata.size()};
  const std::size_t id = text.find("\"id\": \"") + 7;
  REQUIRE(other.flip_bit("s/metadata.json", id * 8));
  const auto changed = Store::open("s", {}, other);
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code() == ErrorCode::corrupt);
  CHECK(std::string{changed.error().what()}.find("checksum") != std::string::npos);
}

TEST_CASE("an index with a wrong bit is an error for its key, and made anew by the next who is alone") {
  const FaultyFiles disk = with_three_records();
  (void)Store::open("s", {}, disk).value();
  const std::vector<std::byte> words = bytes_of(disk, "s/index/0");
  std::uint64_t wrong = 0;
  for (std::size_t at = 7; at < words.size(); at += 8) {
    if (words[at] == std::byte{0} && words[at - 3] == std::byte{0}) continue;
    const FaultyFiles one = disk.after_kill();
    REQUIRE(one.flip_bit("s/index/0", at * 8 + 6));  // of the hash
    {
      const auto first = Store::open("s", {}, one).value();
      int errors = 0;
      for (const char* key : {"a", "b", "c"}) errors += first.get(key) ? 0 : 1;
      CHECK(errors == 1);
      CHECK(Store::open("s", {}, one));  // the first is still there, and nobody is turned away
    }
    const auto alone = Store::open("s", {}, one).value();
    for (const char* key : {"a", "b", "c"}) CHECK(alone.get(key).value() == "value");
    ++wrong;
  }
  CHECK(wrong == 3);
}

TEST_CASE("erasing a key whose record is damaged heals it, as writing it does") {
  const FaultyFiles disk = with_three_records();
  (void)Store::open("s", {}, disk).value();
  REQUIRE(disk.flip_bit("s/seg/00000001.log", second_record * 8 + 70));
  auto store = Store::open("s", {}, disk).value();
  CHECK(store.get("b").error().code() == ErrorCode::corrupt);
  CHECK(store.erase("b").value());
  CHECK_FALSE(store.get("b").value());
  CHECK_FALSE(store.erase("b").value());
}

/// A store in which "a" was put and then erased. The erasure's group is that record alone.
FaultyFiles with_an_erased_key(std::uint64_t& erasure) {
  const FaultyFiles files;
  auto store = Store::open("s", {}, files).value();
  store.put("a", "old").value();
  CHECK(store.erase("a").value());
  const auto segment = bytes_of(files, "s/seg/00000001.log");
  erasure = 64 + ashlar::detail::RecordView{segment.data() + 64}.size();
  CHECK(ashlar::detail::RecordView{segment.data() + erasure}.group() == erasure);
  return files;
}

TEST_CASE("a key whose commit word is damaged, or what it replaced, is an error, and can be written and erased") {
  for (const bool replaced : {false, true}) {
    for (const bool erases : {false, true}) {
      std::uint64_t erasure = 0;
      const FaultyFiles files = with_an_erased_key(erasure);
      const std::uint64_t commit = (erasure + ashlar::detail::commit_offset) * 8;
      // All bits make it the other decision: then what was replaced is meant.
      for (std::uint64_t bit = 0; bit < (replaced ? 64 : 8); ++bit) {
        REQUIRE(files.flip_bit("s/seg/00000001.log", commit + bit));
      }
      auto store = Store::open("s", {}, files).value();
      if (replaced) {
        CHECK(store.get("a").value() == "old");
        REQUIRE(files.flip_bit("s/seg/00000001.log", (64 + 16) * 8));
      }
      CHECK(store.get("a").error().code() == ErrorCode::corrupt);
      CHECK(store.contains("a").error().code() == ErrorCode::corrupt);
      const auto same = [](std::optional<std::string> old) { return old.value_or("none"); };
      CHECK(store.update("a", same).error().code() == ErrorCode::corrupt);
      if (erases) {
        CHECK(store.erase("a").value());
        CHECK_FALSE(store.get("a").value());
      } else {
        store.put("a", "new").value();
        CHECK(store.get("a").value() == "new");
      }
    }
  }
}

TEST_CASE("a number that was given out before is noticed, and what is written then is the newest for good") {
  const FaultyFiles files;
  const auto head = [&] { return files.open("s/index/head", FileAccess::read_write).value(); };
  auto store = Store::open("s", {}, files).value();
  for (int i = 0; i < 40; ++i) store.put("a", "older").value();
  const std::array<std::byte, 8> one{std::byte{1}};
  ashlar::write_fully(files, head(), 4 * 8, one).value();  // the next number
  const auto changed = [](std::optional<std::string>) { return std::string{"newest"}; };
  CHECK(store.update("a", changed).value() == "newest");
  CHECK(store.get("a").value() == "newest");
  const FaultyFiles disk = files.after_kill();
  disk.remove("s/index/head").value();
  CHECK(Store::open("s", {}, disk).value().get("a").value() == "newest");
}

TEST_CASE("segments go on in the size that the store was made with") {
  using Large = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<1048576>, FaultyFiles>;
  const FaultyFiles files;
  auto large = Large::open("s", {}, files).value();
  auto small = Store::open("s", {}, files).value();
  Model model;
  for (int i = 0; i < 60; ++i) {
    const std::string key = "key" + std::to_string(i);
    model[key] = text(i, 5000);
    large.put(key, model[key]).value();
    CHECK(small.get(key).value() == model[key]);
  }
  CHECK(names(files, ".log").size() == 1);
  small.put("more", "value").value();
  model["more"] = "value";
  CHECK(holds(large, model));
}

/// A store whose first segments are emptied, so that their files wait to be written again.
FaultyFiles with_emptied_segments(Model& model) {
  const FaultyFiles files;
  for (int round = 0; round < 3; ++round) {
    auto store = SyncedStore::open("s", {}, files).value();
    fill(store, model, round * 40, round * 40 + 40, 3000);
  }
  auto store = SyncedStore::open("s", {}, files).value();
  CHECK(store.compact().value().segments_removed > 2);
  return files;
}

TEST_CASE("a segment that was emptied is written again, and its old records never come back") {
  Model model;
  const FaultyFiles files = with_emptied_segments(model);
  CHECK(names(files, ".old").size() == 2);
  {
    auto store = SyncedStore::open("s", {}, files).value();
    const auto before = names(files, ".log").size();
    fill(store, model, 120, 160, 3000);
    CHECK(names(files, ".old").empty());
    CHECK(names(files, ".log").size() > before + 1);
    CHECK(holds(store, model));
  }
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CHECK(holds(SyncedStore::open("s", {}, files.after_power_loss(seed, 0.5)).value(), model));
  }
  const FaultyFiles bare = files.after_power_loss(1, 0);
  const auto hints = names(files, ".hnt");
  for (const std::string& name : hints) (void)bare.remove("s/seg/" + name);
  CHECK(holds(SyncedStore::open("s", {}, bare).value(), model));
}

TEST_CASE("nothing is written again while somebody has it in memory") {
  const FaultyFiles files;
  Model model;
  std::unique_ptr<SyncedStore> reader;
  for (int round = 0; round < 4; ++round) {
    {
      auto writer = SyncedStore::open("s", {}, files).value();
      fill(writer, model, round * 40, round * 40 + 40, 3000);
    }
    if (!reader) {
      reader = std::make_unique<SyncedStore>(SyncedStore::open("s", {.mode = OpenMode::read_only}, files).value());
    }
    CHECK(holds(*reader, model));
  }
  {
    auto writer = SyncedStore::open("s", {}, files).value();
    CHECK(writer.compact().value().segments_removed > 0);
    const auto kept = names(files, ".old");
    REQUIRE(!kept.empty());
    fill(writer, model, 160, 200, 3000);
    CHECK(names(files, ".old") == kept);
    CHECK(holds(*reader, model));
    reader.reset();
    fill(writer, model, 200, 240, 3000);
    CHECK(names(files, ".old").size() < kept.size());
  }
  CHECK(holds(SyncedStore::open("s", {}, files.after_power_loss(9, 0.3)).value(), model));
}

TEST_CASE("a view stays as it is whatever is written and compacted meanwhile") {
  Model model;
  const FaultyFiles files = with_emptied_segments(model);
  auto store = SyncedStore::open("s", {}, files).value();
  fill(store, model, 120, 200, 3000);
  const auto view = store.view("key3").value();
  REQUIRE(view);
  const std::string seen{view->text()};
  for (int round = 5; round < 9; ++round) {
    fill(store, model, round * 40, round * 40 + 40, 3000);
    (void)store.compact().value();
  }
  CHECK(view->text() == seen);
  CHECK(holds(store, model));
}

TEST_CASE("a power loss at any moment of writing segments again loses nothing and brings nothing back") {
  std::uint64_t stops = 0;
  Model model;
  const FaultyFiles files = with_emptied_segments(model);
  for (std::uint64_t at = 0;; ++at) {
    const FaultyFiles run = files.after_kill(Faults{.seed = at, .crash_at = at});
    Model now = model;
    std::optional<std::string> begun;
    bool done = false;
    {
      auto store = SyncedStore::open("s", {}, run);
      if (store) {
        done = true;
        for (int i = 120; i < 150 && done; ++i) {
          begun = "key" + std::to_string(i % 40);
          done = store->put(*begun, text(i, 3100)).has_value();
          if (done) now[*begun] = text(i, 3100);
        }
      }
    }
    for (const FaultyFiles& disk : {run.after_power_loss(at, 0), run.after_power_loss(at, 0.5)}) {
      auto after = SyncedStore::open("s", {}, disk).value();
      for (const auto& [key, value] : now) {
        const auto got = after.get(key).value();
        if (!done && begun && key == *begun) continue;
        REQUIRE(got == value);
      }
      ++stops;
    }
    if (done) break;
  }
  std::printf("SegmentLog, segments written again: %llu crash points, nothing lost, nothing old found\n",
              static_cast<unsigned long long>(stops));
  CHECK(stops > 60);
}

TEST_CASE("a view shows the value that was there when it was taken, and ends a search like get") {
  const ashlar_test::TempDirectory directory;
  RealStore store{directory.path() / "s"};
  CHECK(!store.view("a").value());
  store.put("a", std::string(5000, 'x')).value();
  auto view = store.view("a").value();
  REQUIRE(view);
  store.put("a", "other").value();
  CHECK(view->text() == std::string(5000, 'x'));
  CHECK(view->bytes().size() == 5000);
  CHECK(store.view("a").value()->text() == "other");
  CHECK(store.erase("a").value());
  CHECK(!store.view("a").value());
}

TEST_CASE("what is verified once is not verified again, and each_time notices what went bad since") {
  const FaultyFiles files;
  auto writer = Store::open("s", {}, files).value();
  writer.put("a", "value").value();
  auto once = Store::open("s", {.verify = ashlar::Verify::once}, files).value();
  auto each = Store::open("s", {}, files).value();
  CHECK(once.get("a").value() == "value");
  CHECK(each.get("a").value() == "value");
  REQUIRE(files.flip_bit("s/seg/00000001.log", (64 + 64 + 1 + 6) * 8));
  CHECK(once.get("a").has_value());
  CHECK(each.get("a").error().code() == ErrorCode::corrupt);
}

TEST_CASE("a wrong bit in the index shows the right value or an error, also where the record was verified before") {
  const FaultyFiles files;
  auto store = Store::open("s", {.verify = ashlar::Verify::once}, files).value();
  // 128 bytes each, so that one wrong bit of the newest one's place names an older one.
  for (int i = 0; i < 255; ++i) store.put("key", std::string(52, 'o')).value();
  store.put("key", "right").value();
  REQUIRE(last_record(files, "s/seg/00000001.log") == 64 + 255 * 128);
  store.put("other", std::string(3000, 'o')).value();
  const std::vector<std::byte> words = bytes_of(files, "s/index/0");
  int flips = 0;
  for (std::uint64_t at = 0; at < words.size(); at += 8) {
    if (ashlar::detail::load_le<std::uint64_t>(words.data() + at) == 0) continue;
    for (std::uint64_t bit = at * 8; bit < at * 8 + 64; ++bit) {
      REQUIRE(store.get("key").value() == "right");
      REQUIRE(store.get("other").value()->size() == 3000);
      REQUIRE(files.flip_bit("s/index/0", bit));
      INFO("bit " << bit - at * 8);
      const auto got = store.get("key");
      CHECK((got ? *got == "right" : got.error().code() == ErrorCode::corrupt));
      const auto view = store.view("key");
      CHECK((view ? view->value().text() == "right" : view.error().code() == ErrorCode::corrupt));
      const auto there = store.contains("key");
      CHECK((there ? *there : there.error().code() == ErrorCode::corrupt));
      const auto other = store.get("other");
      CHECK((other ? other->value().size() == 3000 : other.error().code() == ErrorCode::corrupt));
      REQUIRE(files.flip_bit("s/index/0", bit));
      ++flips;
    }
  }
  CHECK(flips == 128);
}

TEST_CASE("a store whose directory was replaced refuses to write where nobody looks") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  RealSyncedStore store{root};
  store.put("a", "1").value();
  std::filesystem::rename(root, directory.path() / "elsewhere");
  const auto gone = store.put("a", "2");
  REQUIRE(!gone);
  CHECK(gone.error().code() == ErrorCode::not_found);
  CHECK(std::string{gone.error().what()}.find("removed or replaced") != std::string::npos);
  RealSyncedStore other{root};
  CHECK(!store.put("a", "3"));
  CHECK(!other.get("a").value());
  CHECK(store.get("a").value() == "1");
}

TEST_CASE("an index whose levels were cut off is made anew") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  {
    RealStore store{root};
    for (int i = 0; i < 300; ++i) store.put("key" + std::to_string(i), "v").value();
  }
  std::filesystem::resize_file(root / "index" / "0", 4096);
  CHECK(RealStore::open(root, {.mode = OpenMode::read_only}).error().code() == ErrorCode::unsupported);
  RealStore store{root};
  CHECK(store.size().value() == 300);
  CHECK(store.get("key299").value() == "v");
}

TEST_CASE("a wrong bit in the number of an index's levels is an error while it is open, and mended by the next") {
  for (std::uint64_t bit = 0; bit < 64; ++bit) {
    INFO("bit " << bit);
    const FaultyFiles disk = with_three_records();
    {
      auto store = Store::open("s", {}, disk).value();
      REQUIRE(store.get("a").value() == "value");
      REQUIRE(disk.flip_bit("s/index/head", 6 * 64 + bit));
      CHECK(store.get("a").error().code() == ErrorCode::corrupt);
      CHECK(store.put("fresh", "value").error().code() == ErrorCode::corrupt);
      CHECK(store.size().error().code() == ErrorCode::corrupt);
    }
    CHECK(Store::open("s", {}, disk).value().get("a").value() == "value");
  }
}

TEST_CASE("an index that was removed altogether is made anew") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  {
    RealStore{root}.put("a", "1").value();
  }
  std::filesystem::remove_all(root / "index");
  CHECK(RealStore{root}.get("a").value() == "1");
}

TEST_CASE("room that was taken ahead is given back when the store is closed") {
  const ashlar_test::TempDirectory directory;
  const std::filesystem::path root = directory.path() / "s";
  using Log = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog>;
  {
    Log store{root};
    for (int i = 0; i < 20; ++i) store.put("key" + std::to_string(i), std::string(10'000, 'x')).value();
    CHECK(std::filesystem::file_size(root / "seg" / "00000001.log") > 256 * 1024);
  }
  CHECK(std::filesystem::file_size(root / "seg" / "00000001.log") < 20 * 10'200 + 64);
  Log again{root};
  again.put("more", "x").value();
  CHECK(again.get("key19").value() == std::string(10'000, 'x'));
}

}  // namespace
