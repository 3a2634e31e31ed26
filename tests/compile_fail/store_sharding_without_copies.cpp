// expect: \[ashlar\] sharding: make it copyable
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

struct Mine {
  Mine() = default;
#ifndef FIXED
  Mine(const Mine&) = delete;
#endif
  std::size_t directory_of(std::string_view, std::uint64_t, std::size_t) const noexcept { return 0; }
};
static_assert(ashlar::explain_sharding<Mine>());
