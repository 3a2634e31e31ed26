// expect: \[ashlar\] serializer: a reference has no bytes
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

#ifdef FIXED
static_assert(ashlar::explain_serializable<int>());
#else
static_assert(ashlar::explain_serializable<int&>());
#endif
