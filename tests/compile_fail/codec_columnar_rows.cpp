// expect: \[ashlar\] columnar: rows must be numbers, texts or aggregates
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/columns.hpp>

struct Row {
#ifdef FIXED
  int value;
#else
  int* value;
#endif
};
bool good(std::span<const std::byte> bytes) { return ashlar::Columns<Row>::open(bytes).has_value(); }
