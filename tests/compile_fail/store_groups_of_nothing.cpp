// expect: \[ashlar\] GroupCommit: an interval and a number of bytes are above 0
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/durability.hpp>

#ifdef FIXED
using Groups = ashlar::GroupCommit<10>;
#else
using Groups = ashlar::GroupCommit<0>;
#endif
static_assert(ashlar::explain_durability<Groups>());
