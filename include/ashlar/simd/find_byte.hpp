// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ashlar/simd/detail/find_byte_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<std::size_t(const std::byte*, std::size_t, std::byte)> find_byte_kernel{&scalar::find_byte};
inline constinit Kernel<std::size_t(const std::byte*, std::size_t, std::byte)> count_byte_kernel{&scalar::count_byte};

}  // namespace detail

/// Where `wanted` stands first in `bytes`; `bytes.size()` where it does not. Threads: any. Cost: a call, then 20 bytes a
/// nanosecond and more.
[[nodiscard]] inline std::size_t find_byte(std::span<const std::byte> bytes, std::byte wanted) noexcept {
  return detail::find_byte_kernel(bytes.data(), bytes.size(), wanted);
}

/// How often `wanted` stands in `bytes`. Threads: any. Cost: as `find_byte`.
[[nodiscard]] inline std::size_t count_byte(std::span<const std::byte> bytes, std::byte wanted) noexcept {
  return detail::count_byte_kernel(bytes.data(), bytes.size(), wanted);
}

/// Where the first line ends: the place of the first '\n', or `text.size()`.
[[nodiscard]] inline std::size_t find_newline(std::span<const std::byte> text) noexcept {
  return find_byte(text, std::byte{'\n'});
}

/// The number of '\n' in `text`.
[[nodiscard]] inline std::size_t count_newlines(std::span<const std::byte> text) noexcept {
  return count_byte(text, std::byte{'\n'});
}

}  // namespace ashlar::inline v0
