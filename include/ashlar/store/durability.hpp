// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/store/concepts.hpp>

namespace ashlar::inline v0 {

/// A write that returned survives the death of any process; after a power loss it may be missing or be reported as
/// corrupt, but nothing wrong, torn or empty is ever returned. `sync()` makes everything so far durable.
struct NoSync {
  static constexpr bool syncs_each_commit = false;
};

/// A write that returned survives a power loss.
struct SyncEachCommit {
  static constexpr bool syncs_each_commit = true;
};

static_assert(durability<NoSync> && durability<SyncEachCommit>);

}  // namespace ashlar::inline v0
