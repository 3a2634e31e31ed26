// expect: \[ashlar\] serializer: a C array member; write std::array
// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <ashlar/codec/serializable.hpp>

#ifdef FIXED
struct Mine {
  std::array<int, 3> values;
};
#else
struct Mine {
  int values[3];
};
#endif
static_assert(ashlar::explain_serializable<Mine>());
