// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/codec/detail/column_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0::detail::column {

inline constinit Kernel<void(const std::int64_t*, std::int64_t*, std::int64_t*)> range{&scalar::range};
inline constinit Kernel<void(const std::int64_t*, std::uint64_t, std::uint64_t*)> offsets{&scalar::offsets};
inline constinit Kernel<void(const std::int64_t*, std::uint64_t, std::uint64_t*)> zigzags{&scalar::zigzags};
inline constinit Kernel<std::size_t(const std::int64_t*, std::uint64_t*)> deltas{&scalar::deltas};
inline constinit Kernel<unsigned(const std::uint64_t*, unsigned*)> best_width{&scalar::best_width};
inline constinit Kernel<void(const std::uint64_t*, std::byte*, unsigned)> pack{&scalar::pack};
inline constinit Kernel<void(const std::byte*, std::uint64_t*, unsigned, std::uint64_t)> unpack{&scalar::unpack};
inline constinit Kernel<void(std::uint64_t*, std::uint64_t)> undelta{&scalar::undelta};
inline constinit Kernel<void(std::uint64_t*, std::uint64_t)> unzigzags{&scalar::unzigzags};
inline constinit Kernel<std::size_t(const double*, std::int64_t*, unsigned, unsigned, std::uint16_t*)> to_decimal{
    &scalar::to_decimal};
inline constinit Kernel<void(const std::int64_t*, double*, unsigned, unsigned)> from_decimal{&scalar::from_decimal};
inline constinit Kernel<void(const std::int64_t*, std::size_t, std::uint64_t*, std::int64_t*)> sum{&scalar::sum};
inline constinit Kernel<void(const double*, double*, double*, double*)> add_doubles{&scalar::add_doubles};

inline void reset_column_kernels() noexcept {
  range.reset();
  offsets.reset();
  zigzags.reset();
  deltas.reset();
  best_width.reset();
  pack.reset();
  unpack.reset();
  undelta.reset();
  unzigzags.reset();
  to_decimal.reset();
  from_decimal.reset();
  sum.reset();
  add_doubles.reset();
}

}  // namespace ashlar::inline v0::detail::column
