// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache.hpp>
#include <ashlar/codec.hpp>
#include <ashlar/core.hpp>
#include <ashlar/pipeline.hpp>
#include <ashlar/simd.hpp>
#include <ashlar/store.hpp>
#include <ashlar/version.hpp>
