// expect: \[ashlar\] restore_snapshot: a source holds the truth; restore into the tier above it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/warmup/snapshot.hpp>

#include <optional>
#include <string>

struct Table {
  using key_type = int;
  using mapped_type = int;
#ifndef FIXED
  static constexpr bool is_source = true;
#endif
  std::optional<int> get(int) { return {}; }
  void put(int, int) {}
  bool erase(int) { return false; }
};
void restore(Table& table) { static_cast<void>(ashlar::restore_snapshot(table, "file")); }
