// expect: \[ashlar\] versioned: OlderVersion<T, V> lacks .static T upgrade
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/versioned.hpp>

struct Now {
  long value = 0;
};
template <>
struct ashlar::OlderVersion<Now, 1> {
  using type = int;
#ifdef FIXED
  static Now upgrade(int&& old) { return {old}; }
#endif
};
using Stored = ashlar::Versioned<Now, 2>;
ashlar::Result<Stored> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Stored>(bytes); }
