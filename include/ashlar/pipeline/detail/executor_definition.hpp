// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <thread>

#include <ashlar/pipeline/executor.hpp>

namespace ashlar::inline v0 {

template <class Unit>
[[gnu::cold]] void Executor::start(unsigned threads) {
  if (threads == 0) threads = std::thread::hardware_concurrency();
  if (threads == 0) threads = 1;
  threads_ = detail::FixedRow<std::thread>{threads};
  try {
    for (; size_ < threads; ++size_) threads_[size_] = std::thread{[this, me = size_] { loop<Unit>(me); }};
  } catch (...) {
    shut_down();
    throw;
  }
}

template <class Unit>
[[gnu::cold]] void Executor::loop(unsigned me) noexcept {
  here() = {this, me};
  unsigned idle = 0;
  while (!over_.load(std::memory_order_seq_cst)) {
    bool any = false;
    bool did = false;
    for (Seat* seat = move_on(nullptr); seat != nullptr; seat = move_on(seat)) {
      any = true;
      did = seat->job_.work(me) || did;
    }
    if (did) {
      idle = 0;
      continue;
    }
    // Probes grow further apart, about 20 µs in all; then the thread sleeps.
    if (any && ++idle < 16) {
      for (unsigned k = 1U << (idle < 8 ? idle : 8); k != 0; --k) detail::relax();
      if (idle >= 12) std::this_thread::yield();
      continue;
    }
    idle = 0;
    const std::uint32_t key = events_.prepare();
    bool more = over_.load(std::memory_order_seq_cst);
    for (Seat* seat = move_on(nullptr); seat != nullptr; seat = move_on(seat)) {
      more = more || seat->job_.has_work(me);
    }
    if (more) {
      events_.cancel();
    } else {
      events_.wait(key);
    }
  }
}

}  // namespace ashlar::inline v0
