// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>

#include <ashlar/codec/detail/column_bits.hpp>

// Only the kernels include this: other files are spared what the tables cost the compiler.
namespace ashlar::inline v0::detail::column {

/// How eight packed numbers of one width are taken apart: the first byte of each and its first bit in there; and pair by
/// pair, each from 16 bytes of its own, of which the first is given.
struct UnpackPlan {
  std::uint64_t shifts[8];
  std::uint8_t bytes[8][8];          // places of the eight bytes that each number is in
  std::uint8_t bytes_in_pair[8][8];  // the same, counted from the first byte of the pair
  std::uint8_t pairs[4];
};
inline constexpr auto unpack_plans = [] {
  std::array<UnpackPlan, most_width + 1> plans{};
  for (unsigned width = 0; width <= most_width; ++width) {
    for (unsigned i = 0; i < 8; ++i) {
      UnpackPlan& plan = plans[width];
      const unsigned pair = i / 2 * 2 * width / 8;
      plan.pairs[i / 2] = static_cast<std::uint8_t>(pair);
      plan.shifts[i] = i * width % 8;
      for (unsigned j = 0; j < 8; ++j) {
        plan.bytes[i][j] = static_cast<std::uint8_t>(i * width / 8 + j);
        plan.bytes_in_pair[i][j] = static_cast<std::uint8_t>(plan.bytes[i][j] - pair);
      }
    }
  }
  return plans;
}();

}  // namespace ashlar::inline v0::detail::column
