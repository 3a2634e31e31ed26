// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/core/detail/std_function.hpp>
#include <ashlar/pipeline/failure.hpp>
#include <ashlar/pipeline/fwd.hpp>

namespace ashlar::inline v0 {

/// What a failed item does to the run.
enum class OnError : std::uint8_t {
  stop,     ///< the first failure stops everything; `run()` throws a `StageError`
  collect,  ///< the item is dropped and listed in the report; the work goes on
};

/// How far a run is; given to `RunOptions::progress`.
struct Progress {
  std::uint64_t pulled = 0;    ///< items the source has produced
  std::uint64_t finished = 0;  ///< items done with, the failed ones included
  std::uint64_t failed = 0;
  std::uint64_t total = 0;  ///< items the source will produce; 0 where it cannot know
  std::chrono::nanoseconds elapsed{0};
  bool last = false;  ///< the final call of this run

  /// Finished items per second since the start.
  double rate() const noexcept {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    return seconds > 0 ? static_cast<double>(finished) / seconds : 0.0;
  }
  /// Time left at this rate; negative where it cannot be known.
  std::chrono::duration<double> eta() const noexcept {
    if (total == 0 || finished == 0) return std::chrono::duration<double>{-1};
    return std::chrono::duration<double>{static_cast<double>(total - (finished < total ? finished : total)) / rate()};
  }
};

/// How to run a pipeline; every member may be left out: `run({.stop = token, .in_flight = 64})`.
struct RunOptions {
  /// Stops the run: the source is not asked again, functions that are running finish (they may take the
  /// stop token as a second argument), items between stages are dropped and counted as cancelled.
  std::stop_token stop{};
  /// Called by the thread in `run()` every `progress_every` and once at the end.
  std::function<void(const Progress&)> progress{};
  std::chrono::milliseconds progress_every{100};
  OnError on_error = OnError::stop;
  /// Failures kept in the report; all are counted.
  std::size_t keep_failures = 100;
  /// Called once per failed item, from any worker, one at a time; must not throw.
  std::function<void(const Failure&)> failed{};
  /// Most items between the source and the end, or the first ordered stage. 0: 256, or 32 for each worker.
  /// A run holds 1,048,576 items at most, whatever this and `window` allow.
  std::size_t in_flight = 0;
  /// Most items in flight plus waiting their turn at ordered stages. 0: 16 × `in_flight`, 1024 at least.
  std::size_t window = 0;
  /// Most bytes in flight, as weighed by the source. 0: no limit. An item heavier than this fails.
  /// Of `files` and `directory` it is exact: they give paths, whose weight is known before `read` takes the memory. A
  /// source that makes its items (a generator, a channel) holds one more, which waits there for room, since what an item
  /// weighs is not known before it is made; it counts `item.weight()`, `sizeof` or contiguous contents.
  std::uint64_t bytes = 0;
  /// Most items the engine moves together; 0: found by itself. 1 keeps every item separate.
  std::size_t grain = 0;
  /// Ends the run as `stop` does. Zero: none.
  std::chrono::nanoseconds timeout{0};
  /// Where compute stages run; several runs may share one. Null: the machine's own executor.
  Executor* executor = nullptr;
  /// Compute workers of a private executor for this run. 0: use `executor`.
  unsigned workers = 0;
  /// Looks for the numbers of compute workers, of threads in each blocking stage, and of items in flight with the best
  /// throughput while the run goes on, within the limits given; of equals the smallest. The report says what it chose.
  bool autotune = false;
  /// Keeps what each thread did when, for `timeline_html(report)`; bounded to 100,000 stretches.
  bool trace = false;
};

}  // namespace ashlar::inline v0
