// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace ashlar::inline v0 {

class PosixFiles;
class FaultyFiles;

struct NoSync;
struct SyncEachCommit;

struct ByHash;

struct FilePerKey;
struct InMemory;
struct SegmentLog;

struct StoreOptions;
struct StoreStats;

template <class Key, class Value, class... Options>
class ShardedStore;

}  // namespace ashlar::inline v0
