// expect: \[ashlar\] eviction: make the policy default constructible and copyable
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/unbounded.hpp>

struct Mine : ashlar::Unbounded {
#ifndef FIXED
  explicit Mine(int) {}
  Mine(const Mine&) = default;
#endif
};
static_assert(ashlar::explain_eviction<Mine>());
