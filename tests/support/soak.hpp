// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace ashlar_test {

/// How much longer than usual randomised and stress tests should run: the environment variable ASHLAR_SOAK, default 1.
inline double soak() {
  const char* text = std::getenv("ASHLAR_SOAK");
  return text == nullptr ? 1.0 : std::max(0.01, std::atof(text));
}

/// How long a test runs that would take `usually`.
inline std::chrono::milliseconds soak_time(std::chrono::milliseconds usually) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(static_cast<double>(usually.count()) * soak())};
}

}  // namespace ashlar_test
