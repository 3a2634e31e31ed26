// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// What stands for a key when the record that a word names does not count; 0 when it does. Nothing: that cannot be told.
/// The caller has a pin.
template <mapping_file_system Files>
std::optional<std::uint64_t> stands_in_for(const Segments<Files>& segments, std::uint64_t word) {
  const RecordPlace place = RecordPlace::of(word);
  const auto segment = segments.get(place.segment);
  if (!segment) return std::nullopt;
  const std::uint64_t behind = place.offset + record_header_size;
  if (behind > (*segment)->room() && !segments.measure(place.segment, **segment)) return std::nullopt;
  if (behind > (*segment)->room()) return std::nullopt;
  const RecordView record{(*segment)->at(place.offset)};
  const std::uint64_t group = record.group();
  if (group == 0) return 0;
  if (group > place.offset || group % 8 != 0) return std::nullopt;
  const std::uint64_t commit = Segments<Files>::commit_word(**segment, group).load(std::memory_order_acquire);
  return decision_of(commit) == Decision::yes ? 0 : record.previous();
}

/// Whether the index may lead to places of a segment of `size` bytes from `end` on: those of records that were cut off or
/// damaged. A record that came to lie at such a place would be found twice. An index that takes long to search counts as
/// one that does. What a record that does not count was to replace is asked for only where there is something behind
/// `end`.
template <mapping_file_system Files>
bool named_behind(const Segments<Files>& segments, const SharedIndex<Files>& index, std::uint32_t number,
                  const typename Segments<Files>::Segment& segment, std::uint64_t end, std::uint64_t size) {
  if (index.levels() > 5) return true;
  const bool empty = std::all_of(segment.at(end), segment.at(size), [](std::byte b) { return b == std::byte{0}; });
  const auto is_behind = [&](std::uint64_t word) {
    const RecordPlace place = RecordPlace::of(word);
    return place.segment == number && place.offset >= end;
  };
  const auto pin = segments.pin();
  bool named = false;
  const Result<void> walked = index.for_each([&](std::uint64_t*, std::uint64_t word) -> Result<void> {
    if (named) return {};
    named = is_behind(word);
    if (named || empty) return {};
    const std::optional<std::uint64_t> replaced = stands_in_for(segments, word);
    named = !replaced || is_behind(*replaced);
    return {};
  });
  return named || !walked;
}

}  // namespace ashlar::inline v0::detail
