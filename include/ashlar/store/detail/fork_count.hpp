// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace ashlar::inline v0::detail {

inline std::atomic<std::uint64_t> forks_begun{0};

/// How often this process began to fork since the first call: children share the locks of files that were open then.
inline std::uint64_t count_forks() noexcept {
  static const bool watched =
      ::pthread_atfork([] { forks_begun.fetch_add(1, std::memory_order_relaxed); }, nullptr, nullptr) == 0;
  // Where forks cannot be watched there may have been one at any time.
  if (!watched) return forks_begun.fetch_add(1, std::memory_order_relaxed);
  return forks_begun.load(std::memory_order_relaxed);
}

}  // namespace ashlar::inline v0::detail
