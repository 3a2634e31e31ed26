// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/cache/loading/runner.hpp>

namespace ashlar::inline v0 {

/// Threads of its own, each started when a task finds no other idle: `threads` at most (without a number as many as
/// the machine has, 4 to 16, since loads wait more than they work), with `most_waiting` tasks in a queue, beyond which
/// tasks are refused. The last copy to go ends them after the task at hand and drops what waits; it must not go
/// inside of a task. What a task throws ends the program (loads throw nothing here).
class RunOnThreads {
 public:
  static constexpr bool runs_inline = false;

  /// How many threads are right for most.
  static std::size_t usual_threads() noexcept { return std::clamp(std::thread::hardware_concurrency(), 4u, 16u); }

  explicit RunOnThreads(std::size_t threads = usual_threads(), std::size_t most_waiting = 1024)
      : pool_{std::make_shared<Pool>(std::max<std::size_t>(threads, 1), most_waiting)} {}

  bool run(std::function<void()> task) { return pool_->add(std::move(task)); }

 private:
  class Pool {
   public:
    Pool(std::size_t threads, std::size_t most_waiting) : most_threads_{threads}, most_waiting_{most_waiting} {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() {
      {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
      }
      changed_.notify_all();
      for (std::thread& thread : threads_) thread.join();
    }

    bool add(std::function<void()> task) {
      {
        const std::lock_guard lock{mutex_};
        if (tasks_.size() >= most_waiting_) return false;
        if (tasks_.size() >= idle_ && threads_.size() < most_threads_) threads_.emplace_back([this] { work(); });
        tasks_.push_back(std::move(task));
      }
      changed_.notify_one();
      return true;
    }

   private:
    void work() {
      std::unique_lock lock{mutex_};
      for (;;) {
        ++idle_;
        changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
        --idle_;
        if (stopping_) return;
        std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
      }
    }

    const std::size_t most_threads_, most_waiting_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
  };

  std::shared_ptr<Pool> pool_;
};

static_assert(load_runner<RunOnThreads>);

}  // namespace ashlar::inline v0
