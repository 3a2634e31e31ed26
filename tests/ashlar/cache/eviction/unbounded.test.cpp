// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/unbounded.hpp>

TEST_CASE("an unbounded policy names no victim") {
  ashlar::Unbounded policy;
  ashlar::detail::EntriesArchetype entries;
  policy.resize(10);
  policy.insert(3, 0, entries);
  CHECK(policy.evict(0, entries) == ashlar::no_slot);
}
