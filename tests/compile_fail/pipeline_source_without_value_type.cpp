// expect: \[ashlar\] source: make it movable
// expect: \[ashlar\] source: add `using value_type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline/concepts.hpp>

struct Mine {
#ifdef FIXED
  using value_type = int;
#else
  Mine(Mine&&) = delete;
#endif
  ashlar::SourceState pull(auto&, std::size_t) { return ashlar::SourceState::end; }
};
static_assert(ashlar::explain_source<Mine>());
