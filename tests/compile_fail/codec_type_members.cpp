// expect: \[ashlar\] serializer: more than 32 members
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Row {
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16;
  int b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16;
#ifndef FIXED
  int c1;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
