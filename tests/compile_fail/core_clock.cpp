// expect: \[ashlar\] clock: add `time_point now\(\) const noexcept`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/core/clock.hpp>

struct Mine {
  using duration = std::chrono::seconds;
  using time_point = std::chrono::time_point<Mine, duration>;
#ifdef FIXED
  time_point now() const noexcept { return {}; }
#endif
};
static_assert(ashlar::explain_clock<Mine>());
