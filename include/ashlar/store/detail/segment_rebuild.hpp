// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_hint.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// What making an index from the segments found.
struct RebuildReport : Findings {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;    ///< that count
  std::uint64_t undecided = 0;  ///< of groups that were not decided to count
  std::uint64_t highest_sequence = 0;
  std::uint32_t highest_segment = 0;
};

/// Calls `put(word, hash, sequence)` for every record of every segment that counts. What a hint says is taken from it.
///
/// A record whose value is wrong counts when the device is known to have had it, which is what later records of its
/// segment say; then reading it reports the damage. Otherwise its write was never acknowledged as durable, and it is as
/// if it had not begun. A group counts when its commit word says so and all of its records are there; one that lacks some
/// is decided to no, so that what is written later makes no part of it count. One wrong bit in the header or the key of a
/// record is put right, in the file. Bytes before the last record of a segment that are no record were one once, and are
/// counted. The caller is alone with the segments.
///
/// Errors: `corrupt` for a segment's file that is whole and of another store, number or version: somebody changed
/// `metadata.json` or put it there, and what is in it must not go unnoticed.
template <mapping_file_system Files, class Put>
Result<RebuildReport> rebuild_from_segments(const Segments<Files>& segments, Put&& put) {
  const Files& files = segments.files();
  RebuildReport report;
  const Result<std::vector<std::uint32_t>> numbers = segments.numbers();
  if (!numbers) return numbers.error();
  const Result<std::vector<std::uint32_t>> olds = segments.numbers(".old");
  if (!olds) return olds.error();
  if (!olds->empty()) report.highest_segment = olds->back();
  /// A record that counts or not by what else there is.
  struct Found {
    std::uint64_t offset;
    bool whole;
  };
  struct Group {
    std::uint64_t present = 0;
    bool all_whole = true;
    bool refused = false;
  };
  std::vector<Found> found;
  for (const std::uint32_t number : *numbers) {
    report.highest_segment = std::max(report.highest_segment, number);
    const Result<typename Files::File> file = files.open(segments.path_of(number), FileAccess::read_write);
    if (!file) return file.error();
    const Result<std::uint64_t> size = files.size(*file);
    if (!size) return size.error();
    const auto segment = segments.map(number, *file);
    if (!segment) {
      if (segment.error().code() != ErrorCode::corrupt) return segment.error();
      std::array<std::byte, segment_header_size> header{};
      const Result<std::size_t> got = read_fully(files, *file, 0, header);
      if (!got) return got.error();
      if (*got == header.size() && heads_a_segment(header)) {
        return Error{ErrorCode::corrupt, "'" + segments.path_of(number) +
                                             "' is a segment of another store, number or version; put back the "
                                             "store's own metadata.json, or move the file away"};
      }
      // Zeros or less: its header never reached the device, and nothing in it was acknowledged as durable.
      const bool begun = *got == header.size() && header != std::array<std::byte, segment_header_size>{};
      report.gaps += begun ? 1 : 0;
      continue;
    }
    ++report.segments;
    std::byte* memory = (*segment)->memory.data();
    const Result<HintHeader> hinted =
        read_hint(segments, number, (*segment)->salt, *size, [&](std::span<const std::byte> entries) -> Result<void> {
          for (std::size_t at = 0; at < entries.size(); at += hint_entry_size) {
            const std::uint64_t hash = load_le<std::uint64_t>(entries.data() + at);
            const std::uint64_t sequence = load_le<std::uint64_t>(entries.data() + at + 8);
            const std::uint64_t offset = std::uint64_t{load_le<std::uint32_t>(entries.data() + at + 16)} * 8;
            report.highest_sequence = std::max(report.highest_sequence, sequence);
            ++report.records;
            if (Result<void> done = put(RecordPlace{number, offset}.word(hash), hash, sequence); !done) return done;
          }
          return {};
        });
    if (!hinted) return hinted.error();
    const std::uint64_t from = std::max<std::uint64_t>(hinted->end, segment_header_size);
    if constexpr (requires { files.populate((*segment)->memory, std::size_t{}, std::size_t{}); }) {
      if (from < *size) files.populate((*segment)->memory, from, static_cast<std::size_t>(*size - from));
    }
    found.clear();
    std::map<std::uint64_t, Group> groups;
    std::uint64_t durable = hinted->boot == 0 ? hinted->end : 0;
    std::uint64_t covered = from;
    Result<void> failure;
    const auto see = [&](std::uint64_t offset, const RecordView& record) {
      if (!failure) return;
      if (offset != covered) ++report.gaps;
      covered = offset + record.size();
      durable = std::max(durable, record.durable());
      report.highest_sequence = std::max(report.highest_sequence, record.sequence());
      const bool whole = record.value_is_right();
      if (whole && record.group() == 0) {
        ++report.records;
        Result<void> done =
            put(RecordPlace{number, offset}.word(record.key_hash()), record.key_hash(), record.sequence());
        if (!done) failure = done;
        return;
      }
      found.push_back({offset, whole});
      if (record.group() == 0) return;
      Group& group = groups[record.group()];
      ++group.present;
      group.all_whole = group.all_whole && whole;
    };
    const auto mend = [&](std::uint64_t offset) {
      const bool mended = mend_record(memory + offset, (*segment)->salt, offset, *size - offset);
      report.mended += mended ? 1 : 0;
      return mended;
    };
    scan_segment(memory, *size, (*segment)->salt, see, from, mend);
    if (!failure) return failure.error();
    for (const Found& one : found) {
      const RecordView record{memory + one.offset};
      const bool was_durable = one.offset + record.size() <= durable;
      if (record.group() != 0) {
        Group& group = groups[record.group()];
        const bool headed =
            record.group() >= segment_header_size && record.group() <= one.offset && record.group() % 8 == 0;
        const Decision decision =
            headed ? decision_of(Segments<Files>::commit_word(**segment, record.group()).load()) : Decision::damaged;
        const bool complete = group.present == record.group_count() && group.all_whole;
        // A damaged decision is indexed too: whoever reads the key is told.
        const bool counts = decision == Decision::yes || decision == Decision::damaged;
        if (!counts || (!complete && !was_durable)) {
          group.refused = group.refused || decision == Decision::yes;
          ++(decision == Decision::yes ? report.torn : report.undecided);
          continue;
        }
      }
      if (!one.whole) {
        ++(was_durable ? report.damaged : report.torn);
        if (!was_durable) continue;
      }
      ++report.records;
      const std::uint64_t word = RecordPlace{number, one.offset}.word(record.key_hash());
      if (Result<void> done = put(word, record.key_hash(), record.sequence()); !done) return done.error();
    }
    for (const auto& [offset, group] : groups) {
      if (group.refused) Segments<Files>::commit_word(**segment, offset).store(commit_no);
    }
  }
  return report;
}

}  // namespace ashlar::inline v0::detail
