// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/core/json/reader.hpp>
#include <ashlar/core/json/value.hpp>
#include <ashlar/core/json/writer.hpp>
