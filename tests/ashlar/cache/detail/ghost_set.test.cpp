// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/ghost_set.hpp>

#include <cstdint>

#include <ashlar/cache/eviction/unbounded.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_cache.hpp>

using GhostSet = ashlar::detail::GhostSet<std::uint16_t>;

namespace {

std::uint64_t hash_of(std::uint64_t key) { return ashlar_test::PolicyCache<ashlar::Unbounded>::hash_of(key); }

}  // namespace

TEST_CASE("A ghost set of a few keys remembers exactly the last of them") {
  const std::uint64_t keys = GENERATE(1u, 2u, 10u, 100u, 128u);
  GhostSet ghosts;
  ghosts.resize(200);
  ghosts.fit(keys);
  CHECK(ghosts.capacity() == keys);
  for (std::uint64_t key = 0; key < 300; ++key) ghosts.add(hash_of(key));
  CHECK(ghosts.size() == keys);
  for (std::uint64_t key = 300 - keys; key < 300; ++key) CHECK(ghosts.take(hash_of(key)));
  CHECK(ghosts.size() == 0);
}

TEST_CASE("A ghost set stays within its bound, remembers the newest and forgets the oldest") {
  GhostSet ghosts;
  ghosts.resize(4'000);
  ghosts.fit(3'000);
  CHECK(ghosts.capacity() >= 2'900);
  CHECK(ghosts.capacity() <= 3'000);
  for (std::uint64_t key = 0; key < 50'000; ++key) {
    ghosts.add(hash_of(key));
    if (key % 5'000 == 0) REQUIRE(ghosts.size() <= ghosts.capacity());
  }
  std::size_t newest = 0;
  std::size_t oldest = 0;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    newest += ghosts.take(hash_of(49'999 - i)) ? 1 : 0;
    oldest += ghosts.take(hash_of(40'000 + i)) ? 1 : 0;
  }
  CHECK(newest >= 990);
  CHECK(oldest <= 5);
}

TEST_CASE("A ghost is taken once, and what was never added is not there") {
  GhostSet ghosts;
  ghosts.resize(1'000);
  CHECK_FALSE(ghosts.take(hash_of(1)));
  ghosts.add(hash_of(1));
  CHECK(ghosts.size() == 0);
  ghosts.fit(1'000);
  ghosts.add(hash_of(1));
  CHECK(ghosts.take(hash_of(1)));
  CHECK_FALSE(ghosts.take(hash_of(1)));
  for (std::uint64_t key = 0; key < 1'000; ++key) ghosts.add(hash_of(key));
  std::size_t mistaken = 0;
  for (std::uint64_t key = 10'000; key < 110'000; ++key) mistaken += ghosts.take(hash_of(key)) ? 1 : 0;
  CHECK(mistaken < 200);
}

TEST_CASE("A ghost set forgets when it is fitted to another size, not when it grows a little") {
  GhostSet ghosts;
  ghosts.resize(1'000);
  ghosts.fit(500);
  ghosts.add(hash_of(7));
  ghosts.fit(550);
  ghosts.resize(2'000);
  CHECK(ghosts.size() == 1);
  ghosts.fit(800);
  CHECK(ghosts.size() == 0);
}
