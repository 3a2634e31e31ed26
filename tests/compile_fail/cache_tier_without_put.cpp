// expect: \[ashlar\] tier: add .void put\(const key_type&, const mapped_type&\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  using key_type = int;
  using mapped_type = int;
  std::optional<int> get(int key);
#ifdef FIXED
  void put(int key, int value);
#endif
  bool erase(int key);
};
static_assert(ashlar::explain_tier<Mine>());
