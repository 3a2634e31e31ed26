// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>

namespace ashlar::inline v0::detail {

/// Finds keys in a segment log.
///
/// What a key's word in the index stands for: a record that counts by itself, or one whose group is decided to count,
/// stands for itself; one whose group is undecided or decided not to count stands for the record it was to replace. The
/// sequence numbers of what a word stands for only ever rise.
template <mapping_file_system Files>
class SegmentReader {
 public:
  SegmentReader(const Segments<Files>& segments, const SharedIndex<Files>& index)
      : segments_{segments}, index_{index} {}

  using Segment = typename Segments<Files>::Segment;
  enum class Kind : std::uint8_t { none, erased, value };

  /// A record and the segment it lies in.
  struct Located {
    RecordView record;
    const Segment* segment = nullptr;
  };

  /// What a key's word stands for.
  struct State {
    Kind kind = Kind::none;
    RecordView record;
    const Segment* segment = nullptr;      // of the record
    std::uint64_t place_word = 0;          // the word in the index
    std::uint64_t word = 0;                // of the record it stands for
    std::uint64_t sequence = 0;            // of that record
    std::uint64_t* place = nullptr;        // in the index; null when the path has no room
    std::optional<RecordPlace> undecided;  // the group that is not decided yet
    bool damaged = false;                  // a record on the path is damaged and may have been this key's
  };

  /// A place in words.
  std::string where(std::uint64_t word) const {
    const RecordPlace place = RecordPlace::of(word);
    return segments_.path_of(place.segment) + " at " + std::to_string(place.offset);
  }

  /// Whether the value of the record that a state stands for passes its checksum. With `once`, it is computed for the
  /// first time only since the segment was mapped.
  static bool value_is_right(const State& state, bool once) {
    if (!once) return state.record.value_is_right();
    const std::uint64_t offset = RecordPlace::of(state.word).offset;
    if (state.segment->verified(offset)) return true;
    if (!state.record.value_is_right()) return false;
    state.segment->set_verified(offset);
    return true;
  }

  /// The record of a word where its header fits into the segment; nothing is verified, its lengths neither.
  std::optional<RecordView> header_at(std::uint64_t word) const {
    const RecordPlace place = RecordPlace::of(word);
    const Result<const Segment*> segment = segments_.get(place.segment);
    if (!segment || place.offset + record_header_size > (*segment)->room()) return std::nullopt;
    return RecordView{(*segment)->at(place.offset)};
  }

  /// As `header_at`, where its lengths fit too.
  std::optional<RecordView> peek(std::uint64_t word) const {
    const RecordPlace place = RecordPlace::of(word);
    const Result<const Segment*> segment = segments_.get(place.segment);
    if (!segment) return std::nullopt;
    const std::uint64_t room = (*segment)->room();
    if (place.offset + record_header_size > room) return std::nullopt;
    const RecordView record{(*segment)->at(place.offset)};
    return record.size() <= room - place.offset ? std::optional{record} : std::nullopt;
  }

  /// The record of a word, its header verified; with `once`, the hash of a key, unless it is of that key and passed its
  /// checksums before.
  Result<Located> record_at(std::uint64_t word, std::optional<std::uint64_t> once = std::nullopt) const {
    if (RecordPlace::is_odd(word)) {
      // It would name another record, maybe an older one of the same key.
      index_.note_damage();
      return Error{ErrorCode::corrupt, "the word in the index has a wrong bit"};
    }
    const RecordPlace place = RecordPlace::of(word);
    const Result<const Segment*> segment = segments_.get(place.segment);
    if (!segment) return segment.error();
    if (place.offset + record_header_size <= (*segment)->room()) {
      const std::byte* const at = (*segment)->at(place.offset);
      // The value is not waited for after the header, which alone does not tell the machine what comes next.
      for (int line = 1; line < 4; ++line) __builtin_prefetch(at + 64 * line);
      // A word with a wrong bit may name a place near the record that passed.
      const RecordView record{at};
      if (once && (*segment)->verified(place.offset) && record.key_hash() == *once) return Located{record, *segment};
    }
    for (bool measured = false;; measured = true) {
      const std::uint64_t room = (*segment)->room();
      if (place.offset + record_header_size <= room) {
        const RecordView record{(*segment)->at(place.offset)};
        if (record.header_is_right((*segment)->salt, place.offset, room - place.offset)) {
          return Located{record, *segment};
        }
        if (record.size() <= room - place.offset) {
          return Error{ErrorCode::corrupt, "the checksum of the record is wrong"};
        }
      }
      if (measured) return Error{ErrorCode::corrupt, "the record ends behind its segment's end"};
      if (Result<void> done = segments_.measure(place.segment, **segment); !done) return done.error();
    }
  }

  /// The place of the key in the index, with its word (0: none yet) and that word's record, or null when its path is full.
  Result<std::uint64_t*> walk(std::string_view key, std::uint64_t hash, bool once, std::uint64_t& word,
                              Located& located, bool& damaged) const {
    word = 0;
    const Result<std::uint64_t*> place = index_.walk(hash, [&](std::uint64_t* at, std::uint64_t seen) -> Result<bool> {
      while (RecordPlace::same_tag(seen, hash)) {
        const Result<Located> there = record_at(seen, once ? std::optional{hash} : std::nullopt);
        if (!there) {
          if (moved(there.error(), at, seen)) continue;
          if (there.error().code() != ErrorCode::corrupt && there.error().code() != ErrorCode::not_found) {
            return there.error();
          }
          // It may have been this key's. The search goes on: the key may have been written again since.
          damaged = true;
          return false;
        }
        if (there->record.key_hash() != hash || there->record.key() != key) return false;
        word = seen;
        located = *there;
        // What was damaged on the way is another key's, or older.
        damaged = false;
        return true;
      }
      return false;
    });
    // A word with a wrong bit may have been this key's, or hides that a record is another one's.
    if (place && word == 0 && !damaged && !index_.path_is_right(hash)) damaged = true;
    return place;
  }

  /// Whether the segment is gone because a compaction moved the record meanwhile: then `word` becomes what the place
  /// has now.
  static bool moved(const Error& error, std::uint64_t* place, std::uint64_t& word) {
    if (error.code() != ErrorCode::not_found) return false;
    const std::uint64_t now = typename SharedIndex<Files>::Word{*place}.load(std::memory_order_acquire);
    return now != std::exchange(word, now);
  }

  /// What the word at a place stands for, as of now. `word` becomes the one that was looked at.
  Result<State> stands_for_at(std::uint64_t* place, std::uint64_t& word) const {
    while (true) {
      const Result<Located> there = record_at(word);
      Result<State> state = there ? stands_for(word, *there, false) : Result<State>{there.error()};
      if (state || !moved(state.error(), place, word)) return state;
    }
  }

  /// What a word stands for whose record is there.
  Result<State> stands_for(std::uint64_t word, const Located& there, bool once) const {
    State state;
    state.place_word = word;
    Located meant = there;
    std::uint64_t meant_word = word;
    const std::uint64_t group = there.record.group();
    if (group != 0) {
      const RecordPlace place = RecordPlace::of(word);
      if (group > place.offset || group % 8 != 0) {
        return Error{ErrorCode::corrupt, "the record's group lies behind it"};
      }
      // Acquire: pairs with the release of the decision.
      const Decision decision =
          decision_of(Segments<Files>::commit_word(*there.segment, group).load(std::memory_order_acquire));
      if (decision == Decision::damaged) {
        return Error{ErrorCode::corrupt, "the commit word of the record is damaged"};
      }
      if (decision != Decision::yes) {
        if (decision == Decision::undecided) state.undecided = RecordPlace{place.segment, group};
        meant_word = there.record.previous();
        if (meant_word == 0) return state;
        const Result<Located> before =
            record_at(meant_word, once ? std::optional{there.record.key_hash()} : std::nullopt);
        if (!before) {
          // What a group replaced may go as soon as the group counts.
          if (state.undecided && !is_undecided(word, there)) return stands_for(word, there, once);
          return before.error();
        }
        if (before->record.key_hash() != there.record.key_hash() || before->record.key() != there.record.key()) {
          return Error{ErrorCode::corrupt, "what the record was to replace is another key's"};
        }
        meant = *before;
      }
    }
    state.word = meant_word;
    state.record = meant.record;
    state.segment = meant.segment;
    state.sequence = meant.record.sequence();
    state.kind = meant.record.kind() == record_value ? Kind::value : Kind::erased;
    return state;
  }

  /// Whether the record of a word is in a group that is not decided yet.
  static bool is_undecided(std::uint64_t word, const Located& there) {
    const std::uint64_t group = there.record.group();
    if (group == 0 || group > RecordPlace::of(word).offset || group % 8 != 0) return false;
    // Acquire: pairs with the release of the decision.
    const std::uint64_t commit = Segments<Files>::commit_word(*there.segment, group).load(std::memory_order_acquire);
    return decision_of(commit) == Decision::undecided;
  }

  /// What the key has. With `decided`, a record that is undecided is waited for, and decided to no when that takes long.
  /// With `once`, headers of records that passed their checksums before are not verified again.
  Result<State> state_of(std::string_view key, std::uint64_t hash, bool decided, bool once = false) const {
    for (int tries = 0;; ++tries) {
      std::uint64_t word = 0;
      Located located;
      bool damaged = false;
      const Result<std::uint64_t*> place = walk(key, hash, once, word, located, damaged);
      if (!place) return place.error();
      State state;
      if (word != 0) {
        const Result<State> there = stands_for(word, located, once);
        if (there) {
          state = *there;
          if (decided && state.undecided) {
            hold_up(*state.undecided, tries);
            continue;
          }
        } else {
          if (moved(there.error(), *place, word)) continue;
          if (there.error().code() != ErrorCode::corrupt && there.error().code() != ErrorCode::not_found) {
            return there.error();
          }
          if (decided && is_undecided(word, located)) {
            hold_up({RecordPlace::of(word).segment, located.record.group()}, tries);
            continue;
          }
          // Readers are told; whoever writes the key or erases it does so in place of this word.
          state.place_word = word;
          damaged = true;
        }
      }
      state.place = *place;
      state.damaged = damaged;
      return state;
    }
  }

  /// The owner of the group may be about to decide it, or dead.
  void hold_up(const RecordPlace& group, int tries) const {
    if (tries < 64) {
      if (tries > 16) std::this_thread::yield();
      return;
    }
    const Result<const typename Segments<Files>::Segment*> segment = segments_.get(group.segment);
    if (!segment) return;
    std::uint64_t undecided = 0;
    Segments<Files>::commit_word(**segment, group.offset)
        .compare_exchange_strong(undecided, commit_no, std::memory_order_acq_rel);
  }

 private:
  const Segments<Files>& segments_;
  const SharedIndex<Files>& index_;
};

}  // namespace ashlar::inline v0::detail
