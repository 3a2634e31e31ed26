// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>

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

/// A write returns at once, and is brought to the device with others after `Milliseconds`, or when `Bytes` are waiting:
/// after a power loss, what was written longer ago than that and one sync is there, and what came later may be missing.
/// `flush()` brings everything there now; `wait_durable(token)` waits for what a `commit_token()` stands for. A failure in
/// the background is the error of the next write or flush, and of every wait for what it harmed.
template <unsigned Milliseconds = 20, std::uint64_t Bytes = std::uint64_t{1} << 20>
struct GroupCommit {
  static_assert(Milliseconds > 0 && Bytes > 0, "[ashlar] GroupCommit: an interval and a number of bytes are above 0");
  static constexpr bool syncs_each_commit = false;
  static constexpr bool syncs_in_groups = true;
  static constexpr std::chrono::milliseconds interval{Milliseconds};
  static constexpr std::uint64_t bytes = Bytes;
};

static_assert(durability<GroupCommit<>>);
static_assert(durability<NoSync> && durability<SyncEachCommit>);

}  // namespace ashlar::inline v0
