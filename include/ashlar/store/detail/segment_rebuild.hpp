// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segment_writer.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// What making an index from the segments found.
struct RebuildReport {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;    ///< that count
  std::uint64_t undecided = 0;  ///< of groups that were not decided to count
  std::uint64_t torn = 0;       ///< whose value had not reached the device
  std::uint64_t damaged = 0;    ///< whose value had reached the device and is wrong: reading their keys is an error
  std::uint64_t gaps = 0;       ///< stretches that the device had and that hold no record any more: their keys are lost
  std::uint64_t highest_sequence = 0;
  std::uint32_t highest_segment = 0;
};

/// Calls `put(word, record)` for every record of every segment that counts, in the order of segments and offsets.
///
/// A record whose value is wrong counts when the device is known to have had it, which is what later records of its
/// segment say; then reading it reports the damage. Otherwise its write was never acknowledged as durable, and it is as
/// if it had not begun. A group counts when its commit word says so and all of its records are there.
template <mapping_file_system Files, class Put>
Result<RebuildReport> rebuild_from_segments(const Segments<Files>& segments, Put&& put) {
  RebuildReport report;
  const Result<std::vector<DirectoryEntry>> entries = segments.files().list(segments.directory());
  if (!entries) return entries.error();
  std::vector<std::uint32_t> numbers;
  for (const DirectoryEntry& entry : *entries) {
    const std::uint32_t number = SegmentWriter<Files, false>::number_of(entry.name);
    if (number != 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  struct Found {
    std::uint64_t offset;
    bool whole;
  };
  struct Group {
    std::uint64_t present = 0;
    bool all_whole = true;
  };
  for (const std::uint32_t number : numbers) {
    report.highest_segment = std::max(report.highest_segment, number);
    const Result<typename Files::File> file = segments.files().open(segments.path_of(number), FileAccess::read_write);
    if (!file) return file.error();
    const Result<std::uint64_t> size = segments.files().size(*file);
    if (!size) return size.error();
    const auto segment = segments.map(number, *file);
    if (!segment) {
      // Its header never reached the device, and nothing in it was acknowledged as durable.
      if (segment.error().code() == ErrorCode::corrupt) continue;
      return segment.error();
    }
    ++report.segments;
    const std::byte* memory = (*segment)->memory.data();
    std::vector<Found> found;
    std::map<std::uint64_t, Group> groups;
    std::uint64_t durable = 0;
    scan_segment(memory, *size, (*segment)->salt, [&](std::uint64_t offset, const RecordView& record) {
      durable = std::max(durable, record.durable());
      report.highest_sequence = std::max(report.highest_sequence, record.sequence());
      const bool whole = record.value_is_right();
      found.push_back({offset, whole});
      if (record.group() == 0) return;
      Group& group = groups[record.group()];
      ++group.present;
      group.all_whole = group.all_whole && whole;
    });
    std::uint64_t covered = segment_header_size;
    for (const Found& one : found) {
      const RecordView record{memory + one.offset};
      if (one.offset != covered && one.offset <= durable) ++report.gaps;
      covered = one.offset + record.size();
      const bool was_durable = one.offset + record.size() <= durable;
      if (record.group() != 0) {
        const Group& group = groups[record.group()];
        const bool headed = record.group() <= one.offset && groups.contains(record.group()) &&
                            Segments<Files>::commit_word(**segment, record.group()).load() == commit_yes;
        const bool complete = group.present == record.group_count() && group.all_whole;
        if (!headed || (!complete && !was_durable)) {
          ++report.undecided;
          continue;
        }
      }
      if (!one.whole) {
        ++(was_durable ? report.damaged : report.torn);
        if (!was_durable) continue;
      }
      ++report.records;
      if (Result<void> done = put(RecordPlace{number, one.offset}.word(record.key_hash()), record); !done) {
        return done.error();
      }
    }
  }
  return report;
}

}  // namespace ashlar::inline v0::detail
