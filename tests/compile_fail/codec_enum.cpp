// expect: \[ashlar\] serializer: an enum without a fixed type; write `enum class E : std::uint8_t`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>
#include <cstdint>

#ifdef FIXED
enum class Mine : std::uint8_t { one, two };
#else
enum Mine { one, two };
#endif
static_assert(ashlar::explain_serializable<Mine>());
