// expect: \[ashlar\] eviction: add `void resize
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  void resize(ashlar::slot_index) = delete;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
