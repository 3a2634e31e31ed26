// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/reserve.hpp>
#include <ashlar/store/detail/segment_hint.hpp>
#include <ashlar/store/detail/segment_reader.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segment_use.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/files.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0::detail {

/// Moves what still counts out of segments that are mostly waste, and removes them. Segments whose writers live are
/// left alone, and so are those that hold something damaged. Any number of processes may go on meanwhile, and die; a
/// compaction that is cut short has done no harm. With `Recycling`, a few emptied files are kept to be written again.
template <mapping_file_system Files, class Writer, bool Recycling, class Dead>
class SegmentCompactor {
  using Reader = SegmentReader<Files>;
  using State = typename Reader::State;
  using Word = typename SharedIndex<Files>::Word;

 public:
  /// `dead(value)` says of a value whether nobody will be given it any more.
  SegmentCompactor(Segments<Files>& segments, SharedIndex<Files>& index, Reader& reader, Writer& writer,
                   const Reserve<Files>& reserve, Dead dead)
      : segments_{segments},
        index_{index},
        reader_{reader},
        writer_{writer},
        reserve_{reserve},
        dead_{std::move(dead)} {}

  Result<CompactionReport> run() {
    const Files& files = segments_.files();
    CompactionReport report;
    Result<std::vector<SegmentUse>> uses = segment_uses(segments_, index_, reader_, dead_);
    if (!uses) return uses.error();
    // Those with least to move first: what they free is room for the others.
    std::sort(uses->begin(), uses->end(), [](const SegmentUse& a, const SegmentUse& b) { return a.live < b.live; });
    for (const auto& [number, live, length] : *uses) {
      Result<typename Files::File> file = files.open(segments_.path_of(number), FileAccess::read_write);
      if (!file) continue;
      const Result<bool> free = files.try_lock(*file, 0, FileLock::exclusive);
      if (!free || !*free) continue;
      // Its owner may have made it shorter until it gave up the lock.
      const Result<std::uint64_t> size = files.size(*file);
      if (!size || live * 2 > *size) continue;
      // What is no segment any more is left for somebody to look at.
      if (!is_a_segment(number)) continue;
      Result<bool> emptied = empty(number, report);
      if (!emptied) return emptied.error();
      if (!*emptied) continue;
      // The copies are on the device; so must be the names of their files before the originals go.
      if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done.error();
      const Result<bool> gone = retire(number, *size);
      if (!gone) return gone.error();
      if (!*gone) continue;
      ++report.segments_removed;
      report.bytes_freed += *size;
    }
    if (report.segments_removed != 0) {
      if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done.error();
    }
    reserve_.keep();
    return report;
  }

 private:
  static constexpr std::size_t most_kept = 2;

  bool is_dead(const RecordView& record) const { return is_dead_record(record, dead_); }

  bool is_a_segment(std::uint32_t number) const {
    const auto pin = segments_.pin();
    const auto segment = segments_.get(number);
    return segment || segment.error().code() != ErrorCode::corrupt;
  }

  /// Removes the file of an emptied segment, or keeps it to be written again. False when another compaction was here
  /// first.
  Result<bool> retire(std::uint32_t number, std::uint64_t size) {
    const Files& files = segments_.files();
    const std::string path = segments_.path_of(number);
    (void)files.remove(segments_.hint_path_of(number));
    const Result<std::vector<std::uint32_t>> kept = segments_.numbers(".old");
    if (!kept) return kept.error();
    const bool keeps = Recycling && size == segments_.limit() && kept->size() < most_kept;
    Result<void> gone = keeps ? files.rename(path, segments_.old_path_of(number)) : files.remove(path);
    if (!gone && gone.error().code() == ErrorCode::not_found) return false;
    if (!gone) return gone.error();
    return true;
  }

  /// Moves everything that the index finds by way of a segment to the segment of this process, durably. False when
  /// something cannot be moved because it is damaged. The caller holds the segment's lock.
  ///
  /// The copies keep their sequence numbers, so that it does not matter which of the two a rebuild finds. No new way to
  /// the segment can come up meanwhile: a record names what it replaces only if that was still in place when it went
  /// there.
  Result<bool> empty(std::uint32_t number, CompactionReport& report) {
    const auto pin = segments_.pin();
    bool whole = true;
    std::map<std::uint32_t, typename Writer::Spot> spots;
    Result<void> walked = index_.for_each([&](std::uint64_t* place, std::uint64_t word) -> Result<void> {
      for (int tries = 0; whole; ++tries) {
        const Result<State> state = reader_.stands_for_at(place, word);
        if (!state) {
          // What cannot be read is left where it is, and where that is a wrong bit does not say.
          if (RecordPlace::is_odd(word)) {
            whole = false;
            return {};
          }
          const auto named = reader_.record_at(word);
          const bool here = RecordPlace::of(word).segment == number ||
                            (named && RecordPlace::of(named->record.previous()).segment == number);
          whole = !here;
          return {};
        }
        const bool by_way_of =
            RecordPlace::of(word).segment == number || RecordPlace::of(state->word).segment == number;
        if (!by_way_of) return {};
        if (state->undecided) {
          reader_.hold_up(*state->undecided, tries);
          word = Word{*place}.load(std::memory_order_acquire);
          continue;
        }
        RecordPlan plan;
        plan.kind = record_erased;
        plan.conditional = true;
        RecordView record = state->record;
        if (state->kind == Reader::Kind::none) {
          // The word cannot be cleared; it becomes one that says no value. A put that was appended before must not
          // count as earlier than this, because this is nobody's write: hence conditional.
          const auto named = reader_.record_at(word);
          if (!named) return named.error();
          record = named->record;
        } else {
          if (!record.value_is_right()) {
            whole = false;
            return {};
          }
          plan.conditional = record.conditional();
          if (!is_dead(record)) {
            plan.kind = record.kind();
            plan.value = record.value();
          }
        }
        plan.key = record.key();
        plan.key_hash = record.key_hash();
        plan.sequence = record.sequence();
        const Result<typename Writer::Spot> spot = reserve_.spend_on([&] { return writer_.append({&plan, 1}, false); });
        if (!spot) return spot.error();
        const std::uint64_t fresh = RecordPlace{spot->open->number, spot->offset}.word(plan.key_hash);
        if (Word{*place}.compare_exchange_strong(word, fresh, std::memory_order_acq_rel)) {
          spots[spot->open->number] = *spot;
          ++report.records_moved;
          return {};
        }
      }
      return {};
    });
    if (!walked) return walked.error();
    for (const auto& [segment, spot] : spots) {
      if (Result<void> done = writer_.sync(spot); !done) return done.error();
    }
    return whole;
  }

  Segments<Files>& segments_;
  SharedIndex<Files>& index_;
  Reader& reader_;
  Writer& writer_;
  const Reserve<Files>& reserve_;
  Dead dead_;
};

}  // namespace ashlar::inline v0::detail
