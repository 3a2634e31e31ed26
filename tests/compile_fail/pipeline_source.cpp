// expect: \[ashlar\] source: add `SourceState pull
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline/concepts.hpp>

struct Mine {
  using value_type = int;
#ifdef FIXED
  ashlar::SourceState pull(auto& out, std::size_t) {
    out.emplace(1);
    return ashlar::SourceState::end;
  }
#endif
};
static_assert(ashlar::explain_source<Mine>());
