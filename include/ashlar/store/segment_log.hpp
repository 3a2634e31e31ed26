// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_log_engine.hpp>

namespace ashlar::inline v0 {

/// Entries as records in files that only grow, one file per writing process, with an index in memory that all processes
/// share: for many small or medium values, many writers, and reads without a system call.
///
/// ```
/// cache_dir/metadata.json     format, version, backend, when it was made
/// cache_dir/seg/00000001.log  records with checksums, written by one process at a time (format: detail/segment_record.hpp)
/// cache_dir/seg/00000001.hnt  where these records lie, for opening without reading them (format: detail/segment_hint.hpp)
/// cache_dir/seg/00000001.old  a segment that a compaction emptied, kept to be written again by a writer that syncs
/// cache_dir/index/            from keys to records; made again from the segments when it is missing
/// cache_dir/lock, tmp/        kernel locks that say who is alive; files under construction
/// cache_dir/reserve           1 MiB of room for erasing and compacting when the disk is full
/// ```
/// There is no writer's lock between processes. What decides a conditional write or a transaction is one word in the log,
/// so that the index can be thrown away at any time and what is made anew says the same. Whatever process dies at whatever
/// moment, nobody waits for it and nothing needs repair: its unfinished conditional writes are decided to no by whoever
/// meets them, and the next writer goes on behind its last record. A put that was cut short by a kill may come into effect
/// when the index is made anew, unless its key was written since.
///
/// After a restart of the system the index is made anew, from hints where the store was closed, or its segment filled up,
/// after a sync (`SyncEachCommit`, `GroupCommit`, or `sync()` before the end), else from the records. A failed sync is
/// answered by writing to another segment what it may have lost. A store whose directory was removed or replaced while it is
/// open refuses to write with `not_found` (looked at on each write when syncing, else every MiB).
///
/// Values are read from memory that maps the files: nobody else may make a segment's file shorter while a store is open, or
/// reading what was there ends the process with SIGBUS. What is cut off before is an error for its keys. Values of up to
/// 64 KiB are appended by way of memory on ext4, XFS and tmpfs, where room taken ahead is kept, and by system calls
/// elsewhere. Do not make reflinks of the files of a store on XFS while it is open: storing to what is shared takes room
/// that a full disk does not have, which is SIGBUS too; `backup()` copies. The index and the decisions of conditional writes
/// are stored to memory on every file system: where it copies on write (btrfs, ZFS, bcachefs), keep the disk from filling up.
/// A device that fails is SIGBUS as well where memory is read or stored to: a sector that cannot be read, or a disk that is
/// gone. Such a sector in what is read to make the index anew ends every process that opens the store until the segment's
/// file is replaced by a copy with zeros in its place (as ddrescue makes it): then the open says what was lost. Calls that
/// fail are errors.
///
/// Keys of up to 65535 bytes, values of up to 4 GiB. `compact()` gives back the room of replaced and expired values, and is
/// done when it is called: now and then where values are replaced, when `space()` says that more than half is waste. It
/// frees segments that are more than half waste and in which nobody writes, those with least to move first, and before
/// they go it syncs the file system: what replaced something durable is durable too then. Erased keys keep a record of some
/// 70 bytes. On a full disk `erase` and `compact` go on in room that was kept back for them, while it lasts, and what
/// holds nothing that counts is freed without any; then they fail with `no_space`, and nothing is lost. One machine:
/// the index is its memory, and a store that another system has open is refused.
/// `SegmentBytes`: how large a segment of a new store gets; one that is there goes on as it was made.
///
/// One wrong bit in a record's header, key or decision, in a segment's header or in the index is put right or found: when
/// the index is made anew, or while reading. A damaged value is an error for its key. What else is lost is counted
/// (`StoreStats::corrupt`, `ScanReport::corrupt`): records whose header has more wrong bits, whose keys nobody knows any
/// more. Of a record that nothing says the device ever had, above all the last one, damage and a power loss look the same:
/// it counts as not written (`StoreStats::torn`).
template <std::uint64_t SegmentBytes = std::uint64_t{256} << 20>
struct SegmentLogOf {
  static_assert(SegmentBytes >= 65536 && SegmentBytes <= std::uint64_t{32} << 30 && SegmentBytes % 4096 == 0,
                "[ashlar] SegmentLog: a segment has 64 KiB to 32 GiB, a multiple of 4 KiB");
  static constexpr std::string_view name = "segment_log";
  static constexpr bool uses_files = true;
  static constexpr bool commits_in_groups = true;

  template <class Environment>
  using engine = detail::SegmentLogEngine<Environment, SegmentBytes>;
};

struct SegmentLog : SegmentLogOf<> {};

static_assert(backend<SegmentLog>);

}  // namespace ashlar::inline v0
