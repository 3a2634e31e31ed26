// expect: \[ashlar\] serializer: a sequence of things that take no bytes
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Empty {};
struct Row {
#ifdef FIXED
  std::size_t count;
#else
  std::vector<Empty> all;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
