// expect: \[ashlar\] tier: add .std::optional<mapped_type> get
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  using key_type = int;
  using mapped_type = int;
#ifdef FIXED
  std::optional<int> get(int key);
#endif
  void put(int key, int value);
  bool erase(int key);
};
static_assert(ashlar::explain_tier<Mine>());
