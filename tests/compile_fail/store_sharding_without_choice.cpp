// expect: \[ashlar\] sharding: add .std::size_t directory_of
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

struct Mine {
#ifdef FIXED
  std::size_t directory_of(std::string_view, std::uint64_t, std::size_t) const noexcept { return 0; }
#endif
};
static_assert(ashlar::explain_sharding<Mine>());
