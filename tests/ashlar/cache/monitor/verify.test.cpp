// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/monitor/verify.hpp>
#include <ashlar/cache/source_tier.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using ashlar::Disagreement;
using ashlar::Sample;
using ashlar::verify;

namespace {

using Memory = ashlar::MemoryTier<int, int, ashlar::Lru, ashlar::SingleThreaded, ashlar::CountHits>;
using Numbers = ashlar::Cache<Memory>;

struct Source {
  std::map<int, int> rows;
  std::optional<int> operator()(int key) {
    ++reads;
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : std::optional{found->second};
  }
  int reads = 0;
};

std::set<int> sampled(Numbers& cache, Sample sample) {
  std::set<int> keys;
  const auto note = [&](int key) {
    keys.insert(key);
    return std::optional<int>{key};
  };
  CHECK(verify(cache, note, sample).consistent());
  return keys;
}

}  // namespace

TEST_CASE("a cache that agrees with its source is consistent") {
  Numbers cache{ashlar::entries(100)};
  Source source;
  for (int i = 0; i < 50; ++i) {
    cache.put(i, i * i);
    source.rows[i] = i * i;
  }
  source.rows[1000] = 1;  // what is not cached is no fault
  const auto report = verify(cache, source);
  CHECK(report.consistent());
  CHECK(report.cached == 50);
  CHECK(report.compared == 50);
  CHECK(report.equal == 50);
  CHECK(report.differences.empty());
  CHECK(source.reads == 50);
}

TEST_CASE("other values and values the source does not have are reported by key") {
  Numbers cache{ashlar::entries(100)};
  Source source;
  for (int i = 0; i < 20; ++i) {
    cache.put(i, i);
    source.rows[i] = i;
  }
  source.rows[7] = 70;
  source.rows.erase(3);
  const auto report = verify(cache, source);
  CHECK_FALSE(report.consistent());
  CHECK(report.equal == 18);
  CHECK(report.other_value == 1);
  CHECK(report.not_in_source == 1);
  REQUIRE(report.differences.size() == 2);
  CHECK(report.differences[0].key == 3);
  CHECK(report.differences[0].what == Disagreement::not_in_source);
  CHECK(report.differences[1].key == 7);
  CHECK(report.differences[1].what == Disagreement::other_value);
  CHECK(verify(cache, source, Sample{.most_listed = 1}).differences.size() == 1);
}

TEST_CASE("a sample is chosen by fraction or count, the same for the same seed") {
  Numbers cache{ashlar::entries(2000)};
  for (int i = 0; i < 1000; ++i) cache.put(i, i);
  const auto tenth = sampled(cache, {.fraction = 0.1, .seed = 1});
  CHECK(tenth.size() == 100);
  CHECK(sampled(cache, {.fraction = 0.1, .seed = 1}) == tenth);
  CHECK(sampled(cache, {.fraction = 0.1, .seed = 2}) != tenth);
  const auto few = sampled(cache, {.most = 20, .seed = 1});
  CHECK(few.size() == 20);
  CHECK(std::includes(tenth.begin(), tenth.end(), few.begin(), few.end()));
  CHECK(sampled(cache, {.fraction = 0}).empty());
  CHECK(sampled(cache, {.fraction = 2}).size() == 1000);

  // Whatever the order in which the keys came.
  Numbers other{ashlar::entries(1500)};
  for (int i = 999; i >= 0; --i) other.put(i, i);
  CHECK(sampled(other, {.fraction = 0.1, .seed = 1}) == tenth);
}

TEST_CASE("verifying records no use: what is evicted next stays the same") {
  Numbers cache{ashlar::entries(12)};
  for (int i = 0; i < 12; ++i) cache.put(i, i);
  static_cast<void>(cache.get(0));
  Source source;
  for (int i = 0; i < 100; ++i) source.rows[i] = i;
  const auto before = cache.upper().stats();
  for (int key = 1; key < 12; ++key) CHECK(verify(cache, source, std::vector{key}).equal == 1);
  CHECK(cache.upper().stats().hits == before.hits);
  for (int i = 100; i < 106; ++i) cache.put(i, i);
  CHECK(cache.upper().contains(0));  // the only one that was read
  CHECK_FALSE(cache.upper().contains(1));
}

TEST_CASE("what the source fails for is unreadable, not different") {
  Numbers cache{ashlar::entries(10)};
  cache.put(1, 1);
  cache.put(2, 2);
  cache.put(3, 3);
  const auto fails = [](int key) -> ashlar::Result<std::optional<int>> {
    if (key == 1) return ashlar::Error{ashlar::ErrorCode::io, "the database is down"};
    if (key == 2) throw std::runtime_error{"no connection"};
    return std::optional{key};
  };
  const auto report = verify(cache, fails);
  CHECK(report.consistent());
  CHECK(report.compared == 1);
  CHECK(report.unreadable == 2);
  REQUIRE(report.differences.size() == 2);
  CHECK(report.differences[0].error.find("the database is down") != std::string::npos);
  CHECK(report.differences[1].error == "no connection");
}

TEST_CASE("a value that is written while it is compared is looked at again") {
  Numbers cache{ashlar::entries(10)};
  cache.put(1, 1);
  cache.put(2, 2);
  int reads = 0;
  const auto moving = [&](int key) {
    if (++reads == 1) cache.put(1, 10);
    if (key == 2) cache.erase(2);
    return std::optional{key == 1 ? 10 : 20};
  };
  const auto report = verify(cache, moving);
  CHECK(report.consistent());
  CHECK(report.equal == 1);
  CHECK(report.gone == 1);
}

TEST_CASE("keys may be given, the source may be a tier or return plain values, and equality may be one's own") {
  Numbers cache{ashlar::entries(10)};
  for (int i = 0; i < 5; ++i) cache.put(i, i);
  ashlar::SourceTier<int, int, ashlar::ReadOnly> tier{[](const int& key) { return std::optional{key}; }};
  CHECK(verify(cache, tier).equal == 5);
  const auto report = verify(cache, [](int key) { return key + 1; }, std::vector{1, 2, 9});
  CHECK(report.cached == 3);
  CHECK(report.other_value == 2);
  CHECK(report.gone == 1);
  const auto close = [](int a, int b) { return a - b <= 1 && b - a <= 1; };
  CHECK(verify(cache, [](int key) { return ashlar::Result<int>{key + 1}; }, Sample{}, close).consistent());
}
