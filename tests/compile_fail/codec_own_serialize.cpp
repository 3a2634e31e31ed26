// expect: \[ashlar\] serializer: Serialize<T> lacks `static void encode\(const T&, ByteWriter&\)`
// expect: \[ashlar\] serializer: Serialize<T> lacks `static bool decode\(ByteReader&, T&\)`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>

class Mine {};
template <>
struct ashlar::Serialize<Mine> {
#ifdef FIXED
  static void encode(const Mine&, ByteWriter&) {}
  static bool decode(ByteReader&, Mine&) { return true; }
#endif
};
static_assert(ashlar::explain_serializable<Mine>());
