// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <ashlar/pipeline/concepts.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class R>
concept iterable = requires(R& r) {
  { std::begin(r) } -> std::input_iterator;
  { std::begin(r) != std::end(r) } -> std::convertible_to<bool>;
};

/// A range as a source: borrowed where it was an lvalue, else owned.
template <class R>
class FromRange {
  using Held = std::conditional_t<std::is_lvalue_reference_v<R>, std::remove_reference_t<R>*, std::remove_cvref_t<R>>;
  using Iterator = decltype(std::begin(std::declval<std::remove_reference_t<R>&>()));
  using Sentinel = decltype(std::end(std::declval<std::remove_reference_t<R>&>()));

 public:
  using value_type = std::iter_value_t<Iterator>;
  /// Elements that lie in memory can be copied by several threads at once.
  static constexpr bool splits = std::contiguous_iterator<Iterator>;

  explicit FromRange(R&& range) : range_{held(range)} {}

  static constexpr std::string_view name() noexcept { return "from"; }
  void begin_run(const auto&) { place_.emplace(Place{std::begin(range()), std::end(range())}); }
  void end_run() noexcept { place_.reset(); }
  std::uint64_t total() const
    requires std::sized_sentinel_for<Sentinel, Iterator>
  {
    return place_ ? static_cast<std::uint64_t>(place_->end - place_->next) : 0;
  }

  template <class Out>
  SourceState pull(Out& out, std::size_t want) {
    auto& [next, end] = *place_;
    for (; want != 0 && next != end; --want, ++next) out.emplace(*next);
    return next == end ? SourceState::end : SourceState::more;
  }

  /// The next `want` elements are the caller's; returns how many there are.
  std::size_t claim(std::size_t want)
    requires splits
  {
    auto& [next, end] = *place_;
    const auto left = static_cast<std::size_t>(end - next);
    const std::size_t n = left < want ? left : want;
    next += static_cast<std::iter_difference_t<Iterator>>(n);
    return n;
  }
  template <class Out>
  void fill(Out& out, std::uint64_t first, std::size_t n)
    requires splits
  {
    Iterator element = std::begin(range()) + static_cast<std::iter_difference_t<Iterator>>(first);
    for (; n != 0; --n, ++element) out.emplace(*element);
  }

 private:
  static Held held(std::remove_reference_t<R>& range) {
    if constexpr (std::is_lvalue_reference_v<R>) {
      return std::addressof(range);
    } else {
      return std::move(range);
    }
  }
  auto& range() noexcept {
    if constexpr (std::is_lvalue_reference_v<R>) {
      return *range_;
    } else {
      return range_;
    }
  }

  struct Place {
    Iterator next;
    Sentinel end;
  };

  Held range_;
  std::optional<Place> place_;
};

}  // namespace detail

/// A source that gives a copy of each element of a range, in order. An lvalue is referred to and must outlive the
/// runs; a temporary is kept. Elements too dear to copy: give pointers or spans.
template <class R>
  requires detail::iterable<std::remove_reference_t<R>>
auto from(R&& range) {
  return detail::FromRange<R>{std::forward<R>(range)};
}

}  // namespace ashlar::inline v0
