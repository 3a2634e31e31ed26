// SPDX-License-Identifier: BSL-1.0
#pragma once

// `std::function`, and nothing else of <functional>: libstdc++ has it in a header of its own, that takes a compiler a
// fifth of the time.
#if __has_include(<bits/std_function.h>)
#include <bits/std_function.h>
#else
#include <functional>
#endif
