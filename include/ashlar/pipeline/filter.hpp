// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include <ashlar/core/detail/invoke.hpp>
#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class F>
struct Filter {
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = false;
  using parameter = typename Parameter<F>::type;

  template <class In>
  static constexpr bool takes = std::predicate<F&, const In&>;
  template <class In>
  using output = In;

  template <class In, class Emit>
  void operator()(In&& item, StageContext&, Emit& emit) {
    if (detail::invoke(f, std::as_const(item))) emit(std::forward<In>(item));
  }

  F f;
};

}  // namespace detail

/// A stage that passes on the items for which `f(const item&)` is true, on up to `N` threads (0: every worker).
/// Items left out count as finished. Threads: `f` is called concurrently unless `N` is 1.
template <std::size_t N = 0, class F>
auto filter(F f) {
  return Stage<detail::Filter<F>, N>{{std::move(f)}, "filter"};
}

}  // namespace ashlar::inline v0
