// SPDX-License-Identifier: BSL-1.0
// That this file is on the include path says that the program links ashlar/pipeline/engine.cpp.
#pragma once
