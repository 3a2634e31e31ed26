// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/set_key.hpp>
#include <ashlar/simd/glob.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using ashlar::having_member;
using ashlar::set_key;

TEST_CASE("a set's key does not depend on order or repetition") {
  CHECK(set_key({1, 2, 42}) == ",1,2,42,");
  CHECK(set_key({42, 1, 2, 1, 42}) == ",1,2,42,");
  CHECK(set_key({"b", "a"}) == set_key({"a", "b", "a"}));
  CHECK(set_key(std::set<std::string>{"x", "y"}) == ",x,y,");
  CHECK(set_key(std::vector<std::string_view>{"y", "x"}) == ",x,y,");
  CHECK(set_key(std::vector<int>{}) == ",");
}

TEST_CASE("every permutation with repetitions gives one key") {
  std::mt19937 random{7};
  for (int round = 0; round < 50; ++round) {
    std::vector<std::int64_t> stores(static_cast<std::size_t>(random() % 12));
    for (auto& store : stores) store = static_cast<std::int64_t>(random() % 100) - 50;
    const std::string key = set_key(stores);
    for (int i = 0; i < 10; ++i) {
      auto shuffled = stores;
      if (!stores.empty()) shuffled.push_back(stores[random() % stores.size()]);
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      CHECK(set_key(shuffled) == key);
    }
  }
}

TEST_CASE("different sets have different keys, whatever is in their members") {
  const std::vector<std::vector<std::string>> sets{
      {},     {""},  {"a,b"}, {"a", "b"},  {"a%cb"},    {"a", "", "b"}, {"%"},
      {"%p"}, {","}, {"%c"},  {"1", "23"}, {"12", "3"}, {"1,2", "3"}};
  std::set<std::string> keys;
  for (const auto& set : sets) keys.insert(set_key(set));
  CHECK(keys.size() == sets.size());
  CHECK(set_key({std::numeric_limits<std::uint64_t>::max()}) == ",18446744073709551615,");
  CHECK(set_key({std::numeric_limits<std::int64_t>::min()}) == ",-9223372036854775808,");
}

TEST_CASE("a pattern finds the sets that have a member") {
  const ashlar::Glob has_42{"diagnosis:" + having_member(42) + ":2025-*"};
  CHECK(has_42.matches("diagnosis:" + set_key({7, 42}) + ":2025-01"));
  CHECK(has_42.matches("diagnosis:" + set_key({42}) + ":2025-01"));
  CHECK_FALSE(has_42.matches("diagnosis:" + set_key({7, 421, 142}) + ":2025-01"));
  CHECK_FALSE(has_42.matches("diagnosis:" + set_key({42}) + ":2024-01"));
  const ashlar::Glob strange{having_member("a*,b")};
  CHECK(strange.matches(set_key({"a*,b", "c"})));
  CHECK_FALSE(strange.matches(set_key({"ax,b", "c"})));
}
