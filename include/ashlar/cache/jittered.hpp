// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/jitter.hpp>
#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0 {

/// An expiry whose lives are spread, by ±20 % where nothing else is said, so that what is written together does not
/// expire together: `MemoryTier<K, V, Jittered<ExpireAfterWrite<>>>`.
/// Deterministic for a key and the moment it is written. A time given with `put` is not spread, nor one that a read
/// begins; for times that a `Cache` gives, `Loading` takes a `Jitter`. Cost: that of the expiry and two multiplications.
template <class Expiry>
struct Jittered : Expiry {
  Jitter jitter;

  constexpr explicit Jittered(Expiry lives = Expiry{}, Jitter spread = {}) : Expiry{std::move(lives)}, jitter{spread} {}

  template <class Key, class Value>
  std::chrono::nanoseconds on_write(const Key& key, const Value& value) const {
    const auto moment = static_cast<std::uint64_t>(this->now().count());
    return jitter(Expiry::on_write(key, value), Hash<Key>{}(key) ^ hash_mix(moment));
  }
};

}  // namespace ashlar::inline v0
