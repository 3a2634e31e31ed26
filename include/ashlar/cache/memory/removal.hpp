// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace ashlar::inline v0 {

/// Why a value left a tier.
enum class RemovalCause : std::uint8_t {
  erased,    ///< asked for by key or by predicate
  replaced,  ///< another value was put under its key
  expired,   ///< its time was over
  evicted,   ///< the tier needed room
  cleared,   ///< `clear()`
};

/// The name of a cause, such as "evicted".
constexpr std::string_view to_string(RemovalCause cause) noexcept {
  switch (cause) {
    case RemovalCause::erased: return "erased";
    case RemovalCause::replaced: return "replaced";
    case RemovalCause::expired: return "expired";
    case RemovalCause::evicted: return "evicted";
    case RemovalCause::cleared: return "cleared";
  }
  return "unknown";
}

/// Is told of every value that leaves a tier, once, after it left.
///
/// | expression                     | throws | called when, and what it must do                                          |
/// |--------------------------------|--------|---------------------------------------------------------------------------|
/// | `l.removed(key, value, cause)` | never  | outside of every lock, on the thread that caused it; `value` is an rvalue |
///
/// Values that are still there when the tier ends are not told. Threads: called concurrently.
/// Models: `OnRemoval<F>`.
template <class L, class Key, class Value>
concept removal_listener = requires(const L& l, const Key& key, Value value) {
  { l.removed(key, std::move(value), RemovalCause::erased) } noexcept;
};

/// Calls `f(key, value, cause)`; an exception from `f` ends the program.
template <class F>
struct OnRemoval {
  [[no_unique_address]] F f{};

  template <class Key, class Value>
    requires std::invocable<const F&, const Key&, Value&&, RemovalCause>
  void removed(const Key& key, Value&& value, RemovalCause cause) const noexcept {
    std::invoke(f, key, std::move(value), cause);
  }
};
template <class F>
OnRemoval(F) -> OnRemoval<F>;

}  // namespace ashlar::inline v0
