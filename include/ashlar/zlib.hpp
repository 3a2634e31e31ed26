// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/zlib/deflate.hpp>
#include <ashlar/zlib/gzip.hpp>
