// expect: \[ashlar\] serializer: an aggregate with a base class; specialise Serialize<T> \(SerializeMembers lists members\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

#ifdef FIXED
struct Mine {
  int base;
  int value;
};
#else
struct Base {
  int base;
};
struct Mine : Base {
  int value;
};
#endif
static_assert(ashlar::explain_serializable<Mine>());
