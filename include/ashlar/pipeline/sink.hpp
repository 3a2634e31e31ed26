// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class F>
struct Sink {
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = true;
  using parameter = typename Parameter<F>::type;

  template <class In>
  static constexpr bool takes = callable<F, In>;
  template <class In>
  using output = void;

  template <class In, class Emit>
  void operator()(In&& item, StageContext& context, Emit&) {
    using R = call_result<F, In>;
    if constexpr (is_result<R>) {
      static_cast<void>(unwrap(call(f, std::forward<In>(item), context)));
    } else {
      static_cast<void>(call(f, std::forward<In>(item), context));
    }
  }

  F f;
};

}  // namespace detail

/// The end of a pipeline: calls `f(item)` on up to `N` threads at once. An exception, or an error in a returned
/// `Result`, fails the item; any other result is ignored. `sink<1>`, the default, is called by one thread at a time,
/// in any order; behind `ordered()` in the order of the source. 0: every worker.
template <std::size_t N = 1, class F>
auto sink(F f) {
  return Stage<detail::Sink<F>, N>{{std::move(f)}, "sink"};
}

}  // namespace ashlar::inline v0
