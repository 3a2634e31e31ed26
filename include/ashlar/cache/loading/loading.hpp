// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/loading_rules.hpp>
#include <ashlar/cache/loading/options.hpp>
#include <ashlar/cache/loading/runner.hpp>

namespace ashlar::inline v0 {

/// A strategy that writes as `Base` does and loads by rules: the options, in any order, each at most once.
///
///     using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ashlar::RefreshAhead, ashlar::RunOnThreads>;
///     ashlar::Cache<Memory, Disk, Rules> cache{entries(1000), path, Rules{ashlar::StaleIfError{.window = 2h}}};
///
/// `FreshFor`, `Jitter` say how long values live; `StaleWhileRevalidate`, `StaleIfError` for how long after that they
/// are still given, and when; `RefreshAhead`, `RefreshAheadBy` when they are renewed before; `SoftTimeout`,
/// `HardTimeout` how long callers wait for a load; a runner where renewals and loads with time-outs run (`RunInline`
/// where none is given: no thread is made that the program did not ask for); a clock what the times are measured by.
///
/// Stale values: tiers keep values for the longest window beyond their life (so a tier's own expiry policy, where that
/// is shorter, leaves less life), and every read of the cache but `for_each` hides what is stale. `get_or_load` gives
/// stale values as the options say, and so does `get` where the lower tier is a source (`SourceTier`), which is then
/// the loader; over any other lower tier `get` gives one only when that tier fails. `get_or_load_many` follows
/// the rules for each key: what is to be renewed is renewed by one call of the loader; where the one for what is missing
/// throws, stale values are given when there is one for every key.
/// Time-outs bound the whole wait, for the lower tier and for the loader: of `get`, `get_timed`, `get_or_load`, and of
/// `get_or_load_many` all in all; `get_many` waits for each key. They look for a stale value in the upper tier, where
/// a load puts what it finds below. Writes, `peek` and `contains` wait for their tiers. With a time-out reads of the
/// lower tier run on the runner like loads: give it as many threads as may wait at once. One that refuses leaves the work
/// to the caller, who then waits for all of it. A renewal that is refused or dropped is given up: who has a value goes on
/// with it, and who waits loads the key itself. A cache that is called within the load of another one on that thread, as
/// its lower tier or by its loader, loads there too: no time-out of its own bounds that.
/// A renewal that finds nothing removes the value; one that is overtaken by a write or an invalidation stores nothing.
/// A loader that may run on another thread, or later, is copied: what it refers to must live as long as the cache, which
/// it must not own.
/// The destructor of the cache waits for the loads that run and gives up those that have not begun.
template <strategy Base, class... Option>
class Loading : public Base {
  template <class G>
  static constexpr bool is_mine = std::same_as<G, Base> || (std::same_as<G, Option> || ...);

 public:
  using base_strategy = Base;
  using loading_rules = detail::LoadingRules<Option...>;
  static_assert(sizeof(loading_rules) > 0);  // checks the options here and now

  /// `given`: a `Base` and values of the options, those that need one, in any order.
  template <class... Given>
    requires(is_mine<Given> && ...)
  Loading(const Given&... given) : Base(pick<Base>(given...)), options_{pick<Option>(given...)...} {}

  loading_rules rules() const { return loading_rules{options_}; }

 private:
  template <class T, class... Given>
  static T pick(const Given&... given) {
    const T* found = nullptr;
    [[maybe_unused]] const auto look = [&](const auto& one) {
      if constexpr (std::same_as<std::remove_cvref_t<decltype(one)>, T>) found = &one;
    };
    (look(given), ...);
    if (found != nullptr) return *found;
    if constexpr (std::default_initializable<T>) {
      return T{};
    } else {
      static_assert((std::same_as<Given, T> || ...),
                    "[ashlar] Loading: an option cannot be made without arguments; pass it to the constructor");
      return *found;
    }
  }

  std::tuple<Option...> options_;
};

}  // namespace ashlar::inline v0
