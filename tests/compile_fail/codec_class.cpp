// expect: \[ashlar\] serializer: this class is neither built in nor a plain aggregate; specialise ashlar::Serialize<T> \(SerializeMembers<&T::a, &T::b> lists members\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

#ifdef FIXED
struct Mine {
  int value = 0;
};
#else
class Mine {
 public:
  Mine() {}

 private:
  int value_ = 0;
};
#endif
static_assert(ashlar::explain_serializable<Mine>());
