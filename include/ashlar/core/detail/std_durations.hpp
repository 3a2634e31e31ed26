// SPDX-License-Identifier: BSL-1.0
#pragma once

// The durations, time points and clocks of <chrono>, without its calendar and its streams: libstdc++ has them in a
// header of their own.
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
