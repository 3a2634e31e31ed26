// expect: \[ashlar\] tier: make mapped_type copyable
// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <ashlar/cache/concepts.hpp>

#ifdef FIXED
using Value = std::shared_ptr<const int>;
#else
using Value = std::unique_ptr<int>;
#endif
struct Mine {
  using key_type = int;
  using mapped_type = Value;
  std::optional<Value> get(int key);
  void put(int key, const Value& value);
  bool erase(int key);
};
static_assert(ashlar::explain_tier<Mine>());
