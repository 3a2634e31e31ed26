// expect: \[ashlar\] eviction: add `void clear\(\) noexcept`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  void clear() {}
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
