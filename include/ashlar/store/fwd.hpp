// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace ashlar::inline v0 {

class PosixFiles;
class FaultyFiles;

struct NoSync;
struct SyncEachCommit;
template <unsigned Milliseconds, std::uint64_t Bytes>
struct GroupCommit;

struct ByHash;

struct FilePerKey;
struct InMemory;
struct SegmentLog;

struct StoreOptions;
struct StoreStats;

template <class Key, class Value, class... Options>
class ShardedStore;

}  // namespace ashlar::inline v0
