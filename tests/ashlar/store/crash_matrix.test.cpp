// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/soak.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// A workload is stopped at every one of its file-system operations, by a power loss of several kinds or by a kill, and the
// store is opened again on what is left.
//
// What is stored to memory makes no operation: a kill that stops between the bytes of a record, or between the records of
// a transaction and its words in the index, is not among these; the processes that are killed at any moment are elsewhere.
// Nor are syncs that a thread of GroupCommit begins by itself, as their place among the operations differs from run to run.

namespace {

using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;

/// What may be found under a key: what was promised last, and everything begun since.
struct Allowed {
  std::set<std::optional<std::string>> values{std::nullopt};
  std::optional<std::string> acknowledged;
  std::set<std::string> ever;  // anything that was ever written there
};
struct Model {
  std::map<std::string, Allowed> keys;
  bool promised_by_flush = false;  // otherwise by the end of each operation
};

std::string value_of(int number) {
  return std::to_string(number) + std::string(static_cast<std::size_t>(300 + number * 997 % 9000), 'v');
}

/// Notes an operation on keys that is begun, runs it, and notes its success. False when it failed.
template <class Run>
bool step(Model& model, std::initializer_list<std::string> keys, std::optional<std::string> after, Run&& run) {
  for (const std::string& key : keys) {
    Allowed& allowed = model.keys[key];
    allowed.values.insert(after);
    if (after) allowed.ever.insert(*after);
  }
  if (!run()) return false;
  for (const std::string& key : keys) {
    Allowed& allowed = model.keys[key];
    allowed.acknowledged = after;
    if (!model.promised_by_flush) allowed.values = {after};
  }
  return true;
}

/// What was acknowledged is promised, once this says that it is on the device.
template <class Store>
bool flush(Store& store, Model& model) {
  const ashlar::CommitToken token = store.commit_token();
  if (!store.flush() || !store.wait_durable(token)) return false;
  for (auto& [key, allowed] : model.keys) allowed.values = {allowed.acknowledged};
  return true;
}

const std::vector<std::string> pair{"left", "right"};

/// Gives both keys of the pair the same value in one step, where the store can.
template <class Store>
bool write_pair(Store& store, Model& model, const std::string& value) {
  if constexpr (std::is_same_v<typename Store::backend_type, ashlar::FilePerKey>) {
    return true;
  } else {
    return step(model, {pair[0], pair[1]}, value, [&] {
      const auto stored = store.transact(pair, [&](auto& values) {
        values.assign(2, value);
        return true;
      });
      return stored && *stored;
    });
  }
}

/// The workload: every kind of write, on few keys, so that they meet each other.
template <class Store>
bool work(Store& store, Model& model, int turns, int first = 0) {
  for (int i = first; i < first + turns; ++i) {
    const std::string key = "key" + std::to_string(i % 3);
    const std::string value = value_of(i);
    bool done = false;
    switch (i % 6) {
      case 0:
      case 3: done = step(model, {key}, value, [&] { return store.put(key, value).has_value(); }); break;
      case 1: done = step(model, {key}, std::nullopt, [&] { return store.erase(key).has_value(); }); break;
      case 2: {
        const std::string fresh = "fresh" + std::to_string(i);
        done = step(model, {fresh}, value, [&] {
          const auto inserted = store.insert_if_absent(fresh, value);
          return inserted && *inserted;
        });
        break;
      }
      case 4:
        done = step(model, {key}, value, [&] {
          return store.update(key, [&](const std::optional<std::string>&) { return value; }).has_value();
        });
        break;
      default: done = write_pair(store, model, value);
    }
    if (!done || (model.promised_by_flush && i % 3 == 2 && !flush(store, model))) return false;
  }
  return true;
}

/// Nothing is flushed but when the workload says so, so that each run makes the same operations.
using InGroups = ashlar::GroupCommit<3'600'000, std::uint64_t{1} << 30>;

struct Tally {
  std::uint64_t points = 0;   // operations at which a run was stopped
  std::uint64_t crashes = 0;  // what was found after them
  std::uint64_t lost = 0;     // acknowledged and not there
  std::uint64_t wrong = 0;    // something that was never written there
  std::uint64_t parted = 0;   // a pair of which one was written without the other
  std::uint64_t corrupt = 0;  // reported as such
  std::uint64_t failed_opens = 0;
};

template <class Store>
void check(const FaultyFiles& files, const Model& model, Tally& tally) {
  auto store = Store::open("store", {}, files);
  if (!store) {
    ++tally.failed_opens;
    return;
  }
  std::map<std::string, std::optional<std::string>> found;
  for (const auto& [key, allowed] : model.keys) {
    const auto got = store->get(key);
    if (!got) {
      ++(got.error().code() == ErrorCode::corrupt ? tally.corrupt : tally.failed_opens);
      continue;
    }
    if (*got && !allowed.ever.contains(**got)) ++tally.wrong;
    if (!allowed.values.contains(*got)) ++tally.lost;
    found.emplace(key, *got);
  }
  if (found.contains(pair[0]) && found.contains(pair[1]) && found[pair[0]] != found[pair[1]]) ++tally.parted;
}

template <class Store>
constexpr bool in_groups = std::is_same_v<typename Store::durability_type, InGroups>;

/// Stops the workload at every operation; after each stop opens the store on what every kind of stop leaves, then once
/// more after another power loss during that, then goes on working with it.
template <class Store>
Tally crash_everywhere(int turns, bool power) {
  Tally tally;
  const auto run = [&](const FaultyFiles& files, Model& model) {
    model.promised_by_flush = power && in_groups<Store>;
    auto store = Store::open("store", {}, files);
    return store && work(*store, model, turns);
  };
  // Short reads and writes make more operations, in each run others: it is over when several in a row end by themselves.
  int ended = 0;
  for (std::uint64_t at = 0; ended < 6; ++at) {
    Model model;
    const FaultyFiles files{Faults{.seed = at, .crash_at = at, .short_io = 0.2}};
    const bool worked = run(files, model);
    if (files.operations() <= at) {
      REQUIRE(worked);
      ++ended;
      continue;
    }
    ended = 0;
    ++tally.points;
    for (const double kept : power ? std::vector<double>{0, 0.5, 0.95} : std::vector<double>{1}) {
      const FaultyFiles found = power ? files.after_power_loss(at * 7 + 1, kept) : files.after_kill();
      check<Store>(found, model, tally);
      check<Store>(power ? found.after_power_loss(at, 0.5) : found.after_kill(), model, tally);
      auto again = Store::open("store", {}, found);
      Model later;
      if (!again || !work(*again, later, 5, turns)) ++tally.failed_opens;
      ++tally.crashes;
    }
  }
  Model whole;
  const FaultyFiles untroubled;
  REQUIRE(run(untroubled, whole));
  CHECK(tally.points >= untroubled.operations());
  return tally;
}

void report(const char* what, const Tally& tally) {
  std::printf(
      "%s: stopped at %llu operations, %llu images, %llu acknowledged writes lost, %llu wrong values, %llu pairs in "
      "part, %llu reported corrupt\n",
      what, static_cast<unsigned long long>(tally.points), static_cast<unsigned long long>(tally.crashes),
      static_cast<unsigned long long>(tally.lost), static_cast<unsigned long long>(tally.wrong),
      static_cast<unsigned long long>(tally.parted), static_cast<unsigned long long>(tally.corrupt));
}

using SegmentStore = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>;
using SyncedSegmentStore =
    ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles, ashlar::SyncEachCommit>;
using GroupedSegmentStore =
    ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles, InGroups>;
using NoSyncStore = ashlar::ShardedStore<std::string, std::string, ashlar::FilePerKey, FaultyFiles>;
using SyncedStore =
    ashlar::ShardedStore<std::string, std::string, ashlar::FilePerKey, FaultyFiles, ashlar::SyncEachCommit>;

int turns() { return static_cast<int>(12 * std::max(1.0, ashlar_test::soak())); }

template <class Store>
struct NameOf;
template <class... Options>
struct NameOf<ashlar::ShardedStore<std::string, std::string, Options...>> {
  using Store = ashlar::ShardedStore<std::string, std::string, Options...>;
  static std::string text() {
    return std::string{Store::backend_type::name} + (Store::durability_type::syncs_each_commit ? ", SyncEachCommit"
                                                     : in_groups<Store>                        ? ", GroupCommit"
                                                                                               : ", NoSync");
  }
};

TEMPLATE_TEST_CASE("SyncEachCommit: a power loss at any operation loses nothing acknowledged", "", SyncedStore,
                   SyncedSegmentStore) {
  const Tally tally = crash_everywhere<TestType>(turns(), true);
  report((NameOf<TestType>::text() + ", power loss").c_str(), tally);
  CHECK(tally.points > 75);
  CHECK(tally.lost == 0);
  CHECK(tally.wrong == 0);
  CHECK(tally.parted == 0);
  CHECK(tally.corrupt == 0);
  CHECK(tally.failed_opens == 0);
}

TEST_CASE("GroupCommit: a power loss at any operation loses nothing flushed") {
  const Tally tally = crash_everywhere<GroupedSegmentStore>(turns(), true);
  report("SegmentLog, GroupCommit, power loss", tally);
  CHECK(tally.points > 75);
  CHECK(tally.lost == 0);
  CHECK(tally.wrong == 0);
  CHECK(tally.parted == 0);
  CHECK(tally.corrupt == 0);
  CHECK(tally.failed_opens == 0);
}

TEMPLATE_TEST_CASE("NoSync: a power loss at any operation gives no wrong value", "", NoSyncStore, SegmentStore) {
  const Tally tally = crash_everywhere<TestType>(turns(), true);
  report((NameOf<TestType>::text() + ", power loss").c_str(), tally);
  CHECK(tally.points > 75);
  CHECK(tally.wrong == 0);
  CHECK(tally.parted == 0);
  CHECK(tally.failed_opens == 0);
}

TEMPLATE_TEST_CASE("a kill at any operation loses nothing acknowledged", "", NoSyncStore, SegmentStore,
                   GroupedSegmentStore, SyncedSegmentStore) {
  const Tally tally = crash_everywhere<TestType>(turns(), false);
  report((NameOf<TestType>::text() + ", kill").c_str(), tally);
  CHECK(tally.points > 75);
  CHECK(tally.lost == 0);
  CHECK(tally.wrong == 0);
  CHECK(tally.parted == 0);
  CHECK(tally.corrupt == 0);
  CHECK(tally.failed_opens == 0);
}

TEMPLATE_TEST_CASE("any call that fails is an error, earlier values stay, and the store goes on afterwards", "",
                   SyncedStore, NoSyncStore, SyncedSegmentStore, SegmentStore, GroupedSegmentStore) {
  for (const ErrorCode code : {ErrorCode::io, ErrorCode::no_space}) {
    Model whole;
    const FaultyFiles dry;
    auto untroubled = TestType::open("store", {}, dry).value();
    REQUIRE(work(untroubled, whole, turns()));
    const std::uint64_t operations = dry.operations();
    std::uint64_t failures = 0;
    for (std::uint64_t at = 0; at < operations; ++at) {
      Model model;
      const FaultyFiles files{Faults{.fail = [&](const ashlar::FileCall& call) -> std::optional<ErrorCode> {
        return call.number == at ? std::optional{code} : std::nullopt;
      }}};
      auto store = TestType::open("store", {}, files);
      if (!store) {
        ++failures;
        continue;
      }
      if (!work(*store, model, turns())) ++failures;
      Tally tally;
      check<TestType>(files, model, tally);
      INFO("call " << at << ": " << tally.wrong << " wrong, " << tally.lost << " lost, " << tally.corrupt
                   << " corrupt, " << tally.failed_opens << " failed");
      CHECK(tally.wrong + tally.parted + tally.lost + tally.corrupt + tally.failed_opens == 0);
      CHECK(work(*store, model, 5, turns()));
    }
    CHECK(failures > 20);
  }
}

TEST_CASE("FilePerKey: a full disk refuses writes, keeps what is there, and takes writes again when there is room") {
  const FaultyFiles files{Faults{.capacity = 60'000}};
  auto store = NoSyncStore::open("store", {}, files).value();
  store.put("kept", "value").value();
  int stored = 0;
  ashlar::Result<void> last;
  while (last && stored < 100) {
    last = store.put("big" + std::to_string(stored), std::string(10'000, 'x'));
    stored += last ? 1 : 0;
  }
  REQUIRE(!last);
  CHECK(last.error().code() == ErrorCode::no_space);
  CHECK(stored == 5);
  CHECK(store.get("kept").value() == "value");
  CHECK(store.size().value() == 6);
  CHECK(store.erase("big0").value());
  store.put("big9", std::string(9'000, 'y')).value();
  CHECK(store.get("big9").value() == std::string(9'000, 'y'));
}

TEST_CASE("FilePerKey: a bit flip anywhere in a small store gives the right value or an error, never another value") {
  const FaultyFiles files;
  std::vector<std::string> paths{"store/metadata.json"};
  {
    auto store = NoSyncStore::open("store", {}, files).value();
    store.put("a", "first").value();
    store.put("b", "second").value();
  }
  const auto directories = files.list("store/file_caches").value();
  for (const auto& directory : directories) {
    const auto entries = files.list("store/file_caches/" + directory.name).value();
    for (const auto& file : entries) {
      paths.push_back("store/file_caches/" + directory.name + "/" + file.name);
    }
  }
  REQUIRE(paths.size() == 3);
  std::uint64_t flips = 0;
  std::uint64_t errors = 0;
  for (const std::string& path : paths) {
    for (std::uint64_t bit = 0; files.flip_bit(path, bit); ++bit, ++flips) {
      auto store = NoSyncStore::open("store", {.mode = ashlar::OpenMode::read_only}, files);
      for (const auto& [key, value] : {std::pair<std::string, std::string>{"a", "first"}, {"b", "second"}}) {
        if (!store) {
          ++errors;
          continue;
        }
        const auto got = store->get(key);
        if (got) CHECK(*got == value);
        errors += got ? 0 : 1;
      }
      REQUIRE(files.flip_bit(path, bit));
    }
  }
  std::printf("FilePerKey: %llu bit flips, %llu errors, no wrong value\n", static_cast<unsigned long long>(flips),
              static_cast<unsigned long long>(errors));
  CHECK(errors > 500);
}

TEST_CASE("entry files and metadata of any content are read without harm") {
  const FaultyFiles files;
  auto store = NoSyncStore::open("store", {}, files).value();
  store.put("a", "some value of a certain length").value();
  std::string path;
  const auto directories = files.list("store/file_caches").value();
  for (const auto& directory : directories) {
    const auto entries = files.list("store/file_caches/" + directory.name).value();
    for (const auto& file : entries) {
      path = "store/file_caches/" + directory.name + "/" + file.name;
    }
  }
  const auto read = [&](const std::string& of) {
    return ashlar::read_whole(files, files.open(of, ashlar::FileAccess::read).value()).value();
  };
  const auto overwrite = [&](const std::string& of, const std::vector<std::byte>& content) {
    const auto file = files.open(of, ashlar::FileAccess::create).value();
    files.resize(file, content.size()).value();
    ashlar::write_fully(files, file, 0, content).value();
  };
  const std::vector<std::byte> good = read(path);
  const std::vector<std::byte> metadata = read("store/metadata.json");
  ashlar::detail::SimRandom random{7};
  const auto mutated = [&](std::vector<std::byte> bytes) {
    for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
      const auto at = static_cast<std::size_t>(random.below(bytes.size() + 1));
      const auto with = static_cast<std::byte>(random.below(256));
      switch (random.below(4)) {
        case 0: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), with); break;
        case 1: bytes.resize(at); break;
        default:
          if (at < bytes.size()) bytes[at] = with;
      }
    }
    return bytes;
  };
  const int rounds = static_cast<int>(10'000 * std::min(1.0, ashlar_test::soak()));
  for (int i = 0; i < rounds; ++i) {
    overwrite(path, mutated(good));
    const auto got = store.get("a");
    if (got && *got) CHECK(**got == "some value of a certain length");
    overwrite("store/metadata.json", mutated(metadata));
    (void)NoSyncStore::open("store", {.mode = ashlar::OpenMode::read_only}, files);
  }
}

}  // namespace
