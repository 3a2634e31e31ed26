// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <ashlar/core/assert.hpp>
#include <ashlar/pipeline/detail/event_count.hpp>

namespace ashlar::inline v0 {

/// Asks for an executor without threads: the thread that calls `run()` does everything, in a fixed order.
struct InlineExecution {};
inline constexpr InlineExecution inline_execution{};

/// Threads that carry items through the compute stages of any number of pipelines at once.
/// Idle threads look for work in every run and take it from wherever it waits; with none anywhere they sleep.
/// Threads: all members may be called concurrently; it must outlive the runs on it.
class Executor {
 public:
  /// One run, as the executor sees it.
  class Job {
   public:
    virtual ~Job() = default;
    /// Does a bounded amount of work as worker `me`; false when there was nothing to do.
    virtual bool work(unsigned me) noexcept = 0;
    /// Whether `work(me)` would find something.
    virtual bool has_work(unsigned me) noexcept = 0;
  };

  /// Starts `threads` threads; 0: one for each core. Throws what `std::thread` throws.
  explicit Executor(unsigned threads = 0) {
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    threads_.reserve(threads);
    try {
      for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, i] { loop(i); });
    } catch (...) {
      shut_down();
      throw;
    }
  }
  explicit Executor(InlineExecution) noexcept {}
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  /// Joins the threads. No run may be using it.
  ~Executor() { shut_down(); }

  /// The executor of the machine: one thread for each core, started at the first use.
  static Executor& machine() {
    static Executor shared;
    return shared;
  }

  /// Workers that may run at once; the inline executor has one.
  unsigned size() const noexcept { return threads_.empty() ? 1U : static_cast<unsigned>(threads_.size()); }
  bool runs_inline() const noexcept { return threads_.empty(); }
  /// The worker number of the calling thread in this executor, or -1.
  int worker_here() const noexcept { return here().executor == this ? static_cast<int>(here().worker) : -1; }

  /// A job's membership; leaving waits until no thread is inside it. Used by `Pipeline::run`.
  class Seat {
   public:
    Seat(Executor& executor, Job& job) : executor_{executor}, entry_{std::make_shared<Entry>(job)} {
      executor_.change([&](Entries& entries) { entries.push_back(entry_); });
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() {
      executor_.change([&](Entries& entries) { std::erase(entries, entry_); });
      entry_->open.store(false, std::memory_order_seq_cst);
      // A thread that entered before this store is waited for; one that enters after it sees it and leaves.
      for (std::uint32_t n = entry_->inside.load(std::memory_order_seq_cst); n != 0;
           n = entry_->inside.load(std::memory_order_seq_cst)) {
        entry_->inside.wait(n, std::memory_order_seq_cst);
      }
    }

   private:
    friend class Executor;
    struct Entry {
      explicit Entry(Job& j) : job{j} {}
      Job& job;
      std::atomic<std::uint32_t> inside{0};
      std::atomic<bool> open{true};
    };
    using Entries = std::vector<std::shared_ptr<Entry>>;
    Executor& executor_;
    std::shared_ptr<Entry> entry_;
  };

  /// Wakes one sleeping thread, or all: there is new work.
  void wake_one() noexcept { events_.notify_one(); }
  void wake_all() noexcept { events_.notify_all(); }

 private:
  struct Here {
    const Executor* executor = nullptr;
    unsigned worker = 0;
  };
  static Here& here() noexcept {
    static thread_local Here mine;
    return mine;
  }

  template <class F>
  void change(F f) {
    {
      const std::lock_guard lock{mutex_};
      f(entries_);
      version_.fetch_add(1, std::memory_order_seq_cst);
    }
    wake_all();
  }

  static bool visit(Seat::Entry& entry, unsigned me, bool only_look) noexcept {
    entry.inside.fetch_add(1, std::memory_order_seq_cst);
    bool did = false;
    if (entry.open.load(std::memory_order_seq_cst)) did = only_look ? entry.job.has_work(me) : entry.job.work(me);
    if (entry.inside.fetch_sub(1, std::memory_order_seq_cst) == 1 && !entry.open.load(std::memory_order_seq_cst)) {
      entry.inside.notify_all();
    }
    return did;
  }

  void loop(unsigned me) noexcept {
    here() = {this, me};
    Seat::Entries entries;
    std::uint64_t seen = 0;
    unsigned idle = 0;
    while (!over_.load(std::memory_order_seq_cst)) {
      if (seen != version_.load(std::memory_order_seq_cst)) {
        const std::lock_guard lock{mutex_};
        entries = entries_;
        seen = version_.load(std::memory_order_relaxed);
      }
      bool did = false;
      for (const auto& entry : entries) did = visit(*entry, me, false) || did;
      if (did) {
        idle = 0;
        continue;
      }
      // Probes grow further apart, about 20 µs in all; then the thread sleeps.
      if (++idle < 12 && !entries.empty()) {
        for (unsigned k = 1U << std::min(idle, 8U); k != 0; --k) detail::relax();
        continue;
      }
      if (idle < 16 && !entries.empty()) {
        std::this_thread::yield();
        continue;
      }
      const std::uint32_t key = events_.prepare();
      bool more = over_.load(std::memory_order_seq_cst) || seen != version_.load(std::memory_order_seq_cst);
      for (const auto& entry : entries) more = more || visit(*entry, me, true);
      if (more) {
        events_.cancel();
      } else {
        entries.clear();  // a sleeping thread keeps no job's memory
        seen = ~std::uint64_t{0};
        events_.wait(key);
      }
      idle = 0;
    }
  }

  void shut_down() noexcept {
    over_.store(true, std::memory_order_seq_cst);
    events_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  detail::EventCount events_;
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> version_{1};
  std::mutex mutex_;
  Seat::Entries entries_;
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::inline v0
