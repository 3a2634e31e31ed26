// expect: \[ashlar\] versioned: OlderVersion<T, V> lacks `static T upgrade\(type&& old\)`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/versioned.hpp>

struct Old {
  int value;
};
struct New {
  long value;
};
template <>
struct ashlar::OlderVersion<New, 1> {
  using type = Old;
#ifdef FIXED
  static New upgrade(Old&& old) { return {old.value}; }
#endif
};
auto use(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<ashlar::Versioned<New, 2>>(bytes); }
