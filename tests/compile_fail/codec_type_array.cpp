// expect: \[ashlar\] serializer: a C array member; write std::array
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Row {
#ifdef FIXED
  std::array<char, 16> name;
#else
  char name[16];
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
