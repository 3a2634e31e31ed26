// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class F>
struct Transform {
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = true;
  using parameter = typename Parameter<F>::type;

  template <class In>
  struct Given {
    using type = void;
  };
  template <class In>
    requires callable<F, In>
  struct Given<In> {
    using type = typename Unwrapped<call_result<F, In>>::type;
  };
  template <class In>
  using output = typename Given<In>::type;
  template <class In>
  static constexpr bool takes = !std::is_void_v<output<In>>;

  template <class In, class Emit>
  void operator()(In&& item, StageContext& context, Emit& emit) {
    if constexpr (is_result<call_result<F, In>> || !is_emitter<Emit>) {
      emit(unwrap(call(f, std::forward<In>(item), context)));
    } else {
      emit.made_by([&]() -> decltype(auto) { return call(f, std::forward<In>(item), context); });
    }
  }

  F f;
};

}  // namespace detail

/// A stage that gives `f(item)` for each item, on up to `N` threads at once (0: every worker).
/// `f` takes the item, and may take a `std::stop_token` after it. Where it returns a `Result<T>` the stage gives a `T`
/// and an error fails the item, as an exception does. Threads: `f` is called concurrently unless `N` is 1.
template <std::size_t N = 0, class F>
auto transform(F f) {
  return Stage<detail::Transform<F>, N>{{std::move(f)}, "transform"};
}

/// `transform<1>`: one call at a time, in any order; behind `ordered()` in the order of the source.
template <class F>
auto serial(F f) {
  return Stage<detail::Transform<F>, 1>{{std::move(f)}, "serial"};
}

}  // namespace ashlar::inline v0
