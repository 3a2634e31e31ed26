// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <support/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <set>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>

namespace ashlar_test {

/// What every policy owes whatever it prefers: under uses, erasures, rebuilt tables and evictions in any order it names
/// only entries that are there, each once, and all of them when it is drained.
template <class Policy>
void names_every_entry_once(std::size_t capacity, std::size_t steps, std::uint64_t seed) {
  PolicyCache<Policy> cache{capacity};
  std::set<std::uint64_t> held;
  Chance chance{seed};
  auto slots = static_cast<ashlar::slot_index>(capacity + capacity / 8 + 1);
  const auto gone = [&] { REQUIRE(held.erase(cache.last_victim()) == 1); };
  for (std::size_t i = 0; i < steps; ++i) {
    const std::uint64_t key = chance.below(capacity * 2);
    const std::uint64_t what = chance.below(100);
    if (what < 85) {
      const bool full = cache.size() == capacity;
      const bool hit = cache.use(key);
      REQUIRE(hit == held.contains(key));
      if (!hit && full) gone();
      held.insert(key);
    } else if (what < 97) {
      REQUIRE(cache.erase(key) == (held.erase(key) == 1));
    } else if (what < 99) {
      if (cache.evict()) gone();
    } else {
      cache.renumber(slots += static_cast<ashlar::slot_index>(chance.below(3)));
    }
    REQUIRE(cache.size() == held.size());
  }
  while (cache.evict()) gone();
  CHECK(held.empty());
  CHECK(cache.size() == 0);
  CHECK_FALSE(cache.use(1));
  cache.clear();
  CHECK_FALSE(cache.evict());
  CHECK_FALSE(cache.use(1));
}

/// Two caches given the same requests hold the same keys throughout.
template <class Policy>
void is_deterministic(std::size_t capacity, const Keys& keys) {
  PolicyCache<Policy> one{capacity};
  PolicyCache<Policy> two{capacity};
  std::size_t apart = 0;
  for (const auto key : keys) apart += one.use(key) != two.use(key) ? 1 : 0;
  CHECK(apart == 0);
}

}  // namespace ashlar_test
