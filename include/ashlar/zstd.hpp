// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/zstd/zstd.hpp>
#include <ashlar/zstd/zstd_with_dictionary.hpp>
