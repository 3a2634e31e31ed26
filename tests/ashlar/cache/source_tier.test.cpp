// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/source_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include <support/cache_tiers.hpp>

using ashlar_test::MapTier;

namespace {

// A database with one table.
struct Table {
  std::mutex mutex;
  std::map<int, std::string> rows;
  int reads = 0;
  bool down = false;

  ashlar::SourceTier<int, std::string> source() {
    return ashlar::SourceTier<int, std::string>{[this](int key) -> ashlar::Result<std::optional<std::string>> {
                                                  const std::lock_guard lock{mutex};
                                                  ++reads;
                                                  if (down)
                                                    return ashlar::Error{ashlar::ErrorCode::io, "no connection"};
                                                  const auto row = rows.find(key);
                                                  return row == rows.end() ? std::nullopt : std::optional{row->second};
                                                },
                                                [this](int key, const std::string& value) {
                                                  const std::lock_guard lock{mutex};
                                                  rows[key] = value;
                                                },
                                                [this](int key) {
                                                  const std::lock_guard lock{mutex};
                                                  return rows.erase(key) > 0;
                                                }};
  }
};

using Memory = MapTier<int, std::string>;
using Source = ashlar::SourceTier<int, std::string>;
static_assert(ashlar::tier<Source> && ashlar::source_tier<Source> && !ashlar::clearable_tier<Source>);

}  // namespace

TEST_CASE("a cache over a source reads through and writes through") {
  Table table;
  table.rows = {{1, "one"}};
  ashlar::Cache<Memory, Source> cache{0, table.source()};
  CHECK(cache.get(1) == "one");
  CHECK(cache.get(1) == "one");
  CHECK(table.reads == 1);
  REQUIRE(cache.put(2, "two"));
  CHECK(table.rows[2] == "two");
  CHECK(cache.erase(1).value());
  CHECK_FALSE(table.rows.contains(1));
}

TEST_CASE("invalidation and clear drop copies and leave the source alone; loads are not written to it") {
  Table table;
  table.rows = {{1, "one"}, {2, "two"}};
  ashlar::Cache<Memory, Source> cache{0, table.source()};
  REQUIRE(cache.get(1) == "one");
  table.rows[1] = "uno";
  CHECK(cache.get(1) == "one");
  CHECK(cache.invalidate(1).value());
  CHECK(cache.get(1) == "uno");
  REQUIRE(cache.clear());
  CHECK(cache.upper().size() == 0);
  CHECK(table.rows.size() == 2);
  CHECK(cache.get_or_load(3, [] { return std::string{"computed"}; }) == "computed");
  CHECK(cache.get(3) == "computed");
  CHECK_FALSE(table.rows.contains(3));
}

TEST_CASE("invalidation goes through a cache below and stops at its source") {
  Table table;
  table.rows = {{1, "one"}};
  using Inner = ashlar::Cache<Memory, Source>;
  ashlar::Cache<Memory, Inner> cache{0, [&] { return Inner{0, table.source()}; }};
  REQUIRE(cache.get(1) == "one");
  table.rows[1] = "uno";
  CHECK(cache.invalidate(1).value());
  CHECK(cache.get(1) == "uno");
  CHECK(table.rows.size() == 1);
}

TEST_CASE("a source that is down is a miss; what it throws is passed on") {
  Table table;
  table.down = true;
  ashlar::Cache<Memory, Source, ashlar::CacheAside> cache{0, table.source()};
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.stats().errors_below == 1);

  ashlar::Cache<Memory, ashlar::SourceTier<int, std::string, ashlar::ReadOnly>> reader{
      0, [](int) -> std::optional<std::string> { throw std::runtime_error{"broken"}; }};
  CHECK_THROWS_AS(reader.get(1), std::runtime_error);
  CHECK_THROWS_AS(reader.get(1), std::runtime_error);
}

TEST_CASE("write-back over a source keeps what waits when copies are invalidated") {
  Table table;
  ashlar::Cache<Memory, Source, ashlar::WriteBack> cache{0, table.source(),
                                                         ashlar::WriteBack{.linger = std::chrono::hours{1}}};
  REQUIRE(cache.put(1, "one"));
  CHECK(cache.invalidate(1).value());
  REQUIRE(cache.clear());
  CHECK(cache.get(1) == "one");
  CHECK(cache.flush().complete());
  CHECK(table.rows[1] == "one");
}
