// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/retry.hpp>

namespace ashlar::inline v0::detail {

template <class Unit>
[[gnu::cold]] bool retry_pause(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock{mutex};
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace ashlar::inline v0::detail
