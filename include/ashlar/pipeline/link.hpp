// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <type_traits>

#include <ashlar/pipeline/detail/call.hpp>

namespace ashlar::inline v0 {

namespace detail {

/// What comes out of a joint that does not fit; the joints after it keep quiet.
struct Refused {};
/// What the last stage gives.
struct NoItem {};

template <class S, class In>
concept takes_it = S::template takes<In>;

/// What a stage's function takes, in the stage's own words.
template <class S>
struct ParameterOf {
  using type = Anything;
};
template <class S>
  requires requires { typename S::parameter; }
struct ParameterOf<S> {
  using type = typename S::parameter;
};

template <class S, class In, bool Fits>
struct OutputOf {
  using type = Refused;
};
template <class S, class In>
struct OutputOf<S, In, true> {
  using given = typename S::template output<In>;
  using type = std::conditional_t<std::is_void_v<given>, NoItem, given>;
};

}  // namespace detail

/// One joint of a pipeline, between stage `Joint - 1` and stage `Joint` (the source is stage 0): what comes in, and
/// what the stage takes. A joint that does not fit is refused here, so that a compiler's message names all of them:
/// `Link<2, Stage<Transform<…>>, std::string, Frame>`: stage 2, that stage, got a `std::string`, takes a `Frame`.
template <std::size_t Joint, class Stage, class Got, class Takes>
struct Link {
  static constexpr bool after_the_end = std::is_same_v<Got, detail::NoItem>;
  static constexpr bool fits = !after_the_end && detail::takes_it<Stage, Got>;
  using output = typename detail::OutputOf<Stage, Got, fits>::type;
  static_assert(!after_the_end,
                "[ashlar] pipeline: Link<joint, stage, got, takes>: there is a stage behind a sink; move the sink to "
                "the end, or use tee(f) in the middle");
  static_assert(after_the_end || fits,
                "[ashlar] pipeline: Link<joint, stage, got, takes>: the stage at this joint cannot be called with what "
                "the stage before it gives; make its function take `got` and return a value (a sink: anything), or put "
                "a transform between them");
};

/// Behind a joint that was refused nothing more is said.
template <std::size_t Joint, class Stage, class Takes>
struct Link<Joint, Stage, detail::Refused, Takes> {
  static constexpr bool fits = false;
  using output = detail::Refused;
};

namespace detail {

template <std::size_t Joint, class Stage, class Got>
using link_at = Link<Joint, Stage, Got, typename ParameterOf<Stage>::type>;

}  // namespace detail

}  // namespace ashlar::inline v0
