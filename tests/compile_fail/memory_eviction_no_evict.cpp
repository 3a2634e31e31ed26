// expect: \[ashlar\] eviction: add `ashlar::slot_index evict
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  template <class E>
  ashlar::slot_index evict(std::uint64_t, E&) = delete;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
