// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include <ashlar/pipeline/detail/engine_unit.hpp>
#include <ashlar/pipeline/detail/event_count.hpp>
#include <ashlar/pipeline/detail/fixed_row.hpp>

namespace ashlar::inline v0 {

/// Asks for an executor without threads: the thread that calls `run()` does everything, in a fixed order.
struct InlineExecution {};
inline constexpr InlineExecution inline_execution{};

/// Threads that carry items through the compute stages of any number of pipelines at once.
/// Idle threads look for work in every run and take it from wherever it waits; with none anywhere they sleep.
/// A run that begins on one of its threads, inside a stage, is carried on by that thread. A stage that waits in another
/// way for a run on the same executor, such as for a thread that began one, takes a thread away from it.
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
  explicit Executor(unsigned threads = 0) { start<detail::EngineUnit>(threads); }
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
  unsigned size() const noexcept { return runs_inline() ? 1U : size_; }
  bool runs_inline() const noexcept { return threads_.size() == 0; }
  /// Runs on it at the moment; the inline executor knows of none.
  unsigned runs() const noexcept { return runs_.load(std::memory_order_seq_cst); }
  /// The worker number of the calling thread in this executor, or -1.
  int worker_here() const noexcept { return here().executor == this ? static_cast<int>(here().worker) : -1; }

  /// A job's membership; leaving waits until no thread is inside it. Used by `Pipeline::run`.
  class Seat {
   public:
    Seat(Executor& executor, Job& job) noexcept : executor_{executor}, job_{job} { executor_.add(*this); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() { executor_.remove(*this); }

   private:
    friend class Executor;
    Executor& executor_;
    Job& job_;
    Seat* next_ = nullptr;  // with the executor's mutex, as the next three
    std::uint64_t number_ = 0;
    unsigned inside_ = 0;
    bool leaving_ = false;
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

  template <class Unit>
  void start(unsigned threads);
  template <class Unit>
  void loop(unsigned me) noexcept;

  [[gnu::cold]] void add(Seat& seat) noexcept {
    {
      const std::lock_guard lock{mutex_};
      seat.number_ = ++numbers_;
      Seat** end = &seats_;
      while (*end != nullptr) end = &(*end)->next_;
      *end = &seat;
      runs_.fetch_add(1, std::memory_order_seq_cst);
    }
    wake_all();
  }
  [[gnu::cold]] void remove(Seat& seat) noexcept {
    std::unique_lock lock{mutex_};
    Seat** at = &seats_;
    while (*at != &seat) at = &(*at)->next_;
    *at = seat.next_;
    runs_.fetch_sub(1, std::memory_order_seq_cst);
    seat.leaving_ = true;
    while (seat.inside_ != 0) left_.wait(lock);
  }

  /// Out of one seat and into the one that joined after it; null behind the last.
  Seat* move_on(Seat* from) noexcept {
    const std::lock_guard lock{mutex_};
    std::uint64_t number = 0;
    if (from != nullptr) {
      number = from->number_;
      if (--from->inside_ == 0 && from->leaving_) left_.notify_all();
    }
    Seat* seat = seats_;
    while (seat != nullptr && seat->number_ <= number) seat = seat->next_;
    if (seat != nullptr) ++seat->inside_;
    return seat;
  }

  [[gnu::cold]] void shut_down() noexcept {
    over_.store(true, std::memory_order_seq_cst);
    events_.notify_all();
    for (unsigned i = 0; i < size_; ++i) threads_[i].join();
  }

  detail::EventCount events_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::condition_variable left_;
  Seat* seats_ = nullptr;  // with mutex_, in the order of their numbers
  std::uint64_t numbers_ = 0;
  std::atomic<unsigned> runs_{0};
  unsigned size_ = 0;
  detail::FixedRow<std::thread> threads_;
};

}  // namespace ashlar::inline v0

#ifndef ASHLAR_DETAIL_ENGINE_IS_LINKED
#include <ashlar/pipeline/detail/executor_definition.hpp>
#endif
