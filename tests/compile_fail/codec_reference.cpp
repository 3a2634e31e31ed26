// expect: \[ashlar\] serializer: a reference has no bytes of its own; hold a value
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>
#include <tuple>

#ifdef FIXED
using Mine = std::tuple<int>;
#else
using Mine = std::tuple<int&>;
#endif
static_assert(ashlar::explain_serializable<Mine>());
