// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <utility>

#include <ashlar/cache/lifetime.hpp>

namespace ashlar::inline v0 {

/// What a loader says about what it found, when a plain value does not say enough.
///
/// `Loaded<V>::found(value, 5min)` is stored for five minutes, `found(value)` as the tiers' policies say;
/// `unstored(value)` goes to the callers only; `nothing(30s)` is remembered as "there is none" for 30 seconds, during
/// which loaders of the key are not called and reads do not look below.
template <class V>
struct Loaded {
  std::optional<V> value = std::nullopt;
  Lifetime life = {};
  bool store = true;

  static Loaded found(V value, Lifetime life = {}) { return {std::move(value), life, true}; }
  static Loaded unstored(V value) { return {std::move(value), {}, false}; }
  static Loaded nothing(Lifetime life) { return {std::nullopt, life, true}; }
};

}  // namespace ashlar::inline v0
