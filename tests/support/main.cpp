// SPDX-License-Identifier: BSL-1.0
// Catch2 2 has no library with a main function; this unit is it.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
