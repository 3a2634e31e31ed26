// expect: \[ashlar\] serializer: long double differs
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Row {
#ifdef FIXED
  double number;
#else
  long double number;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
