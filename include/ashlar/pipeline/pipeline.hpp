// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ashlar/pipeline/detail/run.hpp>
#include <ashlar/pipeline/detail/typed_program.hpp>
#include <ashlar/pipeline/run_options.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
inline constexpr bool is_pipeline = false;
template <class... Stages>
inline constexpr bool is_pipeline<Pipeline<Stages...>> = true;

template <class T>
inline constexpr bool is_part = source<T> || stage<T> || is_pipeline<T>;

template <class T>
std::tuple<T> parts_of(T&& part) {
  return std::tuple<T>{std::move(part)};
}
template <class... Stages>
auto parts_of(Pipeline<Stages...>&& part) {
  return std::move(part).parts();
}

template <class Tuple>
struct OfTuple;
template <class... Stages>
struct OfTuple<std::tuple<Stages...>> {
  using flow = FlowOf<Stages...>;
  using program = TypedProgram<Stages...>;
  using pipeline = Pipeline<Stages...>;
  using last = std::tuple_element_t<sizeof...(Stages) - 1, std::tuple<Stages...>>;
};
template <class Done, class... Parts>
struct Flat {
  using type = Done;
};
template <class... Done, class Part, class... Rest>
struct Flat<std::tuple<Done...>, Part, Rest...> : Flat<std::tuple<Done..., Part>, Rest...> {};
template <class... Done, class... Stages, class... Rest>
struct Flat<std::tuple<Done...>, Pipeline<Stages...>, Rest...> : Flat<std::tuple<Done...>, Stages..., Rest...> {};

/// The stages of parts, with those that are pipelines taken apart.
template <class... Parts>
using flattened = typename Flat<std::tuple<>, Parts...>::type;

template <class... Parts>
flattened<Parts...> gathered(Parts&... parts) {
  if constexpr ((is_pipeline<Parts> || ...)) {
    return std::tuple_cat(parts_of(std::move(parts))...);
  } else {
    return flattened<Parts...>{std::move(parts)...};
  }
}

}  // namespace detail

/// A source, stages and a sink, through which items flow at the same time.
///
///     ashlar::Pipeline job{ashlar::from(paths), ashlar::transform<16>(analyse), ashlar::sink<8>(save)};
///     ashlar::RunReport report = job.run({.stop = token});
///
/// The same is written `from(paths) | transform<16>(analyse) | sink<8>(save)`; stages without a source compose too.
/// Each joint is checked when the type is formed (see `Link`). Threads: one run of an object at a time.
template <class... Stages>
class Pipeline {
  using Parts = detail::flattened<Stages...>;
  using Flow = typename detail::OfTuple<Parts>::flow;
  static_assert(Flow::fits, "[ashlar] pipeline: the joints named above do not fit");

 public:
  explicit Pipeline(Stages... parts)
    requires(sizeof...(Stages) > 0 && (detail::is_part<Stages> && ...))
      : parts_{detail::gathered(parts...)} {}

  /// From the stages as a tuple.
  explicit Pipeline(std::in_place_t, Parts parts) : parts_{std::move(parts)} {}

  /// Runs until the source is exhausted and every item has been dealt with, or until something stops it.
  /// Returns a `RunReport`, or a `Collected<T>` where the last stage is `collect()`.
  /// Throws `StageError` for the first failed item when `options.on_error` is `OnError::stop`; whatever the progress
  /// callback throws; and what starting threads throws. Nothing runs any more when it returns or throws.
  auto run(const RunOptions& options = {}) {
    static_assert(Flow::has_source,
                  "[ashlar] pipeline: run() needs a source first; begin with from(range), files(paths), generate(f) …");
    if constexpr (Flow::has_source && Flow::fits) {
      static_assert(std::is_same_v<typename Flow::last, detail::NoItem>,
                    "[ashlar] pipeline: run() needs an end; finish with sink(f) or collect()");
      if constexpr (std::is_same_v<typename Flow::last, detail::NoItem>) {
        return run_all(options);
      } else {
        return RunReport{};
      }
    } else {
      return RunReport{};
    }
  }

  /// The stages, for composition.
  Parts& parts() & noexcept { return parts_; }
  Parts parts() && { return std::move(parts_); }

 private:
  auto run_all(const RunOptions& options) {
    typename detail::OfTuple<Parts>::program program{parts_, options.bytes};
    RunReport report = detail::run_program<detail::EngineUnit>(program, options);
    if constexpr (detail::is_collect<typename detail::OfTuple<Parts>::last>) {
      auto items = program.take_kept();
      return Collected<typename decltype(items)::value_type>{std::move(report), std::move(items)};
    } else {
      return report;
    }
  }

  Parts parts_;
};

template <class... Parts>
Pipeline(Parts...) -> Pipeline<Parts...>;

/// Joins two parts into a pipeline.
template <class A, class B>
  requires(detail::is_part<A> && detail::is_part<B>)
auto operator|(A a, B b) {
  using Joined = typename detail::OfTuple<detail::flattened<A, B>>::pipeline;
  return Joined{std::in_place, detail::gathered(a, b)};
}

}  // namespace ashlar::inline v0
