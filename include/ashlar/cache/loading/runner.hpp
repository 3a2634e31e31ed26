// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <utility>

namespace ashlar::inline v0 {

/// Runs the loads that a cache does not want its callers to wait for.
///
/// | expression           | result                | throws | called when, and what it must do                  |
/// |----------------------|-----------------------|--------|---------------------------------------------------|
/// | `r.run(task)`        | convertible to `bool` | may    | runs the `std::function<void()>` now or later, or |
/// |                      |                       |        | drops it; false: who needs the value loads it     |
/// | `R::runs_inline`     | `bool`, a constant    | -      | true when `run` returns after the task did        |
///
/// Copies are handles of the same runner. A task that is dropped gives its load up: who waits for it hears of it, and
/// where it was to renew a value, loads anew.
/// Threads: `run` is called concurrently. Models: `RunInline`, `RunWhenTold` (run_when_told.hpp),
/// `RunOnThreads` (run_on_threads.hpp).
template <class R>
concept load_runner = std::copy_constructible<R> && requires(R& runner, std::function<void()> task) {
  { runner.run(std::move(task)) } -> std::convertible_to<bool>;
  { R::runs_inline } -> std::convertible_to<bool>;
};

/// Runs each task at once, on the thread that asks: no thread is made, and tests are deterministic. The default.
struct RunInline {
  static constexpr bool runs_inline = true;
  bool run(const std::function<void()>& task) const {
    task();
    return true;
  }
};

static_assert(load_runner<RunInline>);

}  // namespace ashlar::inline v0
