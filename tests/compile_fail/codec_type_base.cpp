// expect: \[ashlar\] serializer: an aggregate with a base class
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Base {
  int id;
};
struct Row : Base {
  int value;
};
#ifdef FIXED
template <>
struct ashlar::Serialize<Row> : ashlar::SerializeMembers<&Row::id, &Row::value> {};
#endif
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
