// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <filesystem>

namespace ashlar_test {

/// The folder the environment variable `variable` names, else `fallback` where it exists, else an empty path: real data
/// is not part of the project, and what needs it is skipped where it is absent.
inline std::filesystem::path data_folder(const char* variable, const std::filesystem::path& fallback) {
  const char* named = std::getenv(variable);
  std::filesystem::path folder = named == nullptr ? fallback : std::filesystem::path{named};
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path{};
}

inline std::filesystem::path real_data() { return data_folder("ASHLAR_DATA", ASHLAR_SOURCE_DIR "/../shared/data"); }
inline std::filesystem::path access_traces() {
  return data_folder("ASHLAR_TRACES", ASHLAR_SOURCE_DIR "/../shared/traces");
}

}  // namespace ashlar_test
