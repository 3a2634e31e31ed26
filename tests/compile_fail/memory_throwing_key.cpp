// expect: \[ashlar\] MemoryTier: moving a key must not throw
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

struct Throws {
  Throws() = default;
  Throws(Throws&&) noexcept(false) {}
  Throws(const Throws&) = default;
  bool operator==(const Throws&) const = default;
};
template <>
struct std::hash<Throws> {
  std::size_t operator()(const Throws&) const noexcept { return 0; }
};
#ifdef FIXED
bool concurrent = ashlar::MemoryTier<int, int>::concurrent;
#else
bool concurrent = ashlar::MemoryTier<Throws, int>::concurrent;
#endif
