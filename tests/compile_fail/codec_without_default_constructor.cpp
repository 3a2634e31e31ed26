// expect: \[ashlar\] serializer: add a default constructor, a value is decoded into an empty one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

struct Mine {
#ifndef FIXED
  explicit Mine(int);
#endif
};
template <>
struct ashlar::Serialize<Mine> {
  static void encode(const Mine&, ByteWriter&) {}
  static bool decode(ByteReader&, Mine&) { return true; }
};
static_assert(ashlar::explain_serializable<Mine>());
