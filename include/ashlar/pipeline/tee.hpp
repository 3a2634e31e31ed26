// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>

#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class F>
struct Tee {
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = true;
  using parameter = typename Parameter<F>::type;

  template <class In>
  static constexpr bool takes = callable<F, const In&>;
  template <class In>
  using output = In;

  template <class In, class Emit>
  void operator()(In&& item, StageContext& context, Emit& emit) {
    const In& seen = item;
    if constexpr (is_result<call_result<F, const In&>>) {
      static_cast<void>(unwrap(call(f, seen, context)));
    } else {
      static_cast<void>(call(f, seen, context));
    }
    emit(std::forward<In>(item));
  }

  F f;
};

}  // namespace detail

/// A stage that shows each item to `f(const item&)` and passes it on: a sink in the middle, for logs and copies.
/// A failure of `f` fails the item. Threads: `f` is called concurrently unless `N` is 1.
template <std::size_t N = 0, class F>
auto tee(F f) {
  return Stage<detail::Tee<F>, N>{{std::move(f)}, "tee"};
}

}  // namespace ashlar::inline v0
