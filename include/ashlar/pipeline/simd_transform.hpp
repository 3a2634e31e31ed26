// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <ashlar/core/detail/invoke.hpp>
#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
concept holds_numbers = requires(T& item) {
  { *item.data() } -> std::convertible_to<double>;
  { item.size() } -> std::convertible_to<std::size_t>;
} && std::is_arithmetic_v<std::remove_pointer_t<decltype(std::declval<T&>().data())>>;

template <class T>
using number_in = std::remove_pointer_t<decltype(std::declval<T&>().data())>;

template <class F, class In>
concept works_in_place = holds_numbers<In> && std::invocable<F&, std::span<number_in<In>>>;

template <class F>
struct SimdTransform {
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = true;
  using parameter = typename Parameter<F>::type;

  template <class In>
  static constexpr bool takes = works_in_place<F, In>;
  template <class In>
  using output = In;

  template <class In, class Emit>
  void operator()(In&& item, StageContext&, Emit& emit) {
    detail::invoke(f, std::span<number_in<In>>{item.data(), item.size()});
    emit(std::move(item));
  }

  F f;
};

}  // namespace detail

/// A stage that changes rows of numbers where they lie: items are contiguous containers, buffers or spans of an
/// arithmetic type, `kernel(std::span<T>)` works on one in place (a Highway kernel of your own, a loop the compiler
/// vectorises), and the item goes on without a copy. On up to `N` threads at once (0: every worker).
template <std::size_t N = 0, class F>
auto simd_transform(F kernel) {
  return Stage<detail::SimdTransform<F>, N>{{std::move(kernel)}, "simd_transform"};
}

}  // namespace ashlar::inline v0
