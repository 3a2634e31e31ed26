// expect: \[ashlar\] tier: add .using mapped_type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  using key_type = int;
#ifdef FIXED
  using mapped_type = int;
#endif
  std::optional<int> get(int key);
  void put(int key, int value);
  bool erase(int key);
};
static_assert(ashlar::explain_tier<Mine>());
