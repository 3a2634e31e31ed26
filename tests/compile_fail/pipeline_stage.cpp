// expect: \[ashlar\] stage: make it movable
// expect: \[ashlar\] stage: add `static constexpr std::size_t limit
// expect: \[ashlar\] stage: add `static constexpr Order order
// expect: \[ashlar\] stage: add `static constexpr bool one_to_one
// expect: \[ashlar\] stage: add `bool is_blocking
// expect: \[ashlar\] stage: add `std::string_view name
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline/concepts.hpp>

#ifdef FIXED
struct Mine : ashlar::StageDefaults {};
#else
struct Mine {
  Mine(Mine&&) = delete;
};
#endif
static_assert(ashlar::explain_stage<Mine>());
