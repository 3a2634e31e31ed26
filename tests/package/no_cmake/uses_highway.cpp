// SPDX-License-Identifier: BSL-1.0
// A program with Highway kernels of its own: its two files include ashlar before Highway and, with HIGHWAY_FIRST, after.
#ifndef HIGHWAY_FIRST
#include <ashlar/codec.hpp>
#include <ashlar/simd.hpp>
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE __BASE_FILE__
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL 1  // lets Highway 1.0.3 compile with -march=native
#endif
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace {
namespace HWY_NAMESPACE {

int sum_of_lanes(int start) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<std::int32_t, 4> d;
  std::int32_t numbers[4];
  hn::StoreU(hn::Iota(d, start), d, numbers);
  int sum = 0;
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) sum += numbers[i] - static_cast<int>(i);
  return sum / static_cast<int>(hn::Lanes(d));
}

}  // namespace HWY_NAMESPACE
}  // namespace
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#ifdef HIGHWAY_FIRST
#include <ashlar/codec.hpp>
#include <ashlar/simd.hpp>
#endif

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../consumer/machine.hpp"

namespace {

HWY_EXPORT(sum_of_lanes);

bool both_run() {
  std::vector<std::int64_t> numbers(5000, 7);
  std::vector<std::byte> packed;
  ashlar::Columnar{}.encode(numbers, packed);
  return HWY_DYNAMIC_DISPATCH(sum_of_lanes)(41) == 41 &&
         ashlar::crc32c(std::as_bytes(std::span{"123456789", 9})) == 0xE3069283U &&
         ashlar::Columnar{}.decode<std::vector<std::int64_t>>(packed).value() == numbers &&
         (std::string_view{ashlar::simd_target()} != "scalar" || !machine_has_simd());
}

}  // namespace

bool runs_where_highway_is_first();
#ifdef HIGHWAY_FIRST
bool runs_where_highway_is_first() { return both_run(); }
#else
int main() {
  if (!both_run()) return 1;
  return runs_where_highway_is_first() ? 0 : 2;
}
#endif
#endif
