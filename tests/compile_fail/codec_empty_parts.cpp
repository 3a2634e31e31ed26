// expect: \[ashlar\] serializer: a sequence of things that take no bytes; hold their number instead
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>
#include <vector>

#ifdef FIXED
using Mine = std::size_t;
#else
struct Nothing {};
using Mine = std::vector<Nothing>;
#endif
static_assert(ashlar::explain_serializable<Mine>());
