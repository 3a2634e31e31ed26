// expect: \[ashlar\] tier: add .bool erase\(const key_type&\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  using key_type = int;
  using mapped_type = int;
  std::optional<int> get(int key);
  void put(int key, int value);
#ifdef FIXED
  bool erase(int key);
#endif
};
static_assert(ashlar::explain_tier<Mine>());
