// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/simd/kernel.hpp>

namespace {

int once(int x) noexcept { return x; }
int twice(int x) noexcept { return 2 * x; }

constinit ashlar::Kernel<int(int)> kernel{&once};
// Runs before main, perhaps before other initialisation: a kernel is ready from the first instruction.
const int early = kernel(21);

}  // namespace

TEST_CASE("A kernel begins as its scalar twin, takes a better version, and can go back") {
  REQUIRE(early == 21);
  kernel.install(&twice);
  REQUIRE(kernel(21) == 42);
  kernel.reset();
  REQUIRE(kernel(21) == 21);
}
