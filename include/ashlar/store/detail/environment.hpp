// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <ashlar/store/concepts.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0::detail {

/// The policies of a store below its keys and values: what a backend's engine is made of.
template <file_system Files, durability Durability, sharding Sharding>
struct Environment {
  using files_type = Files;
  using durability_type = Durability;
  using sharding_type = Sharding;

  std::string directory;  ///< of the store, as given
  StoreOptions options;
  Files files;
  Durability durability;
  Sharding sharding;
};

inline Error read_only_error(const std::string& directory) {
  return Error{ErrorCode::permission_denied,
               "the store '" + directory +
                   "' was opened with OpenMode::read_only; open it with OpenMode::create to "
                   "write"};
}

}  // namespace ashlar::inline v0::detail
