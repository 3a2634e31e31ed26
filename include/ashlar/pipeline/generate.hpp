// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ashlar/core/detail/is_optional.hpp>
#include <ashlar/pipeline/concepts.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class F>
concept gives_an_optional = std::invocable<F&> && is_optional<std::remove_cvref_t<std::invoke_result_t<F&>>>;

template <class F>
class Generate {
 public:
  using value_type = typename std::remove_cvref_t<std::invoke_result_t<F&>>::value_type;

  explicit Generate(F f) : f_{std::move(f)} {}

  static constexpr std::string_view name() noexcept { return "generate"; }
  template <class Out>
  SourceState pull(Out& out, std::size_t want) {
    for (; want != 0; --want) {
      auto item = f_();
      if (!item) return SourceState::end;
      out.emplace(*std::move(item));
    }
    return SourceState::more;
  }

 private:
  F f_;
};

}  // namespace detail

/// A source that calls `f()` for each item; `f` returns a `std::optional`, empty at the end. It is called by one
/// thread at a time; while it blocks, a stop request waits for it.
template <class F>
  requires detail::gives_an_optional<F>
auto generate(F f) {
  return detail::Generate<F>{std::move(f)};
}

}  // namespace ashlar::inline v0
