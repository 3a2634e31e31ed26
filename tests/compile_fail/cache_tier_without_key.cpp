// expect: \[ashlar\] tier: add .using key_type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
#ifdef FIXED
  using key_type = int;
#endif
  using mapped_type = int;
  std::optional<int> get(int key);
  void put(int key, int value);
  bool erase(int key);
};
static_assert(ashlar::explain_tier<Mine>());
