// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0::detail {

/// Which keys went lately: a fingerprint for each, in a bucket of about thirty-two kept newest first.
/// Every bucket is a queue of its own, so the whole is a queue but for the luck of the hash; up to 128 keys are one exact
/// queue. A key that was never added is taken for one that was with a probability below 128 by the number of different
/// fingerprints: with 16 bits that is one in thousands, with 32 never in practice.
/// Cost: a cache line or two per operation.
template <std::unsigned_integral Print>
class GhostSet {
 public:
  /// Room to remember as many keys as there are slots; forgets nothing. Strong guarantee.
  void resize(slot_index slots) {
    if (slots + std::size_t{depth} > prints_.size()) prints_.resize(slots + std::size_t{depth});
  }

  /// Remembers `keys` from now on, at most as many as there is room for. Forgets all where that differs by more than a
  /// quarter from what it was.
  void fit(std::uint64_t keys) noexcept {
    keys = std::clamp<std::uint64_t>(keys, 1, std::max<std::size_t>(prints_.size(), 1));
    if (keys * 4 <= keys_ * 5 && keys * 5 >= keys_ * 4) return;
    keys_ = prints_.empty() ? 0 : keys;
    buckets_ = keys <= exact ? 1 : keys / depth;
    ways_ = static_cast<std::size_t>(keys / buckets_);
    clear();
  }

  /// The key of this hash went.
  void add(std::uint64_t hash) noexcept {
    if (keys_ == 0) return;
    const auto bucket = bucket_of(hash);
    std::copy_backward(bucket.begin(), bucket.end() - 1, bucket.end());
    bucket[0] = print_of(hash);
  }

  /// The key of this hash will come, but others go first: `take` will answer as if it were called now.
  void expect(std::uint64_t hash) noexcept {
    if (hash == 0 || hash == expected_) return;
    expected_is_ghost_ = forget(hash);
    expected_ = hash;
  }

  /// Did the key of this hash go lately? Then it is forgotten here.
  bool take(std::uint64_t hash) noexcept {
    if (hash == 0 || hash != expected_) return forget(hash);
    expected_ = 0;
    return expected_is_ghost_;
  }

  void clear() noexcept {
    std::fill(prints_.begin(), prints_.end(), Print{0});
    expected_ = 0;
  }

  /// How many keys it remembers at most.
  std::uint64_t capacity() const noexcept { return keys_ == 0 ? 0 : buckets_ * ways_; }
  /// How many it remembers now. Cost: all of them.
  std::uint64_t size() const noexcept {
    return prints_.size() - static_cast<std::uint64_t>(std::count(prints_.begin(), prints_.end(), Print{0}));
  }

 private:
  static constexpr unsigned depth = 32;
  static constexpr std::uint64_t exact = 128;

  bool forget(std::uint64_t hash) noexcept {
    if (keys_ == 0) return false;
    const auto bucket = bucket_of(hash);
    const auto found = std::find(bucket.begin(), bucket.end(), print_of(hash));
    if (found == bucket.end()) return false;
    std::copy(found + 1, bucket.end(), found);
    bucket.back() = 0;
    return true;
  }

  static constexpr std::uint64_t mix(std::uint64_t hash) noexcept {
    hash = (hash ^ (hash >> 32)) * 0x9fb2'1c65'1e98'df25;
    return hash ^ (hash >> 29);
  }
  static constexpr Print print_of(std::uint64_t hash) noexcept {
    const auto print = static_cast<Print>(mix(hash));
    return print == 0 ? Print{1} : print;
  }
  std::span<Print> bucket_of(std::uint64_t hash) noexcept {
    const std::uint64_t bucket = ((mix(hash) >> 32) * buckets_) >> 32;
    return {prints_.data() + bucket * ways_, ways_};
  }

  std::vector<Print> prints_;
  std::uint64_t keys_ = 0;
  std::uint64_t buckets_ = 1;
  std::size_t ways_ = 0;
  std::uint64_t expected_ = 0;
  bool expected_is_ghost_ = false;
};

}  // namespace ashlar::inline v0::detail
