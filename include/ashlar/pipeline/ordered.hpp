// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

struct Ordered {
  static constexpr Order order = Order::restored;
  static constexpr bool one_to_one = true;
  using parameter = Anything;

  template <class In>
  static constexpr bool takes = true;
  template <class In>
  using output = In;

  template <class In, class Emit>
  void operator()(In&& item, StageContext&, Emit& emit) {
    emit(std::forward<In>(item));
  }
};

}  // namespace detail

/// Restores the order of the source: the stages of limit 1 that follow directly (`sink`, `serial`, `transform<1>`)
/// are called in it, one item at a time; a parallel stage behind it starts items in order. Items that wait for their
/// turn do not count as in flight; `RunOptions::window` bounds them.
inline auto ordered() { return Stage<detail::Ordered, 1>{{}, "ordered"}; }

}  // namespace ashlar::inline v0
