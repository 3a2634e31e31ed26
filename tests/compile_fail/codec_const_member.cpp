// expect: \[ashlar\] serializer: a const member cannot be decoded; drop the const
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

struct Mine {
#ifdef FIXED
  int value;
#else
  const int value;
#endif
};
static_assert(ashlar::explain_serializable<Mine>());
