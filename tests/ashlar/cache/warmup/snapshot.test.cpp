// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/warmup/snapshot.hpp>
#include <ashlar/store/faulty_files.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>
#include <support/temp_directory.hpp>

using namespace std::chrono_literals;
using ashlar::FaultyFiles;
using ashlar::ManualClock;
using Tier = ashlar::MemoryTier<std::string, std::string, ashlar::ExpirePerEntry<ManualClock>>;

namespace {

const std::string path = "snapshot";

std::string value_of(int i) {
  return "value " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 50), '.');
}

void fill(Tier& tier, int count) {
  for (int i = 0; i < count; ++i) tier.put("key " + std::to_string(i), value_of(i));
}

/// A file system with `bytes` as the file `path`.
FaultyFiles disk_with(std::span<const std::byte> bytes) {
  FaultyFiles files;
  auto file = files.open(path, ashlar::FileAccess::create).value();
  ashlar::write_fully(files, file, 0, bytes).value();
  return files;
}

std::vector<std::byte> content(const FaultyFiles& files) {
  const auto file = files.open(path, ashlar::FileAccess::read).value();
  return ashlar::read_whole(files, file).value();
}

/// Every entry of `tier` is one that `fill` puts.
bool only_right_values(const Tier& tier) {
  bool right = true;
  tier.for_each([&](const std::string& key, const std::string& value) {
    right = right && key.starts_with("key ") && value == value_of(std::stoi(key.substr(4)));
  });
  return right;
}

}  // namespace

TEST_CASE("what is saved is restored, on a real file system") {
  const ashlar_test::TempDirectory directory;
  const std::string file = (directory / "cache.snapshot").string();
  ManualClock clock;
  Tier tier{ashlar::entries(10'000), ashlar::ExpirePerEntry{clock}};
  fill(tier, 5'000);
  const auto saved = ashlar::save_snapshot(tier, file);
  REQUIRE(saved);
  CHECK(saved->saved == 5'000);
  CHECK(saved->left_out == 0);
  CHECK(saved->bytes == std::filesystem::file_size(file));
  CHECK_FALSE(std::filesystem::exists(file + ".part"));

  Tier again{ashlar::entries(10'000), ashlar::ExpirePerEntry{clock}};
  const auto restored = ashlar::restore_snapshot(again, file);
  REQUIRE(restored);
  CHECK(restored->restored == 5'000);
  CHECK_FALSE(restored->damage);
  CHECK(again.size() == 5'000);
  CHECK(only_right_values(again));
}

TEST_CASE("entries come back for the time they have left, and not when that is over") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  tier.put("short", "a", 10s);
  tier.put("long", "b", 100s);
  tier.put("for ever", "c");
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files, clock));
  clock.advance(30s);
  Tier again{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  const auto report = ashlar::restore_snapshot(again, path, {.stagger = 0}, files, clock);
  REQUIRE(report);
  CHECK(report->restored == 2);
  CHECK(report->expired == 1);
  CHECK_FALSE(again.get("short"));
  REQUIRE(again.get_timed("long"));
  CHECK(again.get_timed("long")->ttl <= 70s);
  CHECK(again.get_timed("long")->ttl > 68s);
  CHECK(again.get_timed("for ever")->ttl == ashlar::forever);
}

TEST_CASE("lives that end together are spread by the stagger, none is longer than it was") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(2'000), ashlar::ExpirePerEntry{clock}};
  for (int i = 0; i < 1'000; ++i) tier.put("key " + std::to_string(i), value_of(i), 1000s);
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files, clock));
  Tier again{ashlar::entries(2'000), ashlar::ExpirePerEntry{clock}};
  REQUIRE(ashlar::restore_snapshot(again, path, {.stagger = 0.5}, files, clock)->restored == 1'000);
  std::vector<int> tenths(11);
  for (int i = 0; i < 1'000; ++i) {
    const auto left = again.get_timed("key " + std::to_string(i))->ttl;
    CHECK(left <= 1000s);
    CHECK(left >= 499s);
    ++tenths[static_cast<std::size_t>((1000s - left) / 50s)];
  }
  for (std::size_t i = 0; i < 10; ++i) CHECK(tenths[i] > 50);
}

TEST_CASE("the hottest come first, so that a smaller tier or a limit keeps them") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(1'000), ashlar::ExpirePerEntry{clock}};
  fill(tier, 500);
  std::vector<std::string> hot;
  for (int i = 499; i >= 400; --i) hot.push_back("key " + std::to_string(i));
  hot.push_back("gone since");
  const auto saved = ashlar::save_snapshot(tier, path, hot, {}, files);
  REQUIRE(saved);
  CHECK(saved->saved == 500);
  CHECK(saved->left_out == 1);

  Tier small{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  const auto report = ashlar::restore_snapshot(small, path, {}, files);
  REQUIRE(report);
  CHECK(report->restored == 100);
  CHECK(report->left_out == 400);
  std::size_t kept = 0;
  for (int i = 400; i < 500; ++i) kept += small.contains("key " + std::to_string(i)) ? 1U : 0U;
  CHECK(kept >= 99);

  Tier limited{ashlar::entries(1'000), ashlar::ExpirePerEntry{clock}};
  REQUIRE(ashlar::restore_snapshot(limited, path, {.most = 3}, files)->restored == 3);
  CHECK(limited.contains("key 499"));
  CHECK(limited.contains("key 498"));
  CHECK(limited.contains("key 497"));

  const auto few = ashlar::save_snapshot(tier, path, hot, {.most = 2}, files);
  REQUIRE(few);
  CHECK(few->saved == 2);
  CHECK(few->left_out == 499);
}

TEST_CASE("a smaller tier that weighs bytes keeps the hottest, too") {
  const FaultyFiles files;
  using Weighed = ashlar::MemoryTier<int, std::string, ashlar::WeighBytes, ashlar::Lru>;
  Weighed tier{ashlar::bytes(1'000'000)};
  std::vector<int> hot;
  for (int i = 0; i < 600; ++i) {
    tier.put(i, std::string(100 + static_cast<std::size_t>(i % 90), 'x'));
    hot.push_back(i);
  }
  REQUIRE(ashlar::save_snapshot(tier, path, hot, {}, files)->saved == 600);
  Weighed small{ashlar::bytes(100'000)};
  const auto report = ashlar::restore_snapshot(small, path, {}, files);
  REQUIRE(report);
  CHECK(report->restored > 100);
  CHECK(report->restored + report->left_out == 600);
  CHECK(small.stats().evicted <= report->restored / 50);
}

TEST_CASE("what is to expire is left out of a tier where nothing does") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(10), ashlar::ExpirePerEntry{clock}};
  tier.put("expires", "a", 1000s);
  tier.put("stays", "b");
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files, clock));
  ashlar::MemoryTier<std::string, std::string> forever{ashlar::entries(10)};
  const auto report = ashlar::restore_snapshot(forever, path, {}, files, clock);
  REQUIRE(report);
  CHECK(report->restored == 1);
  CHECK(report->left_out == 1);
  CHECK_FALSE(forever.contains("expires"));
}

TEST_CASE("what is in the tier already is newer and stays") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  fill(tier, 10);
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files));
  Tier again{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  again.put("key 3", "newer");
  const auto report = ashlar::restore_snapshot(again, path, {}, files);
  REQUIRE(report);
  CHECK(report->restored == 9);
  CHECK(report->present == 1);
  CHECK(again.get("key 3") == "newer");
}

TEST_CASE("saving records no use, and serves any tier that shows its entries") {
  const FaultyFiles files;
  ashlar::MemoryTier<int, int, ashlar::CountHits> counted{ashlar::entries(10)};
  counted.put(1, 10);
  REQUIRE(ashlar::save_snapshot(counted, path, {}, {}, files)->saved == 1);
  CHECK(counted.stats().hits == 0);
  ashlar_test::MapTier<int, int> plain{0};
  REQUIRE(ashlar::restore_snapshot(plain, path, {}, files)->restored == 1);
  CHECK(plain.get(1) == 10);
  REQUIRE(ashlar::save_snapshot(plain, path, {}, {}, files)->saved == 1);
}

TEST_CASE("an empty tier is saved and restored, a missing file is an error") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(10), ashlar::ExpirePerEntry{clock}};
  CHECK(ashlar::restore_snapshot(tier, path, {}, files).error().code() == ashlar::ErrorCode::not_found);
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files)->saved == 0);
  const auto report = ashlar::restore_snapshot(tier, path, {}, files);
  REQUIRE(report);
  CHECK(report->restored == 0);
  CHECK_FALSE(report->damage);
}

TEST_CASE("another version, another schema and what is no snapshot are refused in words") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(10), ashlar::ExpirePerEntry{clock}};
  fill(tier, 3);
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {.schema = 4}, files));
  const auto schema = ashlar::restore_snapshot(tier, path, {.schema = 5}, files);
  REQUIRE_FALSE(schema);
  CHECK(schema.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(std::string{schema.error().what()} == "snapshot was saved with schema 4, and 5 was asked for");

  std::vector<std::byte> bytes = content(files);
  bytes[7] = std::byte{'2'};
  const auto version = ashlar::restore_snapshot(tier, path, {.schema = 4}, disk_with(bytes));
  REQUIRE_FALSE(version);
  CHECK(version.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(std::string_view{version.error().what()}.find("version '2'") != std::string_view::npos);

  bytes[0] = std::byte{'X'};
  CHECK(ashlar::restore_snapshot(tier, path, {.schema = 4}, disk_with(bytes)).error().code() ==
        ashlar::ErrorCode::corrupt);
}

TEST_CASE("the bytes of version 1") {
  const FaultyFiles files;
  ManualClock clock{5ns};
  ashlar::MemoryTier<std::uint16_t, std::string> tier{ashlar::entries(4)};
  tier.put(0x1234, "ab");
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {.schema = 7}, files, clock));
  std::string hex;
  for (const std::byte b : content(files)) {
    for (const unsigned digit : {std::to_integer<unsigned>(b) >> 4, std::to_integer<unsigned>(b) & 15}) {
      hex += "0123456789abcdef"[digit];
    }
  }
  CHECK(hex ==
        "415348534e415031"  // magic and version
        "0700000000000000"  // schema
        "c9f16983"          // checksum
        "0f000000"          // a payload of 15 bytes
        "01000000"          // with one entry
        "2fdb4045"          // checksum
        "ffffffffffffff7f"  // for ever
        "0203"              // a key of 2 bytes, a value of 3
        "3412"
        "026162"
        "00000000ffffffff"  // the end
        "6fadd3df"          // checksum
        "0100000000000000"  // one entry in all
  );
}

TEST_CASE("a flipped bit anywhere is noticed, and nothing wrong is restored") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(20), ashlar::ExpirePerEntry{clock}};
  fill(tier, 12);
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files));
  const std::vector<std::byte> bytes = content(files);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::vector<std::byte> damaged = bytes;
    damaged[i] ^= std::byte{1} << (i % 8);
    Tier again{ashlar::entries(20), ashlar::ExpirePerEntry{clock}};
    const auto report = ashlar::restore_snapshot(again, path, {}, disk_with(damaged));
    if (report && !report->damage) FAIL("byte " << i << " was flipped and nobody noticed");
    if (!only_right_values(again)) FAIL("byte " << i << " was flipped and a wrong value restored");
  }
}

TEST_CASE("a file cut short gives what comes before the cut, and says so") {
  ManualClock clock;
  const FaultyFiles files;
  Tier tier{ashlar::entries(10'000), ashlar::ExpirePerEntry{clock}};
  fill(tier, 5'000);
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, files));
  std::vector<std::byte> bytes = content(files);
  REQUIRE(bytes.size() > 200'000);
  std::size_t most = 0;
  for (const std::size_t length : {std::size_t{0}, std::size_t{19}, std::size_t{20}, std::size_t{40},
                                   std::size_t{70'000}, std::size_t{150'000}, bytes.size() - 1}) {
    Tier again{ashlar::entries(10'000), ashlar::ExpirePerEntry{clock}};
    const auto report = ashlar::restore_snapshot(again, path, {}, disk_with(std::span{bytes}.first(length)));
    CHECK((!report || report->damage));
    CHECK(only_right_values(again));
    CHECK(again.size() >= most);
    most = again.size();
  }
  CHECK(most == 5'000);
  bytes.push_back(std::byte{0});
  Tier again{ashlar::entries(10'000), ashlar::ExpirePerEntry{clock}};
  CHECK(ashlar::restore_snapshot(again, path, {}, disk_with(bytes))->damage);
}

TEST_CASE("a crash at any call of a save leaves the old snapshot or the new, whole") {
  ManualClock clock;
  Tier old{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  fill(old, 10);
  Tier fresh{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  fill(fresh, 60);
  std::uint64_t points = 0;
  bool saw_old = false;
  bool saw_new = false;
  for (std::uint64_t at = 1;; ++at, ++points) {
    const FaultyFiles first{ashlar::Faults{.seed = at, .short_io = 0.2}};
    REQUIRE(ashlar::save_snapshot(old, path, {}, {}, first));
    FaultyFiles files = first.after_kill({.seed = at, .crash_at = at, .short_io = 0.2});
    const bool saved = ashlar::save_snapshot(fresh, path, {}, {}, files).has_value();
    for (const double kept : {0.0, 0.5, 1.0}) {
      const FaultyFiles found = files.after_power_loss(at, kept);
      Tier again{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
      const auto report = ashlar::restore_snapshot(again, path, {}, found);
      REQUIRE(report);
      CHECK_FALSE(report->damage);
      CHECK((again.size() == 10 || again.size() == 60));
      CHECK((!saved || again.size() == 60));
      CHECK(only_right_values(again));
      saw_old = saw_old || again.size() == 10;
      saw_new = saw_new || again.size() == 60;
      // And the next save is not in the way of what is left over.
      REQUIRE(ashlar::save_snapshot(fresh, path, {}, {}, found));
    }
    if (saved) break;
  }
  CHECK(points > 5);
  CHECK(saw_old);
  CHECK(saw_new);
}

TEST_CASE("a full disk or a device that fails is an error, and the old snapshot stays") {
  ManualClock clock;
  Tier tier{ashlar::entries(100), ashlar::ExpirePerEntry{clock}};
  fill(tier, 10);
  const FaultyFiles first;
  REQUIRE(ashlar::save_snapshot(tier, path, {}, {}, first));
  const std::vector<std::byte> before = content(first);
  FaultyFiles full = first.after_kill({.capacity = before.size() + 100});
  fill(tier, 90);
  const auto saved = ashlar::save_snapshot(tier, path, {}, {}, full);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ashlar::ErrorCode::no_space);
  CHECK(content(full) == before);
  CHECK_FALSE(full.find(path + ".part").value());
}

TEST_CASE("of two savers at once one is told that it is busy, and the file is whole") {
  const ashlar_test::TempDirectory directory;
  const std::string file = (directory / "shared").string();
  ManualClock clock;
  Tier tier{ashlar::entries(1'000), ashlar::ExpirePerEntry{clock}};
  fill(tier, 500);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const auto saved = ashlar::save_snapshot(tier, file);
        if (!saved && saved.error().code() != ashlar::ErrorCode::busy) ++wrong;
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  Tier again{ashlar::entries(1'000), ashlar::ExpirePerEntry{clock}};
  const auto report = ashlar::restore_snapshot(again, file);
  REQUIRE(report);
  CHECK_FALSE(report->damage);
  CHECK(report->restored == 500);
}
