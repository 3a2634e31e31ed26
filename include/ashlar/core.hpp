// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/core/assert.hpp>
#include <ashlar/core/clock.hpp>
#include <ashlar/core/error.hpp>
#include <ashlar/core/fixed_string.hpp>
#include <ashlar/core/hash.hpp>
#include <ashlar/core/json.hpp>
#include <ashlar/core/result.hpp>
