// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The version of this copy of ashlar, "major.minor.patch"; the build reads it from here.
#define ASHLAR_VERSION_STRING "0.1.0"
