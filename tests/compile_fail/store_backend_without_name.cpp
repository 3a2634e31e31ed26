// expect: \[ashlar\] backend: add .static constexpr std::string_view name
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>

#include <string_view>

struct Mine {
#ifdef FIXED
  static constexpr std::string_view name = "mine";
#endif
  static constexpr bool uses_files = true;
};
static_assert(ashlar::explain_backend<Mine>());
