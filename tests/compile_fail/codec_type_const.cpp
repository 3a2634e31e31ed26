// expect: \[ashlar\] serializer: a const member cannot be decoded
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Row {
#ifdef FIXED
  int value;
#else
  const int value = 0;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
