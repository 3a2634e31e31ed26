// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/codec/detail/column_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0::detail::column {

inline constinit Kernel<void(const std::int64_t*, std::size_t, std::int64_t*, std::int64_t*)> range{&scalar::range};
inline constinit Kernel<std::size_t(const std::int64_t*, std::size_t)> changes{&scalar::changes};
inline constinit Kernel<void(const std::int64_t*, std::size_t, std::uint64_t, Frame*)> best_frame{&scalar::best_frame};
inline constinit Kernel<void(const std::byte*, std::size_t, unsigned, std::uint64_t, std::uint64_t*)> unpack{
    &scalar::unpack};
inline constinit Kernel<void(const std::byte*, std::size_t, unsigned, std::uint64_t, unsigned, unsigned, double*)>
    unpack_decimals{&scalar::unpack_decimals};
inline constinit Kernel<void(const std::uint64_t*, const std::uint64_t*, std::uint64_t*)> undelta{&scalar::undelta};
inline constinit Kernel<void(const std::byte*, unsigned, std::uint64_t, const std::uint64_t*, std::uint64_t*)>
    unpack_deltas{&scalar::unpack_deltas};
inline constinit Kernel<void(const std::uint8_t*, const std::uint64_t*, std::uint64_t*)> expand_runs{
    &scalar::expand_runs};
inline constinit Kernel<std::size_t(const double*, std::int64_t*, unsigned, unsigned, std::uint16_t*)> to_decimal{
    &scalar::to_decimal};
inline constinit Kernel<void(const std::int64_t*, double*, unsigned, unsigned)> from_decimal{&scalar::from_decimal};
inline constinit Kernel<void(const std::int64_t*, std::size_t, std::uint64_t*, std::int64_t*)> sum{&scalar::sum};
inline constinit Kernel<void(const double*, double*, double*, double*)> add_doubles{&scalar::add_doubles};

inline void reset_column_kernels() noexcept {
  range.reset();
  changes.reset();
  best_frame.reset();
  unpack.reset();
  unpack_decimals.reset();
  undelta.reset();
  unpack_deltas.reset();
  expand_runs.reset();
  to_decimal.reset();
  from_decimal.reset();
  sum.reset();
  add_doubles.reset();
}

}  // namespace ashlar::inline v0::detail::column
