// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cassert>

/// Checks a precondition: a false condition is a mistake in the calling program.
/// Behaves as `assert`: aborts with the text in builds without NDEBUG, costs nothing with it.
#define ASHLAR_ASSERT(condition, text) assert((condition) && (text))
