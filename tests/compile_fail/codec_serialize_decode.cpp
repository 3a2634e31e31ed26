// expect: \[ashlar\] serializer: Serialize<T> lacks .static bool decode
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Mine {
  int value = 0;
};
template <>
struct ashlar::Serialize<Mine> {
#if defined(FIXED) || 1
  static void encode(const Mine&, ByteWriter& writer) { writer.size(1); }
#endif
#if defined(FIXED) || 0
  static bool decode(ByteReader&, Mine&) { return true; }
#endif
};
static_assert(ashlar::explain_serializable<Mine>());
