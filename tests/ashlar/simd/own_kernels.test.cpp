// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <string>

#include <hwy/targets.h>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/kernel.hpp>
#include <ashlar/simd/own_kernels.hpp>

namespace {

int twin() noexcept { return 1; }
int narrow() noexcept { return 2; }
constinit ashlar::Kernel<int()> kernel{&twin};

// A made-up target that every machine has: worse than any real one, better than none.
constexpr std::int64_t lowest = std::int64_t{1} << 62;

}  // namespace

TEST_CASE("Kernels of the program's own follow the choice of target") {
  const std::string before = ashlar::simd_target();
  REQUIRE(ashlar::offer_kernels("test", "made up", lowest, []() noexcept { kernel.install(&narrow); }));
  REQUIRE(ashlar::offer_kernels("test", "scalar", 0, []() noexcept { kernel.reset(); }));
  REQUIRE(kernel() == 1);
  REQUIRE(ashlar::start_kernels(hwy::SupportedTargets() | lowest));
  REQUIRE(ashlar::simd_target() == before);

  ashlar_test::on_every_target([] {
    const std::string target = ashlar::simd_target();
    REQUIRE(kernel() == (target == "scalar" ? 1 : 2));
  });
  REQUIRE(ashlar::start_kernels(hwy::SupportedTargets()));
}
