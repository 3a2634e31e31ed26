// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_reader.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// How much of a segment counts.
struct SegmentUse {
  std::uint32_t number = 0;
  std::uint64_t live = 0;    // bytes of what a compaction has to move
  std::uint64_t length = 0;  // of the file
};

template <class Dead>
bool is_dead_record(const RecordView& record, const Dead& dead) {
  return record.kind() == record_value && dead(record.value());
}

/// Of every segment that is there, in no order. `dead(value)` says of a value whether nobody will be given it any more;
/// what is left of such a record is its key.
template <mapping_file_system Files, class Dead>
Result<std::vector<SegmentUse>> segment_uses(const Segments<Files>& segments, const SharedIndex<Files>& index,
                                             const SegmentReader<Files>& reader, const Dead& dead) {
  using Reader = SegmentReader<Files>;
  std::map<std::uint32_t, std::uint64_t> live;
  {
    const auto pin = segments.pin();
    Result<void> counted = index.for_each([&](std::uint64_t* place, std::uint64_t word) -> Result<void> {
      const Result<typename Reader::State> state = reader.stands_for_at(place, word);
      if (!state) {
        const bool is_known =
            state.error().code() == ErrorCode::corrupt || state.error().code() == ErrorCode::not_found;
        return is_known ? Result<void>{} : state.error();
      }
      if (state->word != word) {
        // What does not count leads to what is to be moved, or its key is.
        const std::optional<RecordView> named = reader.peek(word);
        if (named) live[RecordPlace::of(word).segment] += RecordView::size_of(named->key_size(), 0);
      }
      if (state->kind != Reader::Kind::none) {
        const RecordView& record = state->record;
        live[RecordPlace::of(state->word).segment] +=
            is_dead_record(record, dead) ? RecordView::size_of(record.key_size(), 0) : record.size();
      }
      return {};
    });
    if (!counted) return counted.error();
  }
  const Result<std::vector<std::uint32_t>> numbers = segments.numbers();
  if (!numbers) return numbers.error();
  std::vector<SegmentUse> uses;
  for (const std::uint32_t number : *numbers) {
    const Result<typename Files::File> file = segments.files().open(segments.path_of(number), FileAccess::read);
    if (!file) {
      if (file.error().code() == ErrorCode::not_found) continue;
      return file.error();
    }
    const Result<std::uint64_t> length = segments.files().size(*file);
    if (!length) return length.error();
    uses.push_back({number, live[number], *length});
  }
  return uses;
}

}  // namespace ashlar::inline v0::detail
