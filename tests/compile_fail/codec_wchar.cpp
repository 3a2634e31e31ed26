// expect: \[ashlar\] serializer: wchar_t differs between systems; write char8_t or char32_t
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

#ifdef FIXED
using Mine = char32_t;
#else
using Mine = wchar_t;
#endif
static_assert(ashlar::explain_serializable<Mine>());
