// expect: \[ashlar\] clock: add `using time_point = std::chrono::time_point<…>`
// expect: \[ashlar\] clock: add `using duration = std::chrono::nanoseconds`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/core/clock.hpp>

struct Mine {
#ifdef FIXED
  using duration = std::chrono::seconds;
  using time_point = std::chrono::time_point<Mine, duration>;
  time_point now() const noexcept { return {}; }
#else
  int now() const noexcept { return 0; }
#endif
};
static_assert(ashlar::explain_clock<Mine>());
