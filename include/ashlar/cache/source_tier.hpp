// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/tier_access.hpp>

namespace ashlar::inline v0 {

/// Option of `SourceTier`: the program only reads from the source.
struct ReadOnly {};
/// Option of `SourceTier`: the program reads, writes and erases.
struct ReadWrite {};

/// The source of the values as the lowest tier: the program's own functions, to a database or a service.
///
/// A cache above it reads through and, as its strategy says, writes through to it; `invalidate` and `clear` of that
/// cache leave it alone, and what a loader brings is not written to it.
/// The functions report outside failures as `Result`; what they throw is passed on.
/// Threads: the functions are called concurrently. They must not call the cache above. Cost: one indirect call.
template <class K, class V, class Access = ReadWrite>
class SourceTier {
 public:
  using key_type = K;
  using mapped_type = V;
  static constexpr bool is_source = true;
  static constexpr bool read_only = std::same_as<Access, ReadOnly>;
  static_assert(read_only || std::same_as<Access, ReadWrite>,
                "[ashlar] SourceTier: the third argument is ReadOnly or ReadWrite");

  /// `read(key)` returns a `std::optional<V>` or a `Result` of it.
  template <class Read>
    requires std::convertible_to<std::invoke_result_t<Read&, const K&>, Result<std::optional<V>>>
  explicit SourceTier(Read read)
    requires(read_only)
      : read_{std::move(read)} {}

  /// As above; `write(key, value)` returns `void` or `Result<void>`, `erase(key)` `bool` or `Result<bool>`.
  template <class Read, class Write, class Erase>
    requires std::convertible_to<std::invoke_result_t<Read&, const K&>, Result<std::optional<V>>> &&
             std::invocable<Write&, const K&, const V&> &&
             std::convertible_to<std::invoke_result_t<Erase&, const K&>, Result<bool>>
             SourceTier(Read read, Write write, Erase erase)
               requires(!read_only)
      : read_{std::move(read)},
        write_{[write = std::move(write)](const K& key, const V& value) mutable {
          return detail::succeeds([&] { return write(key, value); });
        }},
        erase_{std::move(erase)} {}

  Result<std::optional<V>> get(const K& key) { return read_(key); }
  Result<void> put(const K& key, const V& value) {
    if constexpr (read_only) {
      return Error{ErrorCode::unsupported, "SourceTier: this source is read only"};
    } else {
      return write_(key, value);
    }
  }
  Result<bool> erase(const K& key) {
    if constexpr (read_only) {
      return Error{ErrorCode::unsupported, "SourceTier: this source is read only"};
    } else {
      return erase_(key);
    }
  }

 private:
  std::function<Result<std::optional<V>>(const K&)> read_;
  std::function<Result<void>(const K&, const V&)> write_;
  std::function<Result<bool>(const K&)> erase_;
};

}  // namespace ashlar::inline v0
