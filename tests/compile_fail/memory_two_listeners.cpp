// expect: \[ashlar\] MemoryTier: two removal listeners. keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

struct Tell {
  void operator()(int, int, ashlar::RemovalCause) const {}
};
struct TellToo : Tell {};
#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::OnRemoval<Tell>> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::OnRemoval<Tell>, ashlar::OnRemoval<TellToo>> tier{ashlar::entries(1)};
#endif
