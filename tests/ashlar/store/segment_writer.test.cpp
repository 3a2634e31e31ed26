// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/detail/little_endian.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/temp_directory.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// Whose segment a writer goes on in, and which way its records get there.

namespace {

using ashlar::ErrorCode;
using ashlar::Faults;
using ashlar::FaultyFiles;
using ashlar::FileCall;
using ashlar::FileCallKind;
using ashlar::PosixFiles;

/// Calls `before_lock` once, before the first lock that is tried on a segment that is another's.
struct InterruptedFiles : PosixFiles {
  std::shared_ptr<std::function<void()>> before_lock = std::make_shared<std::function<void()>>();

  ashlar::Result<bool> try_lock(const File& file, std::uint64_t at, ashlar::FileLock kind) const {
    if (const auto call = std::exchange(*before_lock, nullptr)) call();
    return PosixFiles::try_lock(file, at, kind);
  }
};

TEST_CASE("a segment that its owner makes shorter while another writer looks at it is gone on with as it is then") {
  const ashlar_test::TempDirectory directory;
  const std::string root = (directory.path() / "s").string();
  using Owner = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog>;
  using Next = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog, InterruptedFiles>;
  std::optional<Owner> owner{Owner::open(root).value()};
  owner->put("first", std::string(10'000, 'x')).value();
  const InterruptedFiles files;
  auto next = Next::open(root, {}, files).value();
  bool closed = false;
  *files.before_lock = [&] {
    owner.reset();
    closed = true;
  };
  next.put("second", std::string(10'000, 'y')).value();
  CHECK(closed);
  CHECK_FALSE(std::filesystem::exists(root + "/seg/00000002.log"));
  CHECK(next.get("first").value() == std::string(10'000, 'x'));
  CHECK(next.get("second").value() == std::string(10'000, 'y'));
}

TEST_CASE("the room ahead of a killed owner's segment that is too full to go on with is given back") {
  using Store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>;
  const FaultyFiles before;
  auto killed = Store::open("s", {}, before).value();
  for (int i = 0; i < 4; ++i) killed.put("key" + std::to_string(i), std::string(10'000, 'x')).value();
  const FaultyFiles files = before.after_kill();
  const auto size = [&] {
    return files.size(files.open("s/seg/00000001.log", ashlar::FileAccess::read).value()).value();
  };
  CHECK(size() == 65536);
  auto store = Store::open("s", {}, files).value();
  store.put("more", "value").value();
  CHECK(size() > 40'000);
  CHECK(size() < 41'000);
  store.sync().value();
  const auto check = [](const Store& found) {
    for (int i = 0; i < 4; ++i) CHECK(found.get("key" + std::to_string(i)).value() == std::string(10'000, 'x'));
    CHECK(found.get("more").value() == "value");
  };
  check(store);
  check(Store::open("s", {}, files.after_power_loss(1, 1)).value());
}

TEST_CASE("the room ahead is given back by a later writer when that failed") {
  using Store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>;
  for (int failing = 0; failing < 8; ++failing) {
    INFO("failing " << failing);
    const FaultyFiles before;
    auto killed = Store::open("s", {}, before).value();
    for (int i = 0; i < 4; ++i) killed.put("key" + std::to_string(i), std::string(10'000, 'x')).value();
    int resizes = 0;
    const FaultyFiles files = before.after_kill(Faults{.fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
      if (call.kind == FileCallKind::resize && resizes++ == failing) return ErrorCode::io;
      return std::nullopt;
    }});
    {
      auto store = Store::open("s", {}, files).value();
      for (int i = 4; i < 8; ++i) store.put("key" + std::to_string(i), std::string(10'000, 'x')).value();
    }
    auto store = Store::open("s", {}, files).value();
    store.put("more", "value").value();
    CHECK(files.size(files.open("s/seg/00000001.log", ashlar::FileAccess::read).value()).value() < 41'000);
    for (int i = 0; i < 8; ++i) CHECK(store.get("key" + std::to_string(i)).value() == std::string(10'000, 'x'));
  }
}

TEST_CASE("nothing is cut off behind which the index names a record") {
  using Store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>;
  const std::string path = "s/seg/00000001.log";
  const FaultyFiles before;
  auto killed = Store::open("s", {}, before).value();
  for (int i = 0; i < 5; ++i) killed.put("key" + std::to_string(i), std::string(10'000, 'x')).value();
  const FaultyFiles files = before.after_kill();
  const auto file = files.open(path, ashlar::FileAccess::read).value();
  const auto bytes = ashlar::read_whole(files, file).value();
  std::size_t last = bytes.size();
  while (bytes[last - 1] == std::byte{0}) --last;
  // A bit of the header of the last record, which is as long as each of the others.
  REQUIRE(files.flip_bit(path, (last - 10'000 - 20) * 8));
  {
    auto store = Store::open("s", {}, files).value();
    store.put("more", "value").value();
    store.sync().value();
    CHECK(files.size(file).value() == 65536);
  }
  // Making the index anew mends it.
  CHECK(Store::open("s", {}, files.after_power_loss(1, 1)).value().get("key4").value() == std::string(10'000, 'x'));
}

TEST_CASE(
    "a record that only one that does not count leads to is neither written over nor cut off when it is damaged") {
  using Store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>;
  const std::string path = "s/seg/00000001.log";
  // Then the segment is gone on with, or too full for that.
  for (const int others : {2, 4}) {
    const FaultyFiles files;
    std::optional<Store> owner{Store::open("s", {}, files).value()};
    for (int i = 0; i < others; ++i) owner->put("pad" + std::to_string(i), std::string(10'000, 'x')).value();
    owner->put("key", "its value").value();
    auto store = Store::open("s", {}, files).value();
    store.put("other", "1").value();
    // Its records are appended, and do not count because "other" has changed meanwhile.
    int calls = 0;
    const auto fails = [&](auto& values) {
      if (++calls > 1) return false;
      values[0] = values[1] = "never";
      store.put("other", "2").value();
      return true;
    };
    CHECK_FALSE(store.transact(std::array<std::string, 2>{"key", "other"}, fails).value());
    REQUIRE(calls == 2);
    owner.reset();
    files.remove("s/seg/00000001.hnt").value();  // which a killed one leaves none of
    const auto file = files.open(path, ashlar::FileAccess::read).value();
    const std::uint64_t size = files.size(file).value();
    REQUIRE(size < 50'000);
    const auto bytes = ashlar::read_whole(files, file).value();
    std::size_t last = bytes.size() - 8;
    while (!ashlar::detail::RecordView{bytes.data() + last}.header_is_right(
        *ashlar::detail::salt_of_segment(bytes, ashlar::detail::load_le<std::uint64_t>(bytes.data() + 8), 1), last,
        bytes.size() - last)) {
      last -= 8;
    }
    REQUIRE(ashlar::detail::RecordView{bytes.data() + last}.key() == "key");
    CHECK(store.get("key").value() == "its value");
    REQUIRE(files.flip_bit(path, (last + 8) * 8));
    auto next = Store::open("s", {}, files).value();
    next.put("foe", "other way").value();
    CHECK(files.size(file).value() == size);
    for (const Store* reader : {&store, &next}) {
      const auto damaged = reader->get("key");
      CHECK((!damaged && damaged.error().code() == ErrorCode::corrupt));
      CHECK(reader->get("foe").value() == "other way");
    }
    // Making the index anew mends it.
    const FaultyFiles anew = files.after_kill();
    anew.remove("s/index/head").value();
    const auto mended = Store::open("s", {}, anew).value();
    CHECK(mended.get("key").value() == "its value");
    CHECK(mended.get("other").value() == "2");
  }
}

/// A store of which each put tells the calls that it took. A call moves fewer bytes than asked and is followed by another
/// one; a store to memory is whole, so that it counts as one, and bringing a piece as some.
class Counted {
 public:
  int calls_of(const std::string& key, std::size_t size) {
    calls_ = 0;
    store.put(key, std::string(size, 'v')).value();
    return calls_;
  }
  /// How many of so many puts were stored to memory.
  int stored(int count, std::size_t size) {
    int found = 0;
    for (int i = 0; i < count; ++i) found += calls_of("key" + std::to_string(i), size) == 1 ? 1 : 0;
    return found;
  }
  void pass(std::chrono::milliseconds time) { now_ += time; }

 private:
  int calls_ = 0;
  std::chrono::nanoseconds now_{0};
  FaultyFiles files_{Faults{.short_io = 1,
                            .fail = [this](const FileCall& call) -> std::optional<ErrorCode> {
                              calls_ += call.kind == FileCallKind::write ? 1 : 0;
                              return std::nullopt;
                            },
                            .time = [this] { return now_; }}};

 public:
  ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<std::uint64_t{16} << 20>, FaultyFiles> store{
      "s", {}, files_};
};

TEST_CASE("records of up to 64 KiB are stored to memory, larger ones go by calls") {
  Counted counted;
  CHECK(counted.stored(50, 9000) > 40);
  CHECK(counted.stored(50, 500) > 40);
  CHECK(counted.calls_of("large", 70'000) > 1);
  for (int i = 0; i < 50; ++i) CHECK(counted.store.get("key" + std::to_string(i)).value() == std::string(500, 'v'));
}

TEST_CASE("after a pause records go by calls, until a piece is filled without one") {
  for (const std::size_t size : {std::size_t{500}, std::size_t{9000}}) {
    Counted counted;
    CHECK(counted.stored(50, size) > 40);
    counted.pass(std::chrono::milliseconds{1100});
    CHECK(counted.calls_of("after", size) > 1);
    CHECK(counted.calls_of("further", size) > 1);
    (void)counted.stored(static_cast<int>((2U << 20) / size), size);
    CHECK(counted.stored(50, size) > 40);
    for (int i = 0; i < 50; ++i) CHECK(counted.store.get("key" + std::to_string(i)).value() == std::string(size, 'v'));
  }
}

TEST_CASE("records that come slowly go by calls") {
  for (const std::size_t size : {std::size_t{500}, std::size_t{2000}}) {
    Counted counted;
    (void)counted.calls_of("first", size);
    counted.pass(std::chrono::milliseconds{1100});
    int stored = 0;
    for (int i = 0; i < 200; ++i) {
      stored += counted.stored(1, size);
      counted.pass(std::chrono::milliseconds{500});
    }
    CHECK(stored == 0);
  }
}

TEST_CASE("records between syncs that follow each other closely go by calls") {
  Counted counted;
  CHECK(counted.stored(50, 9000) > 40);
  int stored = 0;
  for (int i = 0; i < 50; ++i) {
    counted.store.sync().value();
    stored += counted.stored(1, 9000) + counted.stored(1, 500);
  }
  CHECK(stored == 0);
  (void)counted.stored(130, 9000);
  CHECK(counted.stored(50, 9000) > 40);
}

}  // namespace
