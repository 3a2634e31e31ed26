// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/detail/little_endian.hpp>

namespace ashlar::inline v0::detail {

// What a store keeps as the value of an entry: one byte of flags, the moment of expiry where flag 1 is set (8 bytes,
// little-endian, milliseconds since the clock's epoch), then the bytes of `ValueCodec`. Unknown flags are refused.

inline constexpr std::byte expires_flag{1};
inline constexpr std::int64_t never_expires = std::numeric_limits<std::int64_t>::max();

struct Envelope {
  std::int64_t expiry = never_expires;
  std::span<const std::byte> content;
};

inline void begin_envelope(std::vector<std::byte>& out, std::int64_t expiry) {
  if (expiry == never_expires) {
    out.push_back(std::byte{0});
    return;
  }
  out.resize(out.size() + 9);
  out[out.size() - 9] = expires_flag;
  store_le(out.data() + out.size() - 8, static_cast<std::uint64_t>(expiry));
}

inline Result<Envelope> open_envelope(std::span<const std::byte> stored) {
  if (stored.empty()) return Error{ErrorCode::corrupt, "the stored value is empty"};
  if (stored[0] == std::byte{0}) return Envelope{never_expires, stored.subspan(1)};
  if (stored[0] != expires_flag) return Error{ErrorCode::unsupported, "the stored value has flags that are not known"};
  if (stored.size() < 9) return Error{ErrorCode::corrupt, "the stored value is cut off"};
  return Envelope{static_cast<std::int64_t>(load_le<std::uint64_t>(stored.data() + 1)), stored.subspan(9)};
}

/// What is left at `now` of a life that ends at `expiry`, both in milliseconds since the clock's epoch; of what is further
/// away than 292 years, the longest that nanoseconds can say.
inline std::chrono::nanoseconds life_left(std::int64_t expiry, std::int64_t now) noexcept {
  constexpr auto longest = std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds::max());
  if (expiry <= now) return std::chrono::nanoseconds{0};
  // The difference of any two fits without a sign.
  const std::uint64_t left = static_cast<std::uint64_t>(expiry) - static_cast<std::uint64_t>(now);
  if (left >= static_cast<std::uint64_t>(longest.count())) return std::chrono::nanoseconds::max();
  return std::chrono::milliseconds{static_cast<std::int64_t>(left)};
}

}  // namespace ashlar::inline v0::detail
