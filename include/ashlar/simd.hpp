// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/simd/byte_histogram.hpp>
#include <ashlar/simd/column_stats.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/simd/expiry_scan.hpp>
#include <ashlar/simd/find_byte.hpp>
#include <ashlar/simd/glob.hpp>
#include <ashlar/simd/group_stats.hpp>
#include <ashlar/simd/hash_ids.hpp>
#include <ashlar/simd/kernel.hpp>
#include <ashlar/simd/min_index.hpp>
#include <ashlar/simd/own_kernels.hpp>
#include <ashlar/simd/tag_group.hpp>
#include <ashlar/simd/target.hpp>
#include <ashlar/simd/top_k.hpp>
