// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/core.hpp>
#include <ashlar/version.hpp>
