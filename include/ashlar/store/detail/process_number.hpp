// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace ashlar::inline v0::detail {

/// A page of memory that the kernel wipes in every child of `fork`; null where there is none.
inline std::atomic<pid_t>* make_wiped_on_fork() noexcept {
#ifdef MADV_WIPEONFORK
  constexpr std::size_t size = sizeof(std::atomic<pid_t>);
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  // A system that takes advice that does not exist follows none.
  if (::madvise(page, size, MADV_WIPEONFORK) == 0 && ::madvise(page, size, -1) != 0) {
    return ::new (page) std::atomic<pid_t>{0};
  }
  ::munmap(page, size);
#endif
  return nullptr;
}

/// `getpid()` without a system call, where the kernel helps. Threads: any. Cost: two loads.
inline pid_t process_number() noexcept {
  static std::atomic<pid_t>* const kept = make_wiped_on_fork();
  if (kept == nullptr) return ::getpid();
  pid_t number = kept->load(std::memory_order_relaxed);
  if (number == 0) {
    number = ::getpid();
    kept->store(number, std::memory_order_relaxed);
  }
  return number;
}

}  // namespace ashlar::inline v0::detail
