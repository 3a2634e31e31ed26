// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <string_view>
#include <type_traits>

#include <ashlar/core/fixed_string.hpp>

namespace {

template <ashlar::FixedString Name>
struct Named {
  static constexpr std::string_view name = Name;
};

static_assert(Named<"inventory">::name == "inventory");
static_assert(std::is_same_v<Named<"a">, Named<"a">>);
static_assert(!std::is_same_v<Named<"a">, Named<"b">>);
static_assert(ashlar::FixedString{"abc"}.size() == 3);
static_assert(ashlar::FixedString{""}.view().empty());
static_assert(ashlar::FixedString{"a"} == ashlar::FixedString{"a"});
static_assert(!(ashlar::FixedString{"a"} == ashlar::FixedString{"ab"}));

}  // namespace

TEST_CASE("a fixed string is its text at run time too") { CHECK(ashlar::FixedString{"product"}.view() == "product"); }
