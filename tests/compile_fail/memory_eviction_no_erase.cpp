// expect: \[ashlar\] eviction: add `void erase
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  template <class E>
  void erase(ashlar::slot_index, E&) = delete;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
