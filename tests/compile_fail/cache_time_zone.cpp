// expect: \[ashlar\] time_zone: add `std::chrono::seconds offset_at\(std::chrono::sys_seconds at\) const noexcept`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/warmup/cron_schedule.hpp>

struct Mine {
#ifdef FIXED
  std::chrono::seconds offset_at(std::chrono::sys_seconds) const noexcept { return {}; }
#endif
};
static_assert(ashlar::explain_time_zone<Mine>());
