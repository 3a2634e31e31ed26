// expect: \[ashlar\] serializer: a view can be encoded but not decoded
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

struct Row {
#ifdef FIXED
  std::string name;
#else
  std::string_view name;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
