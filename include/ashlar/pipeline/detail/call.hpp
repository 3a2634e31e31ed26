// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <ashlar/core/detail/invoke.hpp>
#include <ashlar/core/result.hpp>
#include <ashlar/pipeline/stage_context.hpp>

namespace ashlar::inline v0::detail {

/// `f(item)`, or `f(item, stop_token)` for functions that want to know of a stop.
template <class F, class In>
concept called_alone = std::invocable<F&, In>;
template <class F, class In>
concept called_with_stop = std::invocable<F&, In, std::stop_token>;

template <class F, class In>
inline constexpr bool callable = called_alone<F, In> || called_with_stop<F, In>;

template <class F, class In>
  requires callable<F, In>
decltype(auto) call(F& f, In&& item, StageContext& context) {
  if constexpr (called_alone<F, In>) {
    return detail::invoke(f, std::forward<In>(item));
  } else {
    return detail::invoke(f, std::forward<In>(item), context.stop);
  }
}

template <class F, class In>
using call_result =
    std::remove_cvref_t<decltype(call(std::declval<F&>(), std::declval<In>(), std::declval<StageContext&>()))>;

template <class R>
struct Unwrapped {
  using type = R;
};
template <class T>
struct Unwrapped<Result<T>> {
  using type = T;
};

/// The value of a `Result`, its error thrown; anything else as it is.
template <class R>
decltype(auto) unwrap(R&& result) {
  if constexpr (is_result<std::remove_cvref_t<R>>) {
    if (!result) throw result.error();
    if constexpr (!std::is_void_v<typename std::remove_cvref_t<R>::value_type>) return *std::forward<R>(result);
  } else {
    return std::forward<R>(result);
  }
}

/// Stands for the parameter of a function that takes anything (a generic lambda, an overload set).
struct Anything;

/// What a function says it takes first, for messages.
template <class F>
struct Parameter {
  using type = Anything;
};
template <class R, class A, class... Rest>
struct Parameter<R (*)(A, Rest...)> {
  using type = A;
};
template <class R, class A, class... Rest>
struct Parameter<R (*)(A, Rest...) noexcept> {
  using type = A;
};
template <class M>
struct MemberParameter {
  using type = Anything;
};
template <class R, class C, class A, class... Rest>
struct MemberParameter<R (C::*)(A, Rest...)> {
  using type = A;
};
template <class R, class C, class A, class... Rest>
struct MemberParameter<R (C::*)(A, Rest...) const> {
  using type = A;
};
template <class R, class C, class A, class... Rest>
struct MemberParameter<R (C::*)(A, Rest...) noexcept> {
  using type = A;
};
template <class R, class C, class A, class... Rest>
struct MemberParameter<R (C::*)(A, Rest...) const noexcept> {
  using type = A;
};
template <class F>
  requires requires { &F::operator(); }
struct Parameter<F> : MemberParameter<decltype(&F::operator())> {};

}  // namespace ashlar::inline v0::detail
