// expect: \[ashlar\] serializer: more than 32 members; specialise Serialize<T> \(SerializeMembers lists members\)
// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <ashlar/codec/serializable.hpp>

#ifdef FIXED
struct Mine {
  std::array<int, 33> members;
};
#else
struct Mine {
  int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24,
      m25, m26, m27, m28, m29, m30, m31, m32;
};
#endif
static_assert(ashlar::explain_serializable<Mine>());
