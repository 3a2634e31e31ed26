// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>

#include <ashlar/cache/eviction/adaptive.hpp>
#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/s3_fifo.hpp>
#include <ashlar/cache/eviction/sieve.hpp>
#include <ashlar/cache/eviction/tiny_lfu.hpp>
#include <ashlar/cache/memory_tier.hpp>

namespace ashlar_test {

/// A number with a heap allocation of its own, so that sanitizers see what happens to it.
class Boxed {
 public:
  Boxed() : Boxed(0) {}
  Boxed(std::uint64_t number) : text_("a value that is too long to lie within a string: " + std::to_string(number)) {}
  std::uint64_t number() const { return std::stoull(text_.substr(text_.rfind(' ') + 1)); }
  friend bool operator==(const Boxed&, const Boxed&) = default;

 private:
  std::string text_;
};

inline std::uint64_t number_of(const Boxed& value) { return value.number(); }
inline std::uint64_t number_of(std::uint64_t value) { return value; }

/// Heavier with the number, from 1 to 4.
struct UpToFour {
  template <class Key, class Value>
  std::uint64_t operator()(const Key& key, const Value&) const {
    return number_of(key) % 4 + 1;
  }
};

template <class Key, class Value, class... O>
using Tier = ashlar::MemoryTier<Key, Value, O...>;
using U64 = std::uint64_t;

/// Every policy, threading, kind of value and weigher: what the suites are run over.
using Tiers = std::tuple<
    Tier<U64, U64, ashlar::Lru>, Tier<U64, U64, ashlar::Fifo>, Tier<U64, U64, ashlar::Sieve>,
    Tier<U64, U64, ashlar::S3Fifo>, Tier<U64, U64, ashlar::TinyLfu>, Tier<U64, U64, ashlar::Adaptive>,
    Tier<U64, Boxed, ashlar::Lru>, Tier<U64, Boxed, ashlar::Adaptive>,
    Tier<U64, U64, ashlar::SingleThreaded, ashlar::Lru>, Tier<U64, Boxed, ashlar::SingleThreaded, ashlar::S3Fifo>,
    Tier<U64, U64, ashlar::WeighBy<UpToFour>, ashlar::Lru>, Tier<U64, Boxed, ashlar::WeighBy<UpToFour>, ashlar::S3Fifo>,
    Tier<U64, U64, ashlar::ExpireAfterWrite<>, ashlar::CountHits, ashlar::Lru>,
    Tier<U64, Boxed, ashlar::ExpirePerEntry<>, ashlar::WeighBytes, ashlar::TinyLfu>>;

/// A tier that may hold about `entries` entries, whatever its weigher.
template <class T>
typename T::capacity_type capacity_for(std::size_t entries) {
  using Capacity = typename T::capacity_type;
  if constexpr (std::same_as<Capacity, ashlar::Entries>) {
    return ashlar::entries(entries);
  } else if constexpr (std::same_as<Capacity, ashlar::Bytes>) {
    return ashlar::bytes(entries * 200);
  } else {
    return ashlar::units(entries * 4);
  }
}

}  // namespace ashlar_test
