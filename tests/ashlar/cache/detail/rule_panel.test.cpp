// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/rule_panel.hpp>

#include <vector>

#include <ashlar/cache/eviction/unbounded.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>
#include <support/reference_policies.hpp>

using namespace ashlar_test;
using ashlar::detail::RulePanel;
using ashlar::detail::ShadowCache;

namespace {

std::uint64_t hash_of(std::uint64_t key) { return PolicyCache<ashlar::Unbounded>::hash_of(key); }

}  // namespace

TEST_CASE("A shadow cache makes the choices of the reference queues, one by one, under every rule") {
  const std::size_t capacity = GENERATE(1u, 2u, 5u, 64u, 128u);
  const Keys keys = spliced({zipf(6'000, 500, 0.8), loop(3'000, 150), by_recency(4'000, 300, 0.1), pairs(3'000, 50)});
  for (std::size_t i = 0; i < RulePanel::count; ++i) {
    ShadowCache shadow;
    std::vector<ShadowCache::Cell> row(ShadowCache::cells_for(capacity));
    ReferenceQueues reference{capacity, ReferenceAdaptive::rules()[i]};
    Chance chance{i};
    std::size_t apart = 0;
    for (const auto key : keys) {
      const auto drawn = static_cast<std::uint32_t>(chance());
      const auto print = static_cast<ShadowCache::Cell>(key % (1u << ShadowCache::print_bits));
      apart += shadow.use(row, capacity, RulePanel::rules[i], print, drawn) != reference.use(key, drawn) ? 1 : 0;
      REQUIRE(shadow.window() + shadow.main() <= capacity);
      REQUIRE(shadow.ghosts() <= capacity);
    }
    INFO("rule " << i << ", capacity " << capacity);
    CHECK(apart == 0);
  }
}

TEST_CASE("The panel samples its share of the keys, all of a small cache") {
  RulePanel panel;
  panel.resize(100'000);
  const std::uint64_t entries = GENERATE(10u, 64u, 1'000u, 10'000u, 100'000u);
  panel.watch(entries);
  std::size_t sampled = 0;
  for (std::uint64_t key = 0; key < 200'000; ++key) sampled += panel.samples(hash_of(key)) ? 1 : 0;
  const double share = static_cast<double>(panel.capacity()) / static_cast<double>(entries);
  CHECK(static_cast<double>(sampled) / 200'000 == Approx(share).epsilon(0.15));
  CHECK(panel.capacity() <= RulePanel::most_in_full);
}

TEST_CASE("The panel finds the rule that fits") {
  RulePanel panel;
  panel.resize(64);
  panel.watch(64);
  const auto feed = [&](const Keys& keys) {
    for (const auto key : keys) panel.use(hash_of(key));
  };
  CHECK(panel.best() == 0);
  feed(by_recency(20'000, 300, 0.02));
  CHECK(panel.best() >= 3);
  feed(zipf(20'000, 1'000, 1.0));
  CHECK(panel.best() <= 1);
  feed(pairs(20'000, 40));
  CHECK(panel.best() >= 2);
  panel.clear();
  CHECK(panel.best() == 0);
}

TEST_CASE("The window of a cache has the share that the window of a full miniature has, to the entry") {
  const std::uint64_t capacity = GENERATE(1u, 3u, 7u, 64u, 100u);
  RulePanel panel;
  panel.resize(capacity);
  panel.watch(capacity);
  std::size_t wider = 0;
  for (const auto key : spliced({zipf(3'000, 3 * capacity, 0.8), pairs(6'000, capacity), zipf(3'000, 9, 0.9)})) {
    panel.use(hash_of(key));
    // A thousand times as many entries: whole miniatures' cells, unless it is the rule that says how many.
    const std::uint64_t window = panel.window_of(1'000 * capacity);
    REQUIRE(window <= 1'000 * capacity);
    if (window == panel.rule().window_of(1'000 * capacity)) continue;
    ++wider;
    REQUIRE(window % 1'000 == 0);
    REQUIRE(panel.window_of(capacity) == window / 1'000);
  }
  if (capacity > 1) CHECK(wider > 0);
}

TEST_CASE("A panel that is cleared, or watches another size, knows no window but the rule's") {
  RulePanel panel;
  panel.resize(64);
  panel.watch(64);
  const auto widen = [&] {
    std::uint64_t key = 0;
    for (const std::uint64_t most = 1'000'000; key < most; ++key) {
      panel.use(hash_of(key / 2));
      if (panel.window_of(1'000) > panel.rule().window_of(1'000)) return true;
    }
    return false;
  };
  REQUIRE(widen());
  panel.watch(64);
  CHECK(panel.window_of(1'000) > panel.rule().window_of(1'000));
  SECTION("cleared") {
    panel.clear();
    CHECK(panel.window_of(1'000) == panel.rule().window_of(1'000));
  }
  SECTION("another size") {
    panel.watch(32);
    CHECK(panel.window_of(1'000) == panel.rule().window_of(1'000));
  }
}

TEST_CASE("A panel without room samples nothing") {
  RulePanel panel;
  CHECK_FALSE(panel.samples(0));
  panel.watch(1'000);
  CHECK_FALSE(panel.samples(0));
}
