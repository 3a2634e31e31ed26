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
    std::optional<Error> full;
    for (auto next = uses->begin(); next != uses->end();) {
      // Those with nothing to move need no room before they are gone, and are searched for together.
      const bool several = next->live == 0;
      std::map<std::uint32_t, Candidate> candidates;
      do {
        take(*next++, candidates);
      } while (several && next != uses->end() && next->live == 0 && candidates.size() < most_together);
      if (candidates.empty()) continue;
      if (Result<void> emptied = empty(candidates, report); !emptied) {
        if (emptied.error().code() != ErrorCode::no_space) return emptied.error();
        if (!full) full = emptied.error();
        continue;
      }
      std::erase_if(candidates, [](const auto& one) { return !one.second.whole; });
      if (candidates.empty()) continue;
      // What was replaced may be all that the device has of a key, until what replaced it is there, whoever wrote that.
      if (Result<void> done = files.sync_all(segments_.directory()); !done) return done.error();
      for (const auto& [number, one] : candidates) {
        const Result<bool> gone = retire(number, one.size);
        if (!gone) return gone.error();
        if (!*gone) continue;
        ++report.segments_removed;
        report.bytes_freed += one.size;
      }
    }
    if (report.segments_removed != 0) {
      if (Result<void> done = files.sync_directory(segments_.directory()); !done) return done.error();
    }
    reserve_.keep();
    if (full && report.segments_removed == 0) return *full;
    return report;
  }

 private:
  static constexpr std::size_t most_kept = 2;
  static constexpr std::size_t most_together = 8;  // each is an open file

  /// A segment to be emptied, and the lock on it.
  struct Candidate {
    std::uint64_t size = 0;
    typename Files::File file;
    bool whole = true;  // nothing in it is damaged
  };

  /// Adds the segment, when nobody writes it and it is mostly waste.
  void take(const SegmentUse& use, std::map<std::uint32_t, Candidate>& candidates) const {
    const Files& files = segments_.files();
    Result<typename Files::File> file = files.open(segments_.path_of(use.number), FileAccess::read_write);
    if (!file) return;
    const Result<bool> free = files.try_lock(*file, 0, FileLock::exclusive);
    if (!free || !*free) return;
    // Its owner may have made it shorter until it gave up the lock.
    const Result<std::uint64_t> size = files.size(*file);
    if (!size || use.live * 2 > *size) return;
    // What is no segment any more is left for somebody to look at.
    if (!is_a_segment(use.number)) return;
    candidates.emplace(use.number, Candidate{*size, std::move(*file)});
  }

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

  /// Moves everything that the index finds by way of the segments to the segment of this process, and syncs it. One from
  /// which something cannot be moved because it is damaged is `whole` no more.
  ///
  /// The copies keep their sequence numbers, so that it does not matter which of the two a rebuild finds. No new way to
  /// the segment can come up meanwhile: a record names what it replaces only if that was still in place when it went
  /// there.
  Result<void> empty(std::map<std::uint32_t, Candidate>& candidates, CompactionReport& report) {
    const auto pin = segments_.pin();
    const auto of = [&](std::uint64_t word) { return candidates.find(RecordPlace::of(word).segment); };
    const auto leave = [&](std::uint64_t word) {
      if (const auto one = of(word); one != candidates.end()) one->second.whole = false;
    };
    std::map<std::uint32_t, typename Writer::Spot> spots;
    Result<void> walked = index_.for_each([&](std::uint64_t* place, std::uint64_t word) -> Result<void> {
      for (int tries = 0;; ++tries) {
        const Result<State> state = reader_.stands_for_at(place, word);
        if (!state) {
          const ErrorCode code = state.error().code();
          if (code != ErrorCode::corrupt && code != ErrorCode::not_found) return state.error();
          // What cannot be read is left where it is, and what it was to replace, where a wrong bit does not hide that.
          const std::optional<RecordView> named = reader_.header_at(word);
          const std::uint64_t previous = named ? named->previous() : 0;
          leave(word);
          leave(previous);
          if (RecordPlace::is_odd(word) || RecordPlace::is_odd(previous)) {
            for (auto& [number, one] : candidates) one.whole = false;
          }
          return {};
        }
        if (of(word) == candidates.end() && of(state->word) == candidates.end()) return {};
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
            leave(word);
            leave(state->word);
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
    });
    if (!walked) return walked.error();
    for (const auto& [segment, spot] : spots) {
      if (Result<void> done = writer_.sync(spot); !done) return done.error();
    }
    return {};
  }

  Segments<Files>& segments_;
  SharedIndex<Files>& index_;
  Reader& reader_;
  Writer& writer_;
  const Reserve<Files>& reserve_;
  Dead dead_;
};

}  // namespace ashlar::inline v0::detail
