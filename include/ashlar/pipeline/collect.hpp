// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

struct Collect {
  static constexpr Order order = Order::restored;
  static constexpr bool one_to_one = true;
  using parameter = Anything;

  template <class In>
  static constexpr bool takes = true;
  template <class In>
  using output = void;
};

template <class S>
inline constexpr bool is_collect = false;
template <>
inline constexpr bool is_collect<Stage<Collect, 1>> = true;

}  // namespace detail

/// The end of a pipeline that keeps every item: `run()` returns a `Collected<T>` with the items in the order of the
/// source. They count as finished, so the limits of a run do not bound them.
inline auto collect() { return Stage<detail::Collect, 1>{{}, "collect"}; }

}  // namespace ashlar::inline v0
