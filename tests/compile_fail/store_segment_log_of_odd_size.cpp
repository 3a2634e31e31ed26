// expect: \[ashlar\] SegmentLog: a segment has 64 KiB to 32 GiB, a multiple of 4 KiB
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/segment_log.hpp>

#include <cstdint>

#ifdef FIXED
constexpr std::uint64_t size = 65536;
#else
constexpr std::uint64_t size = 70000;
#endif
static_assert(ashlar::backend<ashlar::SegmentLogOf<size>>);
