// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/null_tier.hpp>

#include <string>

using Null = ashlar::NullTier<std::string, int>;
static_assert(ashlar::tier<Null> && ashlar::expiring_tier<Null> && ashlar::clearable_tier<Null> &&
              ashlar::scannable_tier<Null>);
static_assert(std::is_empty_v<Null>);

TEST_CASE("the null tier keeps nothing") {
  Null tier;
  tier.put("a", 1);
  tier.put("a", 1, std::chrono::seconds{1});
  CHECK(tier.get("a") == std::nullopt);
  CHECK(tier.get_timed("a") == std::nullopt);
  CHECK_FALSE(tier.erase("a"));
  tier.for_each([](const std::string&, int) { FAIL("there is nothing to show"); });
  tier.clear();
}
