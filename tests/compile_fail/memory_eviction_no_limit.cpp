// expect: \[ashlar\] eviction: add `void limit
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  void limit(std::uint64_t) = delete;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
