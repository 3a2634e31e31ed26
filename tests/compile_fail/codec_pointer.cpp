// expect: \[ashlar\] serializer: a pointer has no bytes that outlive it; hold the value itself or std::optional of it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>
#include <optional>

#ifdef FIXED
struct Mine {
  std::optional<int> value;
};
#else
struct Mine {
  int* value;
};
#endif
static_assert(ashlar::explain_serializable<Mine>());
