// expect: \[ashlar\] backend: add .static constexpr bool uses_files
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>

#include <string_view>

struct Mine {
  static constexpr std::string_view name = "mine";
#ifdef FIXED
  static constexpr bool uses_files = true;
#endif
};
static_assert(ashlar::explain_backend<Mine>());
