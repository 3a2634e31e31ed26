// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/simd/byte_histogram.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/simd/glob.hpp>
#include <ashlar/simd/kernel.hpp>
#include <ashlar/simd/tag_group.hpp>
#include <ashlar/simd/target.hpp>
