// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::inline v0 {

/// The versions of key spaces: every key carries that of its space, `products@3:42`, and to raise it puts all entries
/// of the space out of reach at once, in every tier. The old ones leave as the tiers' eviction and expiry will have it;
/// a load that began before stores under the old version, where nobody looks.
///
///     KeyVersions versions;
///     cache.get(versions.key("products", "42"));
///     versions.raise("products");
///
/// Versions must not go back while a tier still holds old entries: a program whose lower tier outlives it saves `all()`
/// and gives it to the next one, or begins with a number that grows, such as that of its release.
/// A space that was never raised has the version it began with. Threads: every member may be called concurrently.
/// Cost: a look-up under a shared lock, and a string.
class KeyVersions {
 public:
  /// Every space begins with `first`.
  explicit KeyVersions(std::uint64_t first = 1) noexcept : first_{first} {}
  /// Goes on with what `all()` gave.
  KeyVersions(const std::vector<std::pair<std::string, std::uint64_t>>& known, std::uint64_t first = 1)
      : first_{first}, versions_(known.begin(), known.end()) {}

  /// The key with the version of its space. Keys of different spaces, versions or names differ, where spaces have no
  /// `@` and no `:` in them.
  std::string key(std::string_view space, std::string_view name) const {
    const std::string number = std::to_string(version(space));
    std::string text;
    text.reserve(space.size() + number.size() + name.size() + 2);
    text.append(space).append(1, '@').append(number).append(1, ':').append(name);
    return text;
  }
  std::uint64_t version(std::string_view space) const {
    const std::shared_lock lock{mutex_};
    const auto found = versions_.find(space);
    return found == versions_.end() ? first_ : found->second;
  }
  /// Puts all entries of the space out of reach; returns the new version.
  std::uint64_t raise(std::string_view space) {
    const std::lock_guard lock{mutex_};
    return ++at(space);
  }
  /// The same to at least `version`, which another process has told; a lower one is ignored. Returns the version.
  std::uint64_t raise_to(std::string_view space, std::uint64_t version) {
    const std::lock_guard lock{mutex_};
    std::uint64_t& known = at(space);
    return known = std::max(known, version);
  }
  /// Every space that was raised, with its version.
  std::vector<std::pair<std::string, std::uint64_t>> all() const {
    const std::shared_lock lock{mutex_};
    return {versions_.begin(), versions_.end()};
  }

 private:
  std::uint64_t& at(std::string_view space) {
    const auto found = versions_.find(space);
    return found != versions_.end() ? found->second : versions_.emplace(std::string{space}, first_).first->second;
  }

  const std::uint64_t first_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> versions_;
};

}  // namespace ashlar::inline v0
