// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ashlar/pipeline/detail/lane.hpp>
#include <ashlar/pipeline/stage_context.hpp>

namespace ashlar::inline v0 {

/// What a source says after it was asked for items.
enum class SourceState : std::uint8_t {
  more,  ///< there may be more
  idle,  ///< nothing there at the moment
  end,   ///< nothing will come any more
};

/// How a stage wants its items.
enum class Order : std::uint8_t {
  any,       ///< as they come
  restored,  ///< in the order of the source, one chunk at a time
};

/// What a stage is unless it says otherwise; a base class for stages of your own.
struct StageDefaults {
  static constexpr std::size_t limit = 0;  ///< most threads in it at once; 0: every worker
  static constexpr Order order = Order::any;
  static constexpr bool one_to_one = false;            ///< emits exactly once for each item
  bool is_blocking() const noexcept { return false; }  ///< on threads of its own
  std::string_view name() const noexcept { return "stage"; }
};

namespace detail {

/// What a stage emits into.
template <class T>
class Emitter {
 public:
  using value_type = T;
  explicit Emitter(Lane<T>& lane) noexcept : lane_{lane} {}
  template <class U>
  void operator()(U&& item) const {
    lane_.emplace(std::forward<U>(item));
  }
  /// Emits what `make()` returns, without a move where that is a `T`.
  template <class Make>
  void made_by(Make&& make) const {
    lane_.emplace_made_by(make);
  }

 private:
  Lane<T>& lane_;
};
template <class E>
inline constexpr bool is_emitter = false;
template <class T>
inline constexpr bool is_emitter<Emitter<T>> = true;

template <class S>
concept names_what_it_gives = requires { typename S::value_type; };
template <class S>
concept can_be_pulled = requires(S& s, Lane<typename S::value_type>& out, std::size_t want) {
  { s.pull(out, want) } -> std::same_as<SourceState>;
};
template <class S>
concept says_its_limit = requires {
  { S::limit } -> std::convertible_to<std::size_t>;
};
template <class S>
concept says_its_order = requires {
  { S::order } -> std::convertible_to<Order>;
};
template <class S>
concept says_whether_one_to_one = requires {
  { S::one_to_one } -> std::convertible_to<bool>;
};
template <class S>
concept says_whether_blocking = requires(const S& s) {
  { s.is_blocking() } -> std::same_as<bool>;
};
template <class S>
concept has_a_name = requires(const S& s) {
  { s.name() } -> std::convertible_to<std::string_view>;
};

}  // namespace detail

/// The first part of a pipeline: where items come from.
///
/// | expression         | result        | throws | called when, and what it must do                                     |
/// |--------------------|---------------|--------|----------------------------------------------------------------------|
/// | `S::value_type`    | a movable type| -      |                                                                      |
/// | `s.pull(out, n)`   | `SourceState` | may    | for more items: up to `n` times `out.emplace(…)`; what was appended counts whatever is returned |
///
/// Optional: `s.begin_run(wake)` before a run, where `wake` fits into a `std::function<void()>` and is to be called when a
/// source that said `idle` has something again; `s.end_run()` after it; `s.total()`, the number of items to come;
/// `s.weigh(item)`, bytes the item will occupy on its way; `s.after_pull() noexcept`, called behind a pull, for what
/// need not hold up the next one.
/// Threads: never called concurrently, but for `after_pull`. Cost: once for a chunk of items.
/// Models: what `from`, `generate`, `files`, `directory`, `Channel` give.
template <class S>
concept source = std::move_constructible<S> && detail::names_what_it_gives<S> && detail::can_be_pulled<S>;

/// A part that takes items and gives items. Derive from `StageDefaults` and say only what differs.
///
/// | expression                  | result        | throws | called when, and what it must do                            |
/// |-----------------------------|---------------|--------|-------------------------------------------------------------|
/// | `S::limit`                  | `std::size_t` | -      | most threads in it at once, 0: every worker                 |
/// | `S::order`                  | `Order`       | -      | `restored` to be called in the order of the source          |
/// | `S::one_to_one`             | `bool`        | -      | true where `emit` is called exactly once for each item      |
/// | `s.is_blocking()`           | `bool`        | never  | true to run on threads of its own                           |
/// | `s.name()`                  | a string      | never  | for reports and errors                                      |
/// | `S::template takes<In>`     | `bool`        | -      | whether it takes such items                                 |
/// | `S::template output<In>`    | a type        | -      | what it gives for them; `void` at the end                   |
/// | `s(std::move(item), context, emit)` | -     | may    | for each item: `emit(out)` any number of times; an exception fails the item and what it emitted is dropped |
///
/// Optional: `s.begin_run()`; `s.flush(context, emit)` after the last item of a stage in restored order;
/// `s.abandon()`, the number of items held back when a run ends early.
/// Threads: the call from up to `limit` threads at once. Models: what `transform`, `filter`, `sink`, … give.
template <class S>
concept stage = std::move_constructible<S> && detail::says_its_limit<S> && detail::says_its_order<S> &&
                detail::says_whether_one_to_one<S> && detail::says_whether_blocking<S> && detail::has_a_name<S>;

/// True when `S` models `source`; otherwise each missing part is reported with what to write.
template <class S>
consteval bool explain_source() {
  static_assert(std::move_constructible<S>, "[ashlar] source: make it movable");
  static_assert(detail::names_what_it_gives<S>, "[ashlar] source: add `using value_type = …`, the type of its items");
  if constexpr (detail::names_what_it_gives<S>) {
    static_assert(
        detail::can_be_pulled<S>,
        "[ashlar] source: add `SourceState pull(auto& out, std::size_t want)`, which calls `out.emplace(item)`");
  }
  return source<S>;
}

/// True when `S` models `stage`; otherwise each missing part is reported with what to write.
template <class S>
consteval bool explain_stage() {
  static_assert(std::move_constructible<S>, "[ashlar] stage: make it movable");
  static_assert(detail::says_its_limit<S>,
                "[ashlar] stage: add `static constexpr std::size_t limit = 0;` or derive from ashlar::StageDefaults");
  static_assert(
      detail::says_its_order<S>,
      "[ashlar] stage: add `static constexpr Order order = Order::any;` or derive from ashlar::StageDefaults");
  static_assert(detail::says_whether_one_to_one<S>,
                "[ashlar] stage: add `static constexpr bool one_to_one = false;` or derive from ashlar::StageDefaults");
  static_assert(detail::says_whether_blocking<S>,
                "[ashlar] stage: add `bool is_blocking() const noexcept` or derive from ashlar::StageDefaults");
  static_assert(detail::has_a_name<S>,
                "[ashlar] stage: add `std::string_view name() const noexcept` or derive from ashlar::StageDefaults");
  return stage<S>;
}

}  // namespace ashlar::inline v0
