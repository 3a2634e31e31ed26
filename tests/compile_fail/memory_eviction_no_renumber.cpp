// expect: \[ashlar\] eviction: add `void renumber
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  void renumber(std::span<const ashlar::slot_index>, ashlar::slot_index) = delete;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
