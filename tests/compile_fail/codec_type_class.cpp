// expect: \[ashlar\] serializer: this class is neither built in nor a plain aggregate
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>
#include <memory>

struct Row {
#ifdef FIXED
  std::optional<int> value;
#else
  std::unique_ptr<int> value;
#endif
};
ashlar::Result<Row> read(std::span<const std::byte> bytes) { return ashlar::Binary{}.decode<Row>(bytes); }
