// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/failure.hpp>

namespace ashlar::inline v0 {

/// How a run ended.
enum class Outcome : std::uint8_t {
  finished,   ///< the source is exhausted and every item has been dealt with
  stopped,    ///< the stop token was triggered; what was in flight is counted as cancelled
  timed_out,  ///< the deadline passed; as `stopped`
};

/// What one stage did in a run. Row 0 is the source.
struct StageReport {
  std::string name;
  std::size_t limit = 0;                ///< most calls at once; 0: as many as there are workers
  std::size_t chosen = 0;               ///< the same, as `RunOptions::autotune` chose it for a blocking stage
  bool blocking = false;                ///< ran on threads of its own
  std::uint64_t items = 0;              ///< items taken in (the source: items produced)
  std::uint64_t out = 0;                ///< items passed on
  std::uint64_t failed = 0;             ///< items that failed here
  std::uint64_t cancelled = 0;          ///< items dropped in front of this stage after a stop
  std::uint64_t retries = 0;            ///< calls repeated after a failure
  std::uint64_t bytes = 0;              ///< bytes taken in, where the items say how large they are
  std::chrono::nanoseconds busy{0};     ///< time inside the stage, summed over threads
  std::chrono::nanoseconds waiting{0};  ///< time items queued in front of the stage, summed over items
  /// Time in which something the stage was done with could not go on: it waited for a permit, its turn or a thread of
  /// the next stage. Of the source: time in which a limit of the run held it back.
  std::chrono::nanoseconds blocked{0};
  std::chrono::nanoseconds p50{0};  ///< median time of one item in the stage, within 12 %
  std::chrono::nanoseconds p99{0};  ///< 99th percentile of the same
  std::size_t deepest_queue = 0;    ///< most items seen waiting in front of the stage
};

/// One stretch of work of one thread, for the timeline.
struct Span {
  std::uint32_t worker = 0;
  std::uint32_t stage = 0;
  std::chrono::nanoseconds start{0};  ///< since the run began
  std::chrono::nanoseconds end{0};
  std::uint32_t items = 0;
};

/// What a run did. Threads: as any value.
struct RunReport {
  Outcome outcome = Outcome::finished;
  std::uint64_t pulled = 0;     ///< items the source produced
  std::uint64_t finished = 0;   ///< items that went through or were filtered out
  std::uint64_t failed = 0;     ///< items (or what became of them) that failed, at any stage
  std::uint64_t cancelled = 0;  ///< items (or what became of them) dropped after a stop
  std::chrono::nanoseconds wall{0};
  /// Time the source had to hold back because a limit was reached; also that after the last item, which nobody knows
  /// to be the last one until the source is asked for another.
  std::chrono::nanoseconds blocked{0};
  std::size_t workers = 0;           ///< compute threads that could take part
  std::size_t workers_chosen = 0;    ///< compute threads that `autotune` chose; without it all
  std::size_t in_flight_chosen = 0;  ///< items in flight that `autotune` chose; without it the limit
  std::uint64_t most_in_flight = 0;  ///< most items between the source and the end at one time
  std::uint64_t most_bytes = 0;      ///< most bytes in flight, where a byte limit was set
  std::vector<StageReport> stages;   ///< [0] is the source
  std::vector<Failure> failures;     ///< the first ones, as many as `RunOptions::keep_failures`
  std::vector<Span> spans;           ///< with `RunOptions::trace`; thread by thread, each in the order of time

  /// Items per second that left the pipeline.
  double rate() const noexcept {
    const double seconds = std::chrono::duration<double>(wall).count();
    return seconds > 0 ? static_cast<double>(finished) / seconds : 0.0;
  }

  /// Share of the stage's possible time (wall × the threads it may use) that it was busy, 0 to 1.
  double utilisation(const StageReport& stage) const noexcept {
    std::size_t threads = stage.limit;
    if (!stage.blocking && (threads == 0 || threads > workers)) threads = workers;
    const double possible = std::chrono::duration<double>(wall).count() * static_cast<double>(threads);
    return possible > 0 ? std::chrono::duration<double>(stage.busy).count() / possible : 0.0;
  }

  /// The stage that holds the others up: the one closest to its own limit; where none is above
  /// three quarters of it, the one with the most busy time. Null for an empty report.
  const StageReport* bottleneck() const noexcept {
    const StageReport* worst = nullptr;
    double highest = 0.0;
    for (const StageReport& stage : stages) {
      const double used = utilisation(stage);
      if (worst == nullptr || used > highest) {
        worst = &stage;
        highest = used;
      }
    }
    if (highest >= 0.75) return worst;
    for (const StageReport& stage : stages) {
      if (stage.busy > worst->busy) worst = &stage;
    }
    return worst;
  }
};

/// What `run()` of a pipeline that ends in `collect()` returns.
template <class T>
struct Collected {
  RunReport report;
  std::vector<T> items;  ///< in the order of the source
};

}  // namespace ashlar::inline v0
