// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/warmup/cron_schedule.hpp>
#include <ashlar/core/clock.hpp>

namespace ashlar::inline v0 {

/// One job that was done.
struct CronRun {
  std::string job;
  std::chrono::sys_seconds due;  ///< the first time for which it was due since it was last done
  std::string error = {};        ///< what it threw; empty when it went well
};

/// Jobs, each with a name and a `CronSchedule`, that are done by whoever calls `run_due()`, or by `run()` on a thread of
/// the user's. What becomes due several times before a call is done once. A job never runs twice at a time: one that is
/// due while it runs is done when it is asked for again. A job that throws harms nobody else.
///
/// `Clock` counts from the Unix epoch, as `std::chrono::system_clock` does. When it goes back, a job waits until the
/// clock shows its next time again.
/// Threads: every member may be called concurrently; jobs run without a lock held and may add and remove jobs.
template <clock Clock = std::chrono::system_clock, time_zone Zone = LocalZone>
class CronJobs {
 public:
  using time_point = CronSchedule::time_point;

  explicit CronJobs(Clock clock = {}, Zone zone = {}) : clock_{std::move(clock)}, zone_{std::move(zone)} {}
  CronJobs(const CronJobs&) = delete;
  CronJobs& operator=(const CronJobs&) = delete;

  /// From now on does `work` whenever `schedule` is due. False, and nothing changes, when `name` is taken.
  bool add(std::string name, CronSchedule schedule, std::function<void()> work) {
    const std::lock_guard lock{mutex_};
    if (find(name) != jobs_.end()) return false;
    const std::optional<time_point> next = schedule.next(now(), zone_);
    jobs_.push_back({std::move(name), std::move(schedule), std::move(work), next});
    ++additions_;
    added_.notify_all();
    return true;
  }

  /// False when there is no such job. One that is running goes on to its end.
  bool remove(std::string_view name) {
    const std::lock_guard lock{mutex_};
    const auto found = find(name);
    if (found == jobs_.end()) return false;
    found->removed = true;
    if (!found->running) jobs_.erase(found);
    return true;
  }

  /// When the next job is due; nothing where none ever is.
  std::optional<time_point> next_due() const {
    const std::lock_guard lock{mutex_};
    return earliest();
  }

  /// Does, one after the other in the order in which they were added, the jobs that became due since they were added or
  /// last done.
  std::vector<CronRun> run_due() {
    std::vector<CronRun> runs;
    const time_point until = now();
    std::unique_lock lock{mutex_};
    for (auto job = jobs_.begin(); job != jobs_.end();) {
      if (job->removed || job->running || !job->next || *job->next > until) {
        ++job;
        continue;
      }
      job->running = true;
      CronRun run{job->name, *job->next};
      job->next = job->schedule.next(until, zone_);
      lock.unlock();
      try {
        job->work();
      } catch (const std::exception& exception) {
        run.error = *exception.what() == '\0' ? "an exception without words" : exception.what();
      } catch (...) {
        run.error = "an exception that is no std::exception";
      }
      runs.push_back(std::move(run));
      lock.lock();
      job->running = false;
      job = job->removed ? jobs_.erase(job) : std::next(job);
    }
    return runs;
  }

  /// Calls `run_due()` whenever a job is due, until `stop` is requested; hands each run to `done` if given. Looks at the
  /// clock at least every second, since that may be set. Exceptions of `done` end it.
  void run(const std::stop_token& stop, const std::function<void(const CronRun&)>& done = {}) {
    while (!stop.stop_requested()) {
      for (const CronRun& one : run_due()) {
        if (done) done(one);
      }
      std::unique_lock lock{mutex_};
      const std::optional<time_point> next = earliest();
      std::chrono::nanoseconds pause = std::chrono::seconds{1};
      if (next) pause = std::min<std::chrono::nanoseconds>(pause, next->time_since_epoch() - since_epoch());
      added_.wait_for(lock, stop, std::max<std::chrono::nanoseconds>(pause, std::chrono::milliseconds{1}),
                      [&, known = additions_] { return additions_ != known; });
    }
  }

 private:
  struct Job {
    std::string name;
    CronSchedule schedule;
    std::function<void()> work;
    std::optional<time_point> next;
    bool running = false;
    bool removed = false;
  };

  std::chrono::nanoseconds since_epoch() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch());
  }
  time_point now() const { return time_point{std::chrono::floor<std::chrono::seconds>(since_epoch())}; }

  auto find(std::string_view name) {
    return std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& job) { return !job.removed && job.name == name; });
  }

  std::optional<time_point> earliest() const {
    std::optional<time_point> first;
    for (const Job& job : jobs_) {
      if (!job.removed && !job.running && job.next && (!first || *job.next < *first)) first = job.next;
    }
    return first;
  }

  mutable std::mutex mutex_;
  std::condition_variable_any added_;
  Clock clock_;
  Zone zone_;
  std::list<Job> jobs_;
  std::uint64_t additions_ = 0;
};

}  // namespace ashlar::inline v0
