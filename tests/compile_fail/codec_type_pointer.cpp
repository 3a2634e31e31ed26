// expect: \[ashlar\] serializer: a pointer has no bytes
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Row {
#ifdef FIXED
  int value;
#else
  int* value;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
