// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

/// The program's own operator new, which counts allocations and fails where a test wants it to. For one file of a
/// program; clang's sanitizers bring a new of their own, so tests/CMakeLists.txt leaves that file out there.
namespace ashlar_test {

/// Allocations of all threads so far.
inline constinit std::atomic<std::size_t> allocations{0};
/// How many allocations of this thread succeed before one fails; negative for all.
inline thread_local long allocations_left = -1;

inline void* allocate(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  if (allocations_left >= 0 && allocations_left-- == 0) throw std::bad_alloc{};
  bytes = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, bytes);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

}  // namespace ashlar_test

// noinline: where g++ sees into one of a pair and not into the other, it takes them for no pair.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  return ashlar_test::allocate(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return ashlar_test::allocate(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++ashlar_test::allocations;
  return std::malloc(std::max<std::size_t>(bytes, 1));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
