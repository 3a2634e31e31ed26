// expect: \[ashlar\] eviction: add `void insert
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  template <class E>
  void insert(ashlar::slot_index, std::uint64_t, E&) = delete;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
