// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// Appends records to a segment that this process alone writes.
///
/// The owner of a segment holds a kernel lock on its file. A segment whose lock can be had has no living owner: a new
/// writer goes on behind its last record instead of beginning another file. A child of `fork` gets a segment of its own.
///
/// With `Synced`, room is written ahead of the records and brought to the device in large pieces, because a sync that
/// need not also record a new length of the file costs a third of one that must.
template <mapping_file_system Files, bool Synced>
class SegmentWriter {
  using Segment = typename Segments<Files>::Segment;

 public:
  /// A segment being written. Kept alive by those who wait for its sync.
  struct Open {
    typename Files::File file;
    std::uint32_t number = 0;
    const Segment* segment = nullptr;
    std::uint64_t limit = 0;
    std::uint64_t tail = 0;      // under the writer's mutex
    std::uint64_t prepared = 0;  // likewise; up to here the file was written and synced ahead
    std::atomic<std::uint64_t> synced{0};
    std::atomic<bool> failed{false};  // a sync failed: what the device has of it is unknown, and it is written no more
  };

  /// Where records came to lie, one behind the other.
  struct Spot {
    std::shared_ptr<Open> open;
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
  };

  SegmentWriter(Segments<Files>& segments, SharedIndex<Files>& index) : segments_{segments}, index_{index} {}
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;
  ~SegmentWriter() {
    State* known = state_.load(std::memory_order_relaxed);
    if (known->process == ::getpid()) delete known;
  }

  /// Appends the records as one piece, giving them sequence numbers that are taken now, unless they have some already.
  /// `grouped` gives them one commit word.
  Result<Spot> append(std::span<RecordPlan> plans, bool grouped) {
    std::uint64_t total = 0;
    for (const RecordPlan& plan : plans) total += RecordView::size_of(plan.key.size(), plan.value.size());
    State& mine = state();
    const std::lock_guard guard{mine.mutex};
    for (int tries = 0;; ++tries) {
      if (Result<void> ready = make_room(mine, total); !ready) return ready.error();
      Open& open = *mine.open;
      // Never made smaller, because growing again would fill it with zeros first.
      if (mine.buffer.size() < total) mine.buffer.resize(static_cast<std::size_t>(total));
      std::uint64_t at = open.tail;
      std::uint16_t number = 0;
      for (RecordPlan& plan : plans) {
        if (plan.sequence == 0) plan.sequence = index_.next_sequence();
        if (grouped) {
          plan.group = open.tail;
          plan.group_count = static_cast<std::uint16_t>(plans.size());
          plan.group_number = number++;
        }
        plan.durable = open.synced.load(std::memory_order_relaxed);
        write_record(mine.buffer.data() + (at - open.tail), plan, open.segment->salt, at);
        at += RecordView::size_of(plan.key.size(), plan.value.size());
      }
      Result<void> put = write_fully(segments_.files(), open.file, open.tail,
                                     std::span<const std::byte>{mine.buffer}.first(static_cast<std::size_t>(total)));
      if (put) {
        Spot spot{mine.open, open.tail, at};
        open.tail = at;
        open.segment->length_is(at);
        if (mine.buffer.size() > std::size_t{1} << 22) mine.buffer = {};
        return spot;
      }
      // A full disk may have room again later; any other failure is this file's, and another one is tried once.
      if (put.error().code() == ErrorCode::no_space || tries > 0) return put.error();
      retire(mine);
    }
  }

  /// What was appended up to `spot.end` reaches the device. One sync serves all threads that wait. A failed sync is never
  /// tried again on the same file.
  Result<void> sync(const Spot& spot) {
    State& mine = state();
    const std::lock_guard waiting{mine.sync_mutex};
    Open& open = *spot.open;
    if (open.failed.load(std::memory_order_relaxed)) return failed_before(open);
    if (open.synced.load(std::memory_order_relaxed) >= spot.end) return {};
    std::uint64_t tail = 0;
    {
      const std::lock_guard guard{mine.mutex};
      tail = open.tail;
    }
    Result<void> done = segments_.files().sync(open.file);
    if (done) {
      open.synced.store(tail, std::memory_order_relaxed);
      return done;
    }
    const std::lock_guard guard{mine.mutex};
    if (mine.open == spot.open) {
      retire(mine);
    } else {
      open.failed.store(true, std::memory_order_relaxed);
    }
    return done;
  }

 private:
  static constexpr std::uint64_t ahead = std::uint64_t{4} << 20;

  /// What belongs to one process. A child of `fork` must not touch its parent's: another thread may have held a mutex of
  /// it when the child came to be.
  struct State {
    pid_t process = ::getpid();
    std::mutex mutex;
    std::mutex sync_mutex;
    std::shared_ptr<Open> open;
    bool fresh = false;
    std::vector<std::uint32_t> retired;
    std::vector<std::byte> buffer;
  };

  State& state() {
    State* known = state_.load(std::memory_order_acquire);
    while (known->process != ::getpid()) {
      auto fresh = std::make_unique<State>();
      // The parent's is left as it is.
      if (state_.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
    }
    return *known;
  }

  Error failed_before(const Open& open) const {
    return Error{ErrorCode::io, "cannot sync '" + segments_.path_of(open.number) +
                                    "': an earlier sync of it failed, and what the device has of it is not known"};
  }

  /// The segment is written and synced no more by this process. Requires the mutex.
  static void retire(State& mine) {
    mine.open->failed.store(true, std::memory_order_relaxed);
    mine.retired.push_back(mine.open->number);
    mine.open = nullptr;
  }

  Result<void> make_room(State& mine, std::uint64_t total) {
    if (mine.open && mine.open->tail + total > mine.open->limit) {
      if constexpr (Synced) {
        // Who still waits for a sync of it finds it done.
        if (Result<void> done = segments_.files().sync(mine.open->file); !done) {
          retire(mine);
          return done;
        }
        mine.open->synced.store(mine.open->tail, std::memory_order_relaxed);
      }
      mine.open = nullptr;
      mine.fresh = true;
    }
    if (!mine.open && !mine.fresh && segment_header_size + total <= segments_.limit() / 2) {
      if (Result<void> done = adopt(mine); !done) return done;
    }
    mine.fresh = false;
    if (mine.open && mine.open->tail + total > mine.open->limit) mine.open = nullptr;
    if (!mine.open) {
      if (Result<void> made = create(mine, total); !made) return made;
    }
    if constexpr (Synced) {
      if (mine.open->tail + total > mine.open->prepared) return prepare(mine, total);
    }
    return {};
  }

  Result<void> create(State& mine, std::uint64_t total) {
    const Files& files = segments_.files();
    while (true) {
      const std::uint64_t number = index_.next_segment();
      if (number > RecordPlace::most_segments) {
        return Error{ErrorCode::no_space,
                     "the store in '" + segments_.directory() +
                         "' has used up its segment numbers; copy it with for_each into a new one"};
      }
      auto open = std::make_shared<Open>();
      open->number = static_cast<std::uint32_t>(number);
      const std::string path = segments_.path_of(open->number);
      Result<typename Files::File> file = files.open(path, FileAccess::create_new);
      if (!file) {
        if (file.error().code() == ErrorCode::already_exists) continue;
        return file.error();
      }
      open->file = std::move(*file);
      if (Result<void> locked = files.lock(open->file, 0, FileLock::exclusive); !locked) return locked;
      // Before the lock was had the file looked like one without an owner, and a compaction may have removed it.
      const Result<bool> still = still_named(open->number, open->file);
      if (!still) return still.error();
      if (!*still) continue;
      Result<void> made = begin(*open, total);
      if (!made) {
        (void)files.remove(path);
        return made;
      }
      mine.open = std::move(open);
      return {};
    }
  }

  Result<void> begin(Open& open, std::uint64_t total) {
    const Files& files = segments_.files();
    const auto header = make_segment_header(segments_.store(), files.random(), open.number);
    if (Result<void> put = write_fully(files, open.file, 0, header); !put) return put;
    open.limit = std::max(segments_.limit(), segment_header_size + total);
    if (open.limit > segments_.limit()) {
      if (Result<void> room = files.resize(open.file, open.limit); !room) return room;
    }
    Result<const Segment*> segment = segments_.map(open.number, open.file);
    if (!segment) return segment.error();
    open.segment = *segment;
    open.tail = open.prepared = segment_header_size;
    if constexpr (Synced) {
      if (Result<void> done = files.sync(open.file); !done) return done;
      if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done;
    }
    return {};
  }

  /// Whether the file that is open still has the segment's name.
  Result<bool> still_named(std::uint32_t number, const typename Files::File& file) const {
    const Result<std::optional<FileId>> named = segments_.files().find(segments_.path_of(number));
    if (!named) return named.error();
    const Result<FileId> held = segments_.files().id(file);
    if (!held) return held.error();
    return *named == *held;
  }

  /// Goes on with a segment whose owner is gone, the newest first. None is no failure.
  Result<void> adopt(State& mine) {
    const Files& files = segments_.files();
    const Result<std::vector<DirectoryEntry>> entries = files.list(segments_.directory());
    if (!entries) return entries.error();
    std::vector<std::uint32_t> numbers;
    for (const DirectoryEntry& entry : *entries) {
      if (const std::uint32_t number = number_of(entry.name); number != 0) numbers.push_back(number);
    }
    std::sort(numbers.begin(), numbers.end(), std::greater<>{});
    for (const std::uint32_t number : numbers) {
      if (std::find(mine.retired.begin(), mine.retired.end(), number) != mine.retired.end()) continue;
      Result<typename Files::File> file = files.open(segments_.path_of(number), FileAccess::read_write);
      if (!file) continue;
      const Result<std::uint64_t> size = files.size(*file);
      if (!size || *size > segments_.limit()) continue;
      const Result<bool> free = files.try_lock(*file, 0, FileLock::exclusive);
      if (!free || !*free) continue;
      // A compaction may have removed the file before the lock was had; nobody would find what is written there.
      const Result<bool> still = still_named(number, *file);
      if (!still || !*still) continue;
      const Result<const Segment*> segment = segments_.map(number, *file);
      if (!segment) continue;
      // Behind the last record whose header is right, whether its value is or not: it may have been published.
      const std::uint64_t end =
          scan_segment((*segment)->memory.data(), *size, (*segment)->salt, [](std::uint64_t, const RecordView&) {});
      if (end > segments_.limit() / 2 || named_behind(number, end)) continue;
      if constexpr (Synced) {
        if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done;
      }
      auto open = std::make_shared<Open>();
      open->file = std::move(*file);
      open->number = number;
      open->segment = *segment;
      open->limit = segments_.limit();
      open->tail = open->prepared = end;
      mine.open = std::move(open);
      return {};
    }
    return {};
  }

  /// Whether the index may name places of the segment from `end` on: those of records that were cut off or damaged. A
  /// record that came to lie at such a place would be found twice. An index that takes long to search counts as one that
  /// does.
  bool named_behind(std::uint32_t number, std::uint64_t end) const {
    if (index_.levels() > 5) return true;
    bool named = false;
    const Result<void> walked = index_.for_each([&](std::uint64_t*, std::uint64_t word) -> Result<void> {
      const RecordPlace place = RecordPlace::of(word);
      named = named || (place.segment == number && place.offset >= end);
      return {};
    });
    return named || !walked;
  }

  Result<void> prepare(State& mine, std::uint64_t total) {
    Open& open = *mine.open;
    const std::uint64_t to = std::min(open.limit, std::max(open.tail, open.prepared) + total + ahead);
    const std::vector<std::byte> zeros(static_cast<std::size_t>(std::min<std::uint64_t>(to - open.tail, 1 << 20)));
    for (std::uint64_t at = std::max(open.tail, open.prepared); at < to;) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), to - at));
      // No room ahead is no failure yet; the record itself may still fit.
      if (!write_fully(segments_.files(), open.file, at, std::span{zeros}.first(count))) break;
      at += count;
    }
    if (Result<void> done = segments_.files().sync(open.file); !done) {
      retire(mine);
      return done;
    }
    open.synced.store(open.tail, std::memory_order_relaxed);
    open.prepared = to;
    return {};
  }

 public:
  /// The number in a segment's file name; 0 for other names.
  static std::uint32_t number_of(const std::string& name) {
    if (name.size() != 12 || !name.ends_with(".log")) return 0;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      if (name[i] < '0' || name[i] > '9') return 0;
      number = number * 10 + static_cast<std::uint32_t>(name[i] - '0');
    }
    return number <= RecordPlace::most_segments ? number : 0;
  }

 private:
  Segments<Files>& segments_;
  SharedIndex<Files>& index_;
  std::atomic<State*> state_{new State};
};

}  // namespace ashlar::inline v0::detail
