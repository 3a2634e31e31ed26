// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <ashlar/cache/loading/runner.hpp>

namespace ashlar::inline v0 {

/// Keeps tasks until the program says when: for an event loop of one's own, and for tests.
/// Threads: all members may be called concurrently.
class RunWhenTold {
 public:
  static constexpr bool runs_inline = false;

  bool run(std::function<void()> task) {
    const std::lock_guard lock{state_->mutex};
    state_->tasks.push_back(std::move(task));
    return true;
  }
  /// Runs the oldest task; false when there is none.
  bool run_one() {
    std::unique_lock lock{state_->mutex};
    if (state_->tasks.empty()) return false;
    const std::function<void()> task = std::move(state_->tasks.front());
    state_->tasks.pop_front();
    lock.unlock();
    task();
    return true;
  }
  /// Runs all tasks, those that come meanwhile included; returns how many.
  std::size_t run_all() {
    std::size_t ran = 0;
    while (run_one()) ++ran;
    return ran;
  }
  /// Drops the oldest task; false when there is none.
  bool drop_one() {
    std::unique_lock lock{state_->mutex};
    if (state_->tasks.empty()) return false;
    const std::function<void()> dropped = std::move(state_->tasks.front());
    state_->tasks.pop_front();
    lock.unlock();
    return true;
  }
  std::size_t waiting() const {
    const std::lock_guard lock{state_->mutex};
    return state_->tasks.size();
  }

 private:
  struct State {
    mutable std::mutex mutex;
    std::deque<std::function<void()>> tasks;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

static_assert(load_runner<RunWhenTold>);

}  // namespace ashlar::inline v0
