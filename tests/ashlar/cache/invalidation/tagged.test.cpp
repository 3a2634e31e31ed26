// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/tagged.hpp>
#include <ashlar/cache/weight.hpp>

#include <string>
#include <type_traits>
#include <vector>

using ashlar::Tags;

TEST_CASE("tags are hashes of their names, from a list or a range") {
  const Tags some{"a", "b"};
  CHECK(some.ids() == std::vector<std::uint64_t>{Tags::id("a"), Tags::id("b")});
  const std::vector<std::string> names{"a", "b"};
  CHECK(Tags{names}.ids() == some.ids());
  CHECK(Tags{}.ids().empty());
  CHECK(Tags::id("a") != Tags::id("b"));
}

TEST_CASE("a tagged value holds its tags, and weighs them") {
  const auto entry = ashlar::tagged(std::string(100, 'x'), {"a", "b"});
  CHECK(entry.value == std::string(100, 'x'));
  CHECK(entry.tags.size() == 2);
  CHECK(entry == ashlar::tagged(std::string(100, 'x'), {"a", "b"}));
  const ashlar::WeighBytes weigher;
  CHECK(weigher.weight(1, entry) >= weigher.weight(1, ashlar::tagged(std::string(100, 'x'), {})) + 16);
  CHECK(weigher.weight(1, ashlar::Stamped<std::string>{std::string(100, 'x')}) >= 100);
}

TEST_CASE("a stamp leaves a plain value plain") {
  STATIC_REQUIRE(std::is_trivially_copyable_v<ashlar::Stamped<int>>);
  STATIC_REQUIRE(sizeof(ashlar::Stamped<std::uint64_t>) == 16);
  CHECK(ashlar::Stamped<int>{1, 2} == ashlar::Stamped<int>{1, 2});
}
