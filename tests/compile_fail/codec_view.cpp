// expect: \[ashlar\] serializer: a view can be encoded but not decoded; hold std::string or std::vector
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/serializable.hpp>
#include <string>
#include <string_view>

#ifdef FIXED
struct Mine {
  std::string text;
};
#else
struct Mine {
  std::string_view text;
};
#endif
static_assert(ashlar::explain_serializable<Mine>());
