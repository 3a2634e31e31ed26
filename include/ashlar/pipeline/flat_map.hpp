// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

#include <ashlar/core/detail/invoke.hpp>
#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class R>
concept gives_a_range = requires(std::remove_reference_t<R>& r) {
  { std::begin(r) } -> std::input_iterator;
  { std::begin(r) != std::end(r) } -> std::convertible_to<bool>;
};
template <class F, class In>
concept maps_to_a_range = std::invocable<F&, In> && gives_a_range<std::invoke_result_t<F&, In>>;

template <class F>
struct FlatMap {
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = false;
  using parameter = typename Parameter<F>::type;

  template <class In>
  static constexpr bool takes = maps_to_a_range<F, In>;
  template <class In>
  using output =
      std::iter_value_t<decltype(std::begin(std::declval<std::remove_reference_t<std::invoke_result_t<F&, In>>&>()))>;

  template <class In, class Emit>
  void operator()(In&& item, StageContext&, Emit& emit) {
    decltype(auto) range = detail::invoke(f, std::forward<In>(item));
    for (auto&& element : range) {
      if constexpr (std::is_lvalue_reference_v<decltype(range)>) {
        emit(element);
      } else {
        emit(std::move(element));
      }
    }
  }

  F f;
};

struct Elements {
  template <class Range>
  Range operator()(Range&& range) const {
    return std::move(range);
  }
};

}  // namespace detail

/// A stage that gives every element of the range `f(item)`, on up to `N` threads (0: every worker), in order.
/// What one item becomes counts as one item in flight: keep the ranges short, or split the work at the source.
template <std::size_t N = 0, class F>
auto flat_map(F f) {
  return Stage<detail::FlatMap<F>, N>{{std::move(f)}, "flat_map"};
}

/// A stage that takes ranges apart into their elements: the inverse of `batch<n>()`.
inline auto unbatch() { return Stage<detail::FlatMap<detail::Elements>, 0>{{{}}, "unbatch"}; }

}  // namespace ashlar::inline v0
