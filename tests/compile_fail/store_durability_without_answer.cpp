// expect: \[ashlar\] durability: add .static constexpr bool syncs_each_commit
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>

struct Mine {
#ifdef FIXED
  static constexpr bool syncs_each_commit = true;
#endif
};
static_assert(ashlar::explain_durability<Mine>());
