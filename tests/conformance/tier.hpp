// SPDX-License-Identifier: BSL-1.0
#pragma once

// What every tier must do, to be run on a tier of one's own:
//
//     struct MyFixture {
//       using tier_type = MyTier;
//       std::unique_ptr<MyTier> make();              // an empty tier with room for 1000 entries, each time
//       static MyTier::key_type key(int i);          // a different one for each i
//       static MyTier::mapped_type value(int i);     // a different one for each i, comparable with ==
//       static constexpr bool concurrent = true;     // several threads may use one tier
//     };
//     TEST_CASE("my tier is a tier") { ashlar_test::tier_contract(MyFixture{}); }
//
// Refinements (expiring, atomic, scannable, batch, clearable) are tested where the tier models them. Needs Catch2.

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/tier_access.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace ashlar_test {

/// A value, taken out of the `Result` it may come in.
template <class T>
auto plain(T answer) {
  if constexpr (ashlar::detail::gives_a_result<T>) {
    return std::move(answer).value();
  } else {
    return answer;
  }
}

/// Short names for the calls of a tier, whatever they return.
template <class Fixture>
struct TierUnderTest {
  using Tier = typename Fixture::tier_type;
  using V = typename Tier::mapped_type;
  Tier& tier;

  std::optional<V> get(int i) { return plain(tier.get(Fixture::key(i))); }
  bool put(int i, int v) {
    return ashlar::detail::succeeds([&] { return tier.put(Fixture::key(i), Fixture::value(v)); }).has_value();
  }
  bool erase(int i) { return plain(tier.erase(Fixture::key(i))); }
  bool is(int i, int v) {
    const auto found = get(i);
    return found && *found == Fixture::value(v);
  }
};

template <class Fixture>
void map_contract(Fixture fixture) {
  const auto made = fixture.make();
  TierUnderTest<Fixture> tier{*made};
  SECTION("an empty tier has nothing, and nothing to erase") {
    CHECK_FALSE(tier.get(0));
    CHECK_FALSE(tier.erase(0));
  }
  SECTION("what was put is found, again and again") {
    REQUIRE(tier.put(1, 10));
    CHECK(tier.is(1, 10));
    CHECK(tier.is(1, 10));
    CHECK_FALSE(tier.get(2));
  }
  SECTION("put replaces") {
    REQUIRE(tier.put(1, 10));
    REQUIRE(tier.put(1, 11));
    CHECK(tier.is(1, 11));
  }
  SECTION("erase removes once; the key can come back") {
    REQUIRE(tier.put(1, 10));
    CHECK(tier.erase(1));
    CHECK_FALSE(tier.erase(1));
    CHECK_FALSE(tier.get(1));
    REQUIRE(tier.put(1, 12));
    CHECK(tier.is(1, 12));
  }
  SECTION("keys do not disturb each other") {
    for (int i = 0; i < 200; ++i) REQUIRE(tier.put(i, i));
    for (int i = 0; i < 200; i += 2) CHECK(tier.erase(i));
    for (int i = 0; i < 200; ++i) CHECK(tier.is(i, i) == (i % 2 == 1));
  }
}

template <class Fixture>
void refinement_contract(Fixture fixture) {
  using Tier = typename Fixture::tier_type;
  using K = typename Tier::key_type;
  using V = typename Tier::mapped_type;
  const auto made = fixture.make();
  TierUnderTest<Fixture> tier{*made};
  if constexpr (ashlar::atomic_tier<Tier>) {
    SECTION("insert_if_absent stores where there is nothing, and says so") {
      CHECK(plain(made->insert_if_absent(Fixture::key(1), Fixture::value(10))));
      CHECK_FALSE(plain(made->insert_if_absent(Fixture::key(1), Fixture::value(11))));
      CHECK(tier.is(1, 10));
      CHECK(tier.erase(1));
      CHECK(plain(made->insert_if_absent(Fixture::key(1), Fixture::value(12))));
      CHECK(tier.is(1, 12));
    }
  }
  if constexpr (ashlar::scannable_tier<Tier>) {
    SECTION("for_each shows each entry once") {
      for (int i = 0; i < 50; ++i) REQUIRE(tier.put(i, i + 100));
      std::set<int> seen;
      int strange = 0;
      static_cast<void>(made->for_each([&](const K& key, const V& value) {
        int which = -1;
        for (int i = 0; i < 50; ++i) {
          if (key == Fixture::key(i) && value == Fixture::value(i + 100)) which = i;
        }
        strange += which < 0 || !seen.insert(which).second;
      }));
      CHECK(seen.size() == 50);
      CHECK(strange == 0);
    }
  }
  if constexpr (ashlar::batch_tier<Tier>) {
    SECTION("get_many answers in order: all, some, none, duplicates, no keys") {
      REQUIRE(tier.put(1, 10));
      REQUIRE(tier.put(2, 20));
      const std::vector<K> keys{Fixture::key(2), Fixture::key(9), Fixture::key(1), Fixture::key(2)};
      std::vector<std::optional<V>> out(keys.size());
      CHECK(static_cast<std::size_t>(made->get_many(keys, out)) == 3);
      CHECK((out[0] && *out[0] == Fixture::value(20)));
      CHECK_FALSE(out[1]);
      CHECK((out[2] && *out[2] == Fixture::value(10)));
      CHECK((out[3] && *out[3] == Fixture::value(20)));
      CHECK(static_cast<std::size_t>(made->get_many({}, {})) == 0);
    }
  }
  if constexpr (ashlar::clearable_tier<Tier>) {
    SECTION("clear leaves nothing") {
      for (int i = 0; i < 20; ++i) REQUIRE(tier.put(i, i));
      CHECK(ashlar::detail::succeeds([&] { return made->clear(); }));
      for (int i = 0; i < 20; ++i) CHECK_FALSE(tier.get(i));
      REQUIRE(tier.put(1, 1));
      CHECK(tier.is(1, 1));
    }
  }
  if constexpr (ashlar::expiring_tier<Tier>) {
    SECTION("a time to live of nothing is over; a long one is told") {
      const auto put = [&](int i, std::chrono::nanoseconds ttl) {
        return ashlar::detail::succeeds([&] { return made->put(Fixture::key(i), Fixture::value(i), ttl); }).has_value();
      };
      CHECK(put(1, std::chrono::nanoseconds{0}));
      CHECK_FALSE(tier.get(1));
      CHECK(put(2, std::chrono::hours{1}));
      CHECK(tier.is(2, 2));
      const auto timed = plain(made->get_timed(Fixture::key(2)));
      REQUIRE(timed);
      CHECK(timed->value == Fixture::value(2));
      CHECK(timed->ttl <= std::chrono::hours{1});
      CHECK(timed->ttl > std::chrono::minutes{59});
      CHECK(put(3, ashlar::forever));
      CHECK(tier.is(3, 3));
      CHECK_FALSE(plain(made->get_timed(Fixture::key(4))));
    }
  }
}

/// Reads beside writes: what is found is the last value written before the read began, or one written during it.
template <class Fixture>
void concurrent_contract(Fixture fixture, int rounds) {
  const auto made = fixture.make();
  TierUnderTest<Fixture> tier{*made};
  std::atomic<int> done{0};
  std::atomic<int> begun{0};
  std::atomic<int> wrong{0};
  std::thread writer{[&] {
    for (int i = 1; i <= rounds; ++i) {
      begun.store(i);
      if (!tier.put(0, i)) ++wrong;
      done.store(i);
      if (i % 16 == 0 && !tier.put(1000 + i, i)) ++wrong;
    }
  }};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (done.load() < rounds) {
        const int before = done.load();
        const auto found = tier.get(0);
        const int after = begun.load();
        if (!found) continue;  // a tier may evict
        bool legal = false;
        for (int v = before; v <= after && !legal; ++v) legal = *found == Fixture::value(v);
        wrong += !legal;
      }
    });
  }
  writer.join();
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(tier.is(0, rounds));
}

/// All of the above.
template <class Fixture>
void tier_contract(Fixture fixture, int rounds = 300) {
  static_assert(ashlar::explain_tier<typename Fixture::tier_type>());
  map_contract(fixture);
  refinement_contract(fixture);
  if constexpr (Fixture::concurrent) {
    SECTION("reads beside writes") { concurrent_contract(fixture, rounds); }
  }
}

}  // namespace ashlar_test
