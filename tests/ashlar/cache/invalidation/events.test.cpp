// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/events.hpp>
#include <ashlar/simd/glob.hpp>

#include <string>
#include <vector>

using ashlar::Events;
using ashlar::field;
using ashlar::no_field;
using ashlar::On;

namespace {

using Rules = Events<On<"product_created", "product:*">,
                     On<"product_updated", "product:*", "product:{product_id}:*", "inventory:*:{product_id}:*">,
                     On<"moved", "stock:{from}:{to}", "{from}">>;

using Patterns = std::vector<std::string>;

}  // namespace

TEST_CASE("an event names the patterns of the keys it makes stale") {
  CHECK(Rules::patterns<"product_created">() == Patterns{"product:*"});
  CHECK(Rules::patterns<"product_updated">(field<"product_id">("42")) ==
        Patterns{"product:*", "product:42:*", "inventory:*:42:*"});
}

TEST_CASE("a pattern with a field that an event does not have is left out") {
  CHECK(Rules::patterns<"product_updated">(no_field<"product_id">()) == Patterns{"product:*"});
  CHECK(Rules::patterns<"moved">(no_field<"to">(), field<"from">("a")) == Patterns{"a"});
  CHECK(Rules::patterns<"moved">(no_field<"to">(), no_field<"from">()).empty());
  CHECK(Rules::patterns<"moved">(field<"to">("b"), field<"from">("a")) == Patterns{"stock:a:b", "a"});
}

TEST_CASE("a field's value stands for itself, whatever is in it") {
  const std::string strange = "4*2?[x]\\{from}";
  const auto patterns = Rules::patterns<"moved">(field<"from">(strange), no_field<"to">());
  REQUIRE(patterns.size() == 1);
  CHECK(ashlar::Glob{patterns[0]}.matches(strange));
  CHECK_FALSE(ashlar::Glob{patterns[0]}.matches("4abc2?[x]\\{from}"));
  CHECK(ashlar::Glob{ashlar::glob_escape("[a]")}.matches("[a]"));
  CHECK_FALSE(ashlar::Glob{ashlar::glob_escape("[a]")}.matches("a"));
}

TEST_CASE("raise calls back once for each pattern") {
  Patterns seen;
  CHECK(Rules::raise<"product_updated">([&](const std::string& pattern) { seen.push_back(pattern); },
                                        field<"product_id">("7")) == 3);
  CHECK(seen == Patterns{"product:*", "product:7:*", "inventory:*:7:*"});
}
