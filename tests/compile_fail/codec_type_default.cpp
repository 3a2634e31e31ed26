// expect: \[ashlar\] serializer: add a default constructor
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Time {
  int at = 0;
};
struct Late {
  explicit Late(int) {}
};
template <>
struct ashlar::Serialize<Late> {
  static void encode(const Late&, ByteWriter&) {}
  static bool decode(ByteReader&, Late&) { return true; }
};
struct Row {
#ifdef FIXED
  std::vector<Time> times;
#else
  std::vector<Late> times;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
