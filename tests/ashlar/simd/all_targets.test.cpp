// SPDX-License-Identifier: BSL-1.0
// This unit brings all kernels in a second time, beside the one that comes with the library: they must not collide.
#include <support/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <ashlar/simd.hpp>
#include <ashlar/simd/all_targets.hpp>

TEST_CASE("Bringing the kernels in twice registers each target once, the scalar twins among them") {
  std::vector<std::string> names;
  ashlar::detail::simd_targets.each([&](const char* name) { names.emplace_back(name); });
  REQUIRE(std::ranges::count(names, "scalar") == 1);
#if defined(__x86_64__) || defined(__aarch64__)
  REQUIRE(names.size() > 1);
#endif
  std::ranges::sort(names);
  REQUIRE(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("Highway serves other code in the unit that includes it") {
  REQUIRE(hwy::TargetName(HWY_STATIC_TARGET) != nullptr);
}
