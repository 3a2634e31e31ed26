// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <exception>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include <ashlar/core/detail/invoke.hpp>
#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/detail/engine_unit.hpp>
#include <ashlar/pipeline/failure.hpp>
#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

/// How often and how patiently a stage tries an item again: `retry(fetch_stage, {.times = 5, .first = 50ms})`.
struct RetryPolicy {
  unsigned times = 3;                                              ///< tries after the first one
  std::chrono::nanoseconds first = std::chrono::milliseconds{10};  ///< pause before the second try
  double factor = 2.0;                                             ///< each pause is so many times the one before
  std::chrono::nanoseconds most = std::chrono::seconds{1};         ///< and at most this
};

namespace detail {

/// Sleeps, but wakes up at once when the run is to end; true when the time has passed.
template <class Unit>
bool retry_pause(const std::stop_token& stop, std::chrono::nanoseconds time);

/// Calls an operation so that the item survives: as `const` where it takes that, else with a copy.
template <class Operation, class In, class Emit>
void call_keeping(Operation& operation, In& item, StageContext& context, Emit& emit) {
  if constexpr (Operation::template takes<const In&>) {
    operation(std::as_const(item), context, emit);
  } else {
    operation(In{item}, context, emit);
  }
}
template <class Operation, class In>
inline constexpr bool can_keep =
    Operation::template takes<In> && (Operation::template takes<const In&> || std::is_copy_constructible_v<In>);

template <class Operation>
struct Retrying : Operation {
  RetryPolicy policy;

  template <class In>
  static constexpr bool takes = can_keep<Operation, In>;

  template <class In, class Emit>
  void operator()(In&& item, StageContext& context, Emit& emit) {
    Operation& operation = *this;
    std::chrono::nanoseconds wait = policy.first;
    for (unsigned left = policy.times; left != 0; --left) {
      try {
        return call_keeping(operation, item, context, emit);
      } catch (...) {
        if (context.stop.stop_requested() || !retry_pause<EngineUnit>(context.stop, wait)) throw;
      }
      ++context.retries;
      const double longer = static_cast<double>(wait.count()) * policy.factor;
      wait = longer < static_cast<double>(policy.most.count())
                 ? std::chrono::nanoseconds{static_cast<std::chrono::nanoseconds::rep>(longer)}
                 : policy.most;
    }
    operation(std::forward<In>(item), context, emit);
  }
};

template <class Operation, class Letter>
struct DeadLetter : Operation {
  Letter letter;

  template <class In>
  static constexpr bool takes = can_keep<Operation, In> && std::invocable<Letter&, In, const std::string&>;

  template <class In, class Emit>
  void operator()(In&& item, StageContext& context, Emit& emit) {
    Operation& operation = *this;
    try {
      call_keeping(operation, item, context, emit);
    } catch (...) {
      detail::invoke(letter, std::forward<In>(item), words_of(std::current_exception()));
      context.diverted = true;
      throw;
    }
  }
};

}  // namespace detail

/// The stage, trying an item again after a failure, with growing pauses that a stop request cuts short. Its function
/// must take the item by `const` reference, or the item must be copyable. Only for stages that give one for one.
template <class Operation, std::size_t N>
  requires Operation::one_to_one
auto retry(Stage<Operation, N> stage, RetryPolicy policy = {}) {
  using Again = detail::Retrying<Operation>;
  return Stage<Again, N>{Again{std::move(stage.operation()), policy}, std::string{stage.name()}, stage.is_blocking()};
}

/// The stage, with a place for the items that fail in it (after their retries): `letter(item, reason)`. They count as
/// failed and are listed, but do not stop the run, whatever `RunOptions::on_error` says. Threads: `letter` is called
/// concurrently where the stage is.
template <class Operation, std::size_t N, class Letter>
  requires Operation::one_to_one
auto dead_letter(Stage<Operation, N> stage, Letter letter) {
  using Kept = detail::DeadLetter<Operation, Letter>;
  return Stage<Kept, N>{Kept{std::move(stage.operation()), std::move(letter)}, std::string{stage.name()},
                        stage.is_blocking()};
}

}  // namespace ashlar::inline v0

#ifndef ASHLAR_DETAIL_ENGINE_IS_LINKED
#include <ashlar/pipeline/detail/retry_definition.hpp>
#endif
