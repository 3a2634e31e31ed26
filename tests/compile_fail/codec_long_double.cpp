// expect: \[ashlar\] serializer: long double differs between systems; write double
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

#ifdef FIXED
using Mine = double;
#else
using Mine = long double;
#endif
static_assert(ashlar::explain_serializable<Mine>());
