// expect: \[ashlar\] batch: a batch holds at least one item
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline/batch.hpp>

#ifdef FIXED
auto stage = ashlar::batch<1>();
#else
auto stage = ashlar::batch<0>();
#endif
