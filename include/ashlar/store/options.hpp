// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ashlar::inline v0 {

/// What opening a store may do.
enum class OpenMode : std::uint8_t {
  create,      ///< opens the store, and makes it when there is none
  create_new,  ///< makes the store; `already_exists` when there is one
  must_exist,  ///< opens the store; `not_found` when there is none
  read_only,   ///< opens the store and never writes a byte; writes return `permission_denied`
};

/// When a read verifies the checksum of the value it returns.
enum class Verify : std::uint8_t {
  each_time,  ///< whenever the value is read
  once,       ///< when this object reads the record for the first time since it mapped its segment: bytes that go bad
              ///< in memory after that are not noticed (`SegmentLog`; other backends always verify)
};

/// A value with the life it has left; nothing for a value that does not expire.
template <class Value>
struct StoreEntry {
  Value value;
  std::optional<std::chrono::nanoseconds> ttl;
};

/// How a store is opened.
struct StoreOptions {
  OpenMode mode = OpenMode::create;
  /// Where the entries lie, when not in the store's own directory: one directory per disk. Relative ones are relative
  /// to the store's directory. They are written down when the store is made and need not be given again; giving
  /// others later is an error, because entries would not be found.
  std::vector<std::filesystem::path> directories = {};
  /// How long values live at most, from their writing, by the store's clock; the default is for ever.
  std::chrono::nanoseconds ttl = std::chrono::nanoseconds::max();
  Verify verify = Verify::each_time;
};

/// What this object has done since it was opened, counted while other threads go on.
struct StoreStats {
  std::uint64_t reads = 0;       ///< `get` and `contains`, each key of `get_many`
  std::uint64_t hits = 0;        ///< of these, found
  std::uint64_t writes = 0;      ///< values stored, by whatever call
  std::uint64_t erased = 0;      ///< keys removed
  std::uint64_t lost_races = 0;  ///< conditional writes that found something else than expected
  std::uint64_t corrupt =
      0;  ///< entries that failed their checksum, when reading; and those found when the index was made
  std::uint64_t bytes_read = 0;     ///< stored bytes of the values read
  std::uint64_t bytes_written = 0;  ///< stored bytes of the values written
  std::uint64_t torn = 0;  ///< records that are not all there and of which nothing says that the device ever had them:
                           ///< what a power loss cut short, when the index was made
  std::uint64_t mended = 0;  ///< wrong bits that were put right when the index was made
};

/// Stands for what one store object had written when `commit_token()` was called; `wait_durable` waits for it.
struct CommitToken {
  std::int64_t process = 0;  ///< whose writes; 0 where there is nothing to wait for
  std::uint64_t number = 0;  ///< how many there were
};

/// An entry that cannot be used: where it is and what is wrong with it.
struct CorruptEntry {
  std::string where;
  std::string what;
};

/// What a walk over all entries saw.
struct ScanReport {
  std::uint64_t entries = 0;
  std::vector<CorruptEntry> corrupt = {};
};

/// The totals of a store, as `summary.json` has them.
struct StoreSummary {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< of keys and stored values
  std::vector<CorruptEntry> corrupt = {};
};

/// The room that a store's records take.
struct StoreSpace {
  std::uint64_t live = 0;  ///< of values that can be read, with what is stored beside them, and of erased keys
  std::uint64_t on_disk =
      0;  ///< of all files of records: `live`, what was replaced or has expired, and what is taken ahead
};

/// What a compaction did.
struct CompactionReport {
  std::uint64_t segments_removed = 0;
  std::uint64_t records_moved = 0;
  std::uint64_t bytes_freed = 0;  ///< the sizes of the removed files; the room
                                  ///< is free when no process has them mapped
};

namespace detail {

/// The counters behind `StoreStats`. Relaxed: each is exact on its own, together they are a moment's picture.
struct StoreCounters {
  std::atomic<std::uint64_t> other_reads{0}, hits{0}, writes{0}, erased{0}, lost_races{0}, corrupt{0}, bytes_read{0},
      bytes_written{0}, torn{0}, mended{0};

  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) noexcept {
    counter.fetch_add(by, std::memory_order_relaxed);
  }
  StoreStats picture() const noexcept {
    const auto at = [](const std::atomic<std::uint64_t>& counter) { return counter.load(std::memory_order_relaxed); };
    const std::uint64_t found = at(hits);
    return {at(other_reads) + found, found,    at(writes), at(erased), at(lost_races), at(corrupt), at(bytes_read),
            at(bytes_written),       at(torn), at(mended)};
  }
};

/// Counts one read when it ends: as a hit, when it is set to be one, else among the others.
struct ReadCount {
  explicit ReadCount(StoreCounters& of) noexcept : counters{of} {}
  ReadCount(const ReadCount&) = delete;
  ReadCount& operator=(const ReadCount&) = delete;
  ~ReadCount() { counters.add(hit ? counters.hits : counters.other_reads); }

  StoreCounters& counters;
  bool hit = false;
};

}  // namespace detail

}  // namespace ashlar::inline v0
