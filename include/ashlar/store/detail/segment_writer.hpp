// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/named_behind.hpp>
#include <ashlar/store/detail/process_number.hpp>
#include <ashlar/store/detail/segment_hint.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/detail/stored_pieces.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// Appends records to a segment that this process alone writes.
///
/// The owner of a segment holds a kernel lock on its file. A segment whose lock can be had has no living owner: a new
/// writer goes on behind its last record instead of beginning another file. A child of `fork` gets a segment of its own.
///
/// With `Synced`, records go where the file was written before: a sync that need not also record a new length of the file
/// costs a fraction of one that must. That is room written ahead in large pieces, or a segment that a compaction emptied.
/// Otherwise room is taken ahead, and what is left of it is given back at the end. Its pages are brought into memory by
/// writing zeros in pieces that the system keeps as large ones, and records of up to 64 KiB are stored to them: that survives
/// a kill as what was handed to the system does, and is cheaper than a call for each.
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
    std::uint64_t tail = 0;      // under the writer's mutex, as the next seven
    std::uint64_t prepared = 0;  // up to here the file was written ahead, or has its room
    std::uint64_t storable = 0;  // up to here the file is that long and has its room: memory can be stored to
    std::uint64_t warmed = 0;    // up to here that memory is known to be there
    StoredPieces pieces;         // which records go there
    std::uint64_t begun = 0;     // where this process began
    std::uint64_t checked = 0;   // the tail when the directory was last looked at
    std::uint64_t hinted = segment_header_size;
    std::vector<HintEntry>
        entries;  // of all records since `hinted`, unless there are too many or some are not this process's
    bool entries_whole = true;
    std::atomic<std::uint64_t> synced{0};
    std::atomic<bool> failed{false};  // a sync failed: what the device has of it is unknown, and it is written no more
    std::atomic<bool> full{false};
    // What a failed sync may have lost was written elsewhere: the old places and the new ones, as words of the index.
    // Under the sync mutex.
    bool rescued = false;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> moved;
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
    if (known->process != process_number()) return;
    if (known->open) leave(*known->open);
    delete known;
  }

  /// Appends the records as one piece, giving them sequence numbers that are taken now, unless they have some already.
  /// `grouped` gives them one commit word.
  Result<Spot> append(std::span<RecordPlan> plans, bool grouped) {
    std::uint64_t total = 0;
    for (RecordPlan& plan : plans) {
      plan.seal();
      total += plan.size();
    }
    State& mine = state();
    const std::lock_guard guard{mine.mutex};
    for (int tries = 0;; ++tries) {
      if (Result<void> ready = make_room(mine, total); !ready) {
        // A failed sync of the room ahead is that file's failure.
        if (ready.error().code() != ErrorCode::io || tries > 0) return ready.error();
        continue;
      }
      Open& open = *mine.open;
      number(plans, open, grouped);
      Result<void> put = goes_by_memory(open, total) ? store(open, plans, total) : write(mine, open, plans);
      if (put) {
        Spot spot{mine.open, open.tail, open.tail + total};
        note(open, plans);
        open.tail += total;
        open.segment->length_is(std::max(open.tail, open.segment->room()));
        return spot;
      }
      // A full disk may have room again later; any other failure is this file's, and another one is tried once.
      if (put.error().code() == ErrorCode::no_space || tries > 0) return put.error();
      retire(mine);
    }
  }

  /// What was appended up to `spot.end` reaches the device. One sync serves all threads that wait. A failed sync is never
  /// tried again on the same file: what it may have lost is written to another one, and that is synced.
  Result<void> sync(const Spot& spot) {
    State& mine = state();
    const std::lock_guard waiting{mine.sync_mutex};
    Open& open = *spot.open;
    if (open.synced.load(std::memory_order_relaxed) >= spot.end) return {};
    if (!open.failed.load(std::memory_order_relaxed)) {
      std::uint64_t tail = 0;
      {
        const std::lock_guard guard{mine.mutex};
        tail = open.tail;
      }
      if (segments_.files().sync(open.file)) {
        open.synced.store(tail, std::memory_order_relaxed);
        if (open.full.load(std::memory_order_relaxed)) leave(open);
        return {};
      }
      const std::lock_guard guard{mine.mutex};
      if (mine.open == spot.open) {
        retire(mine);
      } else {
        open.failed.store(true, std::memory_order_relaxed);
      }
    }
    if (!open.rescued) {
      if (Result<void> done = rescue(mine, open); !done) {
        return done.error().within("'" + segments_.path_of(open.number) +
                                   "' failed to sync, and writing elsewhere what it may have lost failed too");
      }
    }
    // Who had not published its records when they were written elsewhere has done so since.
    for (const auto& [from, to] : open.moved) {
      const std::uint64_t offset = RecordPlace::of(from).offset;
      if (offset >= spot.offset && offset < spot.end) repoint(from, to);
    }
    return {};
  }

  /// How far this process has written; for `brought`.
  Spot mark() {
    State& mine = state();
    const std::lock_guard guard{mine.mutex};
    if (!mine.open) return {};
    mine.open->pieces.sync_at(mine.open->tail, now());
    return {mine.open, 0, mine.open->tail};
  }
  /// What was written up to the mark has reached the device by other means.
  static void brought(const Spot& mark) noexcept {
    if (mark.open && !mark.open->failed.load()) mark.open->synced.store(mark.end, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t copied = 512;  // smaller values are copied behind their headers
  static constexpr std::uint64_t least_ahead = std::uint64_t{1} << 20;
  static constexpr std::uint64_t most_ahead = std::uint64_t{8} << 20;
  static constexpr std::uint64_t large = std::uint64_t{256} << 10;  // appends from here on are not written ahead of

  /// What belongs to one process. A child of `fork` must not touch its parent's: another thread may have held a mutex of
  /// it when the child came to be.
  struct State {
    pid_t process = process_number();
    std::mutex mutex;
    std::mutex sync_mutex;
    std::shared_ptr<Open> open;
    bool fresh = false;
    std::vector<std::uint32_t> retired;
    std::vector<std::byte> front;
    std::vector<std::span<const std::byte>> pieces;
  };

  State& state() {
    State* known = state_.load(std::memory_order_acquire);
    while (known->process != process_number()) {
      auto fresh = std::make_unique<State>();
      // The parent's is left as it is.
      if (state_.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
    }
    return *known;
  }

  /// Gives the records what is known of them only when they are appended.
  void number(std::span<RecordPlan> plans, const Open& open, bool grouped) const {
    std::uint64_t fresh = 0;
    for (const RecordPlan& plan : plans) fresh += plan.sequence == 0 ? 1 : 0;
    std::uint64_t sequence = fresh != 0 ? index_.next_sequence(fresh) : 0;
    std::uint16_t count = 0;
    for (RecordPlan& plan : plans) {
      if (plan.sequence == 0) plan.sequence = sequence++;
      if (grouped) {
        plan.group = open.tail;
        plan.group_count = static_cast<std::uint16_t>(plans.size());
        plan.group_number = count++;
      }
      plan.durable = open.synced.load(std::memory_order_relaxed);
    }
  }

  std::chrono::nanoseconds now() const {
    if constexpr (requires { segments_.files().steady_time(); }) {
      return segments_.files().steady_time();
    } else {
      return std::chrono::steady_clock::now().time_since_epoch();
    }
  }

  bool goes_by_memory(Open& open, std::uint64_t total) const {
    if (Synced || total > StoredPieces::largest || open.tail + total > open.storable) return false;
    return open.pieces.take(open.tail, total, open.storable, now()) && warm(open, open.pieces.end());
  }

  /// Brings the pages behind the tail by a call: they come together, at a fraction of what a fault for each of them costs.
  /// False where that fails: storing there could be a signal, while writing by calls is told why.
  bool warm(Open& open, std::uint64_t to) const {
    if (to <= open.warmed) return true;
    if (write_zeros(segments_.files(), open.file, std::max(open.tail, open.warmed), to)) {
      open.warmed = to;
      return true;
    }
    open.storable = open.tail;
    return false;
  }

  /// Puts the records behind the tail by way of memory.
  Result<void> store(Open& open, std::span<const RecordPlan> plans, std::uint64_t total) const {
    const typename Files::Mapping& memory = open.segment->memory;
    if constexpr (requires { segments_.files().storing(memory, open.tail, total); }) {
      if (Result<void> may = segments_.files().storing(memory, open.tail, total); !may) return may;
    }
    std::uint64_t at = open.tail;
    for (const RecordPlan& plan : plans) {
      store_record(memory.data() + at, plan, open.segment->salt, at);
      at += plan.size();
    }
    return {};
  }

  /// Puts the records behind the tail by system calls.
  Result<void> write(State& mine, Open& open, std::span<const RecordPlan> plans) const {
    std::size_t front = 0;
    for (const RecordPlan& plan : plans) {
      front += record_header_size + plan.key.size() + plan.value_head.size() + copied + 8;
    }
    if (mine.front.size() < front) mine.front.resize(front);
    mine.pieces.clear();
    std::byte* to = mine.front.data();
    std::byte* piece = to;
    std::uint64_t at = open.tail;
    for (const RecordPlan& plan : plans) {
      write_record_header(to, plan, open.segment->salt, at);
      to += write_record_key(to, plan);
      if (plan.value.size() <= copied) {
        if (!plan.value.empty()) std::memcpy(to, plan.value.data(), plan.value.size());
        to += plan.value.size();
      } else {
        mine.pieces.push_back({piece, to});
        mine.pieces.push_back(plan.value);
        piece = to;
      }
      const std::uint64_t used = record_header_size + plan.key.size() + plan.value_size();
      const auto pad = static_cast<std::size_t>(plan.size() - used);
      std::memset(to, 0, pad);
      to += pad;
      at += plan.size();
    }
    mine.pieces.push_back({piece, to});
    Result<void> put = write_pieces_fully(segments_.files(), open.file, open.tail, std::span{mine.pieces});
    if (mine.front.size() > std::size_t{1} << 22) mine.front = {};
    return put;
  }

  /// The segment is written and synced no more by this process. Requires the mutex.
  static void retire(State& mine) {
    mine.open->failed.store(true, std::memory_order_relaxed);
    mine.retired.push_back(mine.open->number);
    mine.open = nullptr;
  }

  /// Ends the use of a segment: the room that was taken ahead in vain goes back, and its hint is written, when there is
  /// enough behind the last one. Never fails: both cost no more than time and room.
  void leave(Open& open) noexcept {
    if (open.failed.load(std::memory_order_relaxed)) return;
    try {
      if (!Synced && open.prepared > open.tail && open.limit <= segments_.limit()) {
        open.segment->length_is(open.tail);
        // Without a hint the next one to look for a segment tries it again.
        if (!segments_.files().resize(open.file, open.tail)) return;
        open.prepared = open.storable = open.tail;
      }
      const std::uint64_t more = open.tail - open.hinted;
      if (more >= least_hint() && more >= open.tail / 8) {
        const bool durably = Synced || open.synced.load(std::memory_order_relaxed) >= open.tail;
        const typename Files::File* file = durably ? &open.file : nullptr;
        if (open.entries_whole) {
          extend_hint(segments_, open.number, *open.segment, open.hinted, open.entries, open.tail, file);
        } else {
          write_hint(segments_, open.number, *open.segment, open.tail, file);
        }
        open.hinted = open.tail;
        open.entries.clear();
      }
    } catch (...) {
      // Out of memory: the next one to open reads the segment itself.
    }
  }
  static void note(Open& open, std::span<const RecordPlan> plans) {
    constexpr std::size_t most = std::size_t{1} << 20;
    if (!open.entries_whole) return;
    if (open.entries.size() + plans.size() > most) {
      open.entries_whole = false;
      open.entries = {};
      return;
    }
    std::uint64_t at = open.tail;
    for (const RecordPlan& plan : plans) {
      open.entries.push_back({plan.key_hash, plan.sequence, at, plan.group});
      at += plan.size();
    }
  }
  std::uint64_t least_hint() const noexcept { return std::min(segments_.limit() / 16, std::uint64_t{256} << 10); }

  Result<void> make_room(State& mine, std::uint64_t total) {
    if (mine.open && mine.open->tail + total > mine.open->limit) {
      Open& open = *mine.open;
      open.full.store(true, std::memory_order_relaxed);
      // Otherwise it is left when those who wait have synced it.
      if (!Synced || open.synced.load(std::memory_order_relaxed) >= open.tail) leave(open);
      mine.open = nullptr;
      mine.fresh = true;
    }
    if (!mine.open || Synced || mine.open->tail - mine.open->checked > (std::uint64_t{1} << 20)) {
      if (Result<void> there = segments_.still_there(); !there) return there;
      if (mine.open) mine.open->checked = mine.open->tail;
    }
    if (!mine.open && !mine.fresh && segment_header_size + total <= segments_.limit() / 2) {
      if (Result<void> done = adopt(mine); !done) return done;
    }
    mine.fresh = false;
    if (mine.open && mine.open->tail + total > mine.open->limit) mine.open = nullptr;
    if (!mine.open) {
      const Result<bool> again = Synced ? recycle(mine, total) : Result<bool>{false};
      if (!again) return again.error();
      if (!*again) {
        if (Result<void> made = create(mine, total); !made) return made;
      }
    }
    if (mine.open->tail + total <= mine.open->prepared) return {};
    if constexpr (Synced) return total < large ? prepare(mine, total) : Result<void>{};
    allocate(*mine.open, total);
    return {};
  }

  Result<std::shared_ptr<Open>> next_number() {
    const std::uint64_t number = index_.next_segment();
    if (number > RecordPlace::most_segments) {
      return Error{ErrorCode::no_space, "the store in '" + segments_.directory() +
                                            "' has used up its segment numbers; copy it with backup() into a new one"};
    }
    auto open = std::make_shared<Open>();
    open->number = static_cast<std::uint32_t>(number);
    return open;
  }

  Result<void> create(State& mine, std::uint64_t total) {
    const Files& files = segments_.files();
    while (true) {
      Result<std::shared_ptr<Open>> next = next_number();
      if (!next) return next.error();
      std::shared_ptr<Open> open = std::move(*next);
      const std::string path = segments_.path_of(open->number);
      Result<typename Files::File> file = files.open(path, FileAccess::create_new);
      if (!file) {
        if (file.error().code() == ErrorCode::already_exists) continue;
        return file.error();
      }
      open->file = std::move(*file);
      if (Result<void> locked = files.lock(open->file, 0, FileLock::exclusive); !locked) return locked;
      // Before the lock was had the file looked like one without an owner, and a compaction may have removed it.
      const Result<bool> still = segments_.still_named(open->number, open->file);
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
    if (Result<void> mapped = map(open); !mapped) return mapped;
    open.tail = open.begun = open.prepared = segment_header_size;
    if constexpr (Synced) {
      if (Result<void> done = files.sync(open.file); !done) return done;
      if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done;
    }
    return {};
  }

  Result<void> map(Open& open) const {
    const Result<const Segment*> segment = segments_.map(open.number, open.file);
    if (!segment) return segment.error();
    open.segment = *segment;
    return {};
  }

  /// Begins a segment in a file that a compaction emptied, when there is one that is in nobody's memory.
  Result<bool> recycle(State& mine, std::uint64_t total) {
    if (segment_header_size + total > segments_.limit()) return false;
    const Files& files = segments_.files();
    const Result<std::vector<std::uint32_t>> olds = segments_.numbers(".old");
    if (!olds) return olds.error();
    for (const std::uint32_t old : *olds) {
      if (!segments_.release(old)) continue;
      const std::uint64_t users = Segments<Files>::user_byte(old);
      const Result<bool> free = files.try_lock(segments_.lock(), users, FileLock::exclusive);
      if (!free || !*free) continue;
      Result<bool> begun = rename_old(mine, old);
      if (Result<void> done = files.unlock(segments_.lock(), users); !done) return done.error();
      if (!begun || *begun) return begun;
    }
    return false;
  }

  Result<bool> rename_old(State& mine, std::uint32_t old) {
    const Files& files = segments_.files();
    const std::string path = segments_.old_path_of(old);
    Result<typename Files::File> file = files.open(path, FileAccess::read_write);
    if (!file) return false;
    // Whoever emptied it may still hold this.
    const Result<bool> mine_now = files.try_lock(*file, 0, FileLock::exclusive);
    if (!mine_now || !*mine_now) return false;
    const Result<std::uint64_t> size = files.size(*file);
    std::array<std::byte, segment_header_size> header;
    const Result<std::size_t> got = read_fully(files, *file, 0, header);
    if (!size || !got || *got != header.size()) return false;
    const std::optional<std::uint64_t> salt =
        salt_of_segment(header, segments_.store(), load_le<std::uint32_t>(header.data() + 24));
    if (!salt || *size != segments_.limit()) {
      (void)files.remove(path);
      return false;
    }
    Result<std::shared_ptr<Open>> next = next_number();
    if (!next) return next.error();
    std::shared_ptr<Open> open = std::move(*next);
    open->file = std::move(*file);
    const auto fresh = make_segment_header(segments_.store(), next_salt(*salt), open->number);
    if (Result<void> put = write_fully(files, open->file, 0, fresh); !put) return put.error();
    if (Result<void> done = files.sync(open->file); !done) {
      (void)files.remove(path);
      return false;
    }
    if (Result<void> named = files.rename(path, segments_.path_of(open->number)); !named) return named.error();
    if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done.error();
    if (Result<void> mapped = map(*open); !mapped) return mapped.error();
    open->limit = open->prepared = segments_.limit();
    open->tail = open->begun = segment_header_size;
    mine.open = std::move(open);
    return true;
  }

  /// Goes on with a segment whose owner is gone, the newest first. None is no failure.
  Result<void> adopt(State& mine) {
    const Files& files = segments_.files();
    const Result<std::vector<std::uint32_t>> numbers = segments_.numbers();
    if (!numbers) return numbers.error();
    for (auto it = numbers->rbegin(); it != numbers->rend(); ++it) {
      const std::uint32_t number = *it;
      if (std::find(mine.retired.begin(), mine.retired.end(), number) != mine.retired.end()) continue;
      // A hint that says that it is too full spares reading it.
      const std::optional<HintHeader> full = find_hint(segments_, number, std::nullopt, segments_.limit());
      if (full && full->end > segments_.limit() / 2) continue;
      Result<typename Files::File> file = files.open(segments_.path_of(number), FileAccess::read_write);
      if (!file) continue;
      const Result<bool> free = files.try_lock(*file, 0, FileLock::exclusive);
      if (!free || !*free) continue;
      // A compaction may have removed the file before the lock was had; nobody would find what is written there.
      const Result<bool> still = segments_.still_named(number, *file);
      if (!still || !*still) continue;
      // An owner makes its file shorter until it gives up the lock, and memory behind the end is a signal.
      const Result<std::uint64_t> size = files.size(*file);
      if (!size || *size > segments_.limit()) continue;
      const Result<const Segment*> segment = segments_.map(number, *file);
      if (!segment) continue;
      const std::optional<HintHeader> hint = find_hint(segments_, number, (*segment)->salt, *size);
      const std::uint64_t from = hint ? hint->end : segment_header_size;
      bool torn = false;
      const auto see = [&](std::uint64_t, const RecordView& record) { torn = torn || !record.value_is_right(); };
      const std::uint64_t end = scan_segment((*segment)->memory.data(), *size, (*segment)->salt, see, from);
      // Synced records behind a value that did not reach the device would say that it had.
      if (torn) continue;
      if (end > segments_.limit() / 2) {
        // The room that its owner had no time to give back; not what a damaged record may be in that can yet be mended.
        if (!Synced && *size > end && !named_behind(segments_, index_, number, **segment, end, *size)) {
          (*segment)->length_is(end);
          // Without a hint the next one tries it again.
          if (!files.resize(*file, end)) continue;
        }
        if (end - from >= least_hint()) write_hint(segments_, number, **segment, end, Synced ? &*file : nullptr);
        continue;
      }
      if (named_behind(segments_, index_, number, **segment, end, *size)) continue;
      if constexpr (Synced) {
        if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done;
      }
      auto open = std::make_shared<Open>();
      open->file = std::move(*file);
      open->number = number;
      open->segment = *segment;
      open->limit = segments_.limit();
      open->tail = open->begun = open->checked = end;
      open->hinted = from;
      open->entries_whole = from == end;
      if constexpr (Synced) {
        // What lies behind was written ahead by the owner before.
        open->prepared = std::max(end, *size);
      } else {
        allocate(*open, 0);
      }
      mine.open = std::move(open);
      return {};
    }
    return {};
  }

  /// Writes room ahead of the records and brings it to the device.
  Result<void> prepare(State& mine, std::uint64_t total) {
    Open& open = *mine.open;
    const std::uint64_t at = std::max(open.tail, open.prepared);
    const std::uint64_t to = std::min(open.limit, at + total + std::clamp(open.tail, least_ahead, most_ahead));
    // No room ahead is no failure yet; the record itself may still fit.
    (void)write_zeros(segments_.files(), open.file, at, to);
    if (Result<void> done = segments_.files().sync(open.file); !done) {
      retire(mine);
      return done;
    }
    open.synced.store(open.tail, std::memory_order_relaxed);
    open.prepared = to;
    return {};
  }

  /// Takes room ahead of the records, which makes appending cheaper. Where that fails it is not tried again soon.
  void allocate(Open& open, std::uint64_t total) const {
    const std::uint64_t ahead = std::clamp(open.tail / 8, least_ahead, most_ahead / 2);
    std::uint64_t to = open.tail + total + ahead;
    if (to > StoredPieces::most) to += StoredPieces::most - 1 - (to - 1) % StoredPieces::most;
    to = std::min(open.limit, to);
    const Files& files = segments_.files();
    bool keeps = true;
    if constexpr (requires { files.keeps_room(open.file); }) keeps = files.keeps_room(open.file);
    // Where room is not kept, a full disk would be a signal on storing; a call says so.
    if (files.allocate(open.file, to) && keeps) open.storable = to;
    open.prepared = to;
  }

  /// Writes what a failed sync may have lost to another segment, and syncs that. What is in memory passes its checksums or
  /// is given up. Requires the sync mutex.
  Result<void> rescue(State& mine, Open& lost) {
    std::vector<RecordPlan> plans;
    std::vector<std::uint64_t> from;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> moved;
    std::vector<std::shared_ptr<Open>> opens;
    const auto put = [&](bool grouped) -> Result<void> {
      if (plans.empty()) return {};
      const Result<Spot> spot = append(plans, grouped);
      if (!spot) return spot.error();
      std::uint64_t at = spot->offset;
      for (std::size_t i = 0; i < plans.size(); ++i) {
        moved.emplace_back(from[i], RecordPlace{spot->open->number, at}.word(plans[i].key_hash));
        at += plans[i].size();
      }
      if (opens.empty() || opens.back() != spot->open) opens.push_back(spot->open);
      plans.clear();
      from.clear();
      return {};
    };
    const Segment& segment = *lost.segment;
    std::uint64_t group = 0;
    for (std::uint64_t at = std::max(lost.synced.load(), lost.begun); at < lost.tail;) {
      const RecordView record{segment.at(at)};
      if (!record.header_is_right(segment.salt, at, lost.tail - at) || !record.value_is_right()) {
        return Error{ErrorCode::io, "the system gave up what was in its memory"};
      }
      if (record.group() == 0 || record.group() != group) {
        if (Result<void> done = put(group != 0); !done) return done;
        group = record.group();
      }
      bool counts = true;
      if (group != 0) {
        // Whoever is about to decide it finds that it is decided, and begins anew.
        std::uint64_t decision = 0;
        Segments<Files>::commit_word(segment, group)
            .compare_exchange_strong(decision, commit_no, std::memory_order_acq_rel);
        counts = decision_of(decision) == Decision::yes;
      }
      if (counts) {
        plans.push_back({.key = record.key(),
                         .value = record.value(),
                         .key_hash = record.key_hash(),
                         .sequence = record.sequence(),
                         .kind = record.kind(),
                         .conditional = record.conditional(),
                         .commit = group != 0 && plans.empty() ? commit_yes : 0});
        from.push_back(RecordPlace{lost.number, at}.word(record.key_hash()));
      }
      at += record.size();
    }
    if (Result<void> done = put(group != 0); !done) return done;
    for (const std::shared_ptr<Open>& open : opens) {
      std::uint64_t tail = 0;
      {
        const std::lock_guard guard{mine.mutex};
        tail = open->tail;
      }
      if (Result<void> done = segments_.files().sync(open->file); !done) {
        const std::lock_guard guard{mine.mutex};
        if (mine.open == open) retire(mine);
        open->failed.store(true, std::memory_order_relaxed);
        return done;
      }
      open->synced.store(tail, std::memory_order_relaxed);
    }
    for (const auto& [old, fresh] : moved) repoint(old, fresh);
    lost.moved = std::move(moved);
    lost.rescued = true;
    return {};
  }

  /// The index names the record at its new place, unless it names a later one by now.
  void repoint(std::uint64_t from, std::uint64_t to) const {
    const RecordPlace place = RecordPlace::of(from);
    const Result<const Segment*> segment = segments_.get(place.segment);
    if (!segment) return;
    const std::uint64_t hash = RecordView{(*segment)->at(place.offset)}.key_hash();
    const Result<std::uint64_t*> at =
        index_.walk(hash, [&](std::uint64_t*, std::uint64_t word) -> Result<bool> { return word == from; });
    if (!at || *at == nullptr) return;
    typename SharedIndex<Files>::Word{**at}.compare_exchange_strong(from, to, std::memory_order_acq_rel);
  }

  Segments<Files>& segments_;
  SharedIndex<Files>& index_;
  std::atomic<State*> state_{new State};
};

}  // namespace ashlar::inline v0::detail
