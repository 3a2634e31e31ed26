// expect: \[ashlar\] serializer: an enum without a fixed type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

enum Loose { red };
enum Fixed : unsigned char { green };
struct Row {
#ifdef FIXED
  Fixed colour;
#else
  Loose colour;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
