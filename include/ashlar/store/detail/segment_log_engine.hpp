// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/detail/environment.hpp>
#include <ashlar/store/detail/metadata.hpp>
#include <ashlar/store/detail/segment_rebuild.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segment_writer.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/detail/siphash.hpp>
#include <ashlar/store/detail/workspace.hpp>

namespace ashlar::inline v0::detail {

/// The engine of `SegmentLog`.
///
/// What a key's word in the index stands for: a record that counts by itself, or one whose group is decided to count,
/// stands for itself; one whose group is undecided or decided not to count stands for the record it was to replace. The
/// sequence numbers of what a word stands for only ever rise.
///
/// An unconditional write appends its record and puts it into the index, unless what is there is later. If that was itself
/// unconditional, the write took place just before it and is done; if it was conditional, the write cannot have taken
/// place before a comparison that did not see it, and is appended anew. A conditional write appends its record undecided,
/// puts it into the index in place of exactly what it compared, and decides it by one compare-and-swap of the commit word,
/// which is also what a rebuild goes by. Whoever finds an undecided record in its way decides it to no.
template <class Environment, std::uint64_t SegmentBytes>
class SegmentLogEngine {
  using Files = typename Environment::files_type;
  static_assert(mapping_file_system<Files>,
                "[ashlar] SegmentLog: the file system cannot map files; look at explain_mapping_file_system<Mine>()");
  using Bytes = std::span<const std::byte>;
  using Index = SharedIndex<Files>;
  using Segment = typename Segments<Files>::Segment;
  using Writer = SegmentWriter<Files, Environment::durability_type::syncs_each_commit>;
  static constexpr bool synced = Environment::durability_type::syncs_each_commit;

 public:
  struct Write {
    std::string_view key;
    Bytes value;
  };

  static Result<std::unique_ptr<SegmentLogEngine>> open(Environment environment, std::string_view backend) {
    if (!environment.options.directories.empty()) {
      return Error{ErrorCode::invalid_argument,
                   "SegmentLog keeps its segments in the store's directory; leave StoreOptions::directories empty"};
    }
    const auto lay_out = [&](const std::string& root) -> Result<void> {
      for (const char* name : {"/seg", "/index"}) {
        if (Result<void> made = environment.files.make_directory(root + name); !made) return made;
      }
      return {};
    };
    const Result<StoreMetadata> metadata =
        open_metadata(environment.files, environment.directory, environment.options, backend, lay_out);
    if (!metadata) return metadata.error();
    std::uint64_t id = 0;
    const std::string& text = metadata->id;
    const std::from_chars_result end = std::from_chars(text.data(), text.data() + text.size(), id, 16);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
      return Error{ErrorCode::corrupt, "'" + environment.directory + "/metadata.json': the id is no number"};
    }
    std::unique_ptr<SegmentLogEngine> engine{new SegmentLogEngine{std::move(environment), id}};
    if (Result<void> opened = engine->join(); !opened) return opened.error();
    return engine;
  }

  template <class F>
  Result<bool> read(std::string_view key, F&& f) const {
    const Result<State> state = state_of(key, hash_of_key(key).first, false);
    if (!state) return state.error();
    if (state->kind != Kind::value) {
      if (state->damaged) return damage(key);
      return false;
    }
    if (!state->record.value_is_right()) return damage(key);
    std::forward<F>(f)(state->record.value(), state->record.sequence());
    return true;
  }

  Result<bool> contains(std::string_view key) const {
    return read(key, [](Bytes, std::uint64_t) {});
  }

  Result<void> write(std::string_view key, Bytes value) {
    if (Result<void> fits = check(key, value); !fits) return fits;
    RecordPlan plan{.key = key, .value = value, .key_hash = hash_of_key(key).first};
    while (true) {
      const Result<typename Writer::Spot> spot = writer_.append({&plan, 1}, false);
      if (!spot) return spot.error();
      const Result<bool> done = publish(plan, RecordPlace{spot->open->number, spot->offset}.word(plan.key_hash));
      if (!done) return done.error();
      if (*done) return settle(*spot);
      plan.sequence = 0;
    }
  }

  /// One append and one sync for as many records as a segment takes.
  Result<void> write_many(std::span<const Write> writes) {
    std::vector<RecordPlan> plans;
    std::uint64_t size = 0;
    const auto flush = [&]() -> Result<void> {
      if (plans.empty()) return {};
      const Result<typename Writer::Spot> spot = writer_.append(plans, false);
      if (!spot) return spot.error();
      std::uint64_t at = spot->offset;
      for (const RecordPlan& plan : plans) {
        const Result<bool> done = publish(plan, RecordPlace{spot->open->number, at}.word(plan.key_hash));
        if (!done) return done.error();
        if (!*done) {
          if (Result<void> again = write(plan.key, plan.value); !again) return again;
        }
        at += RecordView::size_of(plan.key.size(), plan.value.size());
      }
      plans.clear();
      size = 0;
      return settle(*spot);
    };
    for (const Write& one : writes) {
      if (Result<void> fits = check(one.key, one.value); !fits) return fits;
      const std::uint64_t more = RecordView::size_of(one.key.size(), one.value.size());
      if (size + more > SegmentBytes / 4) {
        if (Result<void> done = flush(); !done) return done;
      }
      plans.push_back({.key = one.key, .value = one.value, .key_hash = hash_of_key(one.key).first});
      size += more;
    }
    return flush();
  }

  Result<bool> insert(std::string_view key, Bytes value) {
    return change(key, value, record_value,
                  [](const State& state) { return state.kind != Kind::value || !state.record.value_is_right(); });
  }

  Result<bool> replace(std::string_view key, std::uint64_t expected, Bytes value) {
    return change(key, value, record_value,
                  [=](const State& state) { return state.kind == Kind::value && state.record.sequence() == expected; });
  }

  Result<bool> erase(std::string_view key, std::optional<std::uint64_t> expected = {}) {
    return change(key, {}, record_erased, [=](const State& state) {
      return state.kind == Kind::value && (!expected || state.record.sequence() == *expected);
    });
  }

  /// Reads the keys as they are at one moment, lets `f(values, next)` fill in what they shall be (nothing: no value),
  /// and stores all of it or nothing; again when another writer came in
  /// between. `f` returns false to store nothing. Says whether it was stored.
  template <class F>
  Result<bool> transact(std::span<const std::string_view> keys, F&& f) {
    if (keys.size() > 0xFFFF) return Error{ErrorCode::invalid_argument, "a transaction of more than 65535 keys"};
    if (Result<void> writable = check({}, {}); !writable) return writable.error();
    while (true) {
      Result<std::vector<State>> states = moment(keys, true);
      if (!states) return states.error();
      std::vector<std::optional<Bytes>> values;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const State& state = (*states)[i];
        if (state.damaged || (state.kind == Kind::value && !state.record.value_is_right())) return damage(keys[i]);
        values.push_back(state.kind == Kind::value ? std::optional{state.record.value()} : std::nullopt);
      }
      std::vector<std::optional<std::vector<std::byte>>> next(keys.size());
      if (!f(std::as_const(values), next)) return false;
      std::vector<RecordPlan> plans;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const Bytes value = next[i] ? Bytes{*next[i]} : Bytes{};
        if (Result<void> fits = check(keys[i], value); !fits) return fits.error();
        plans.push_back({.key = keys[i],
                         .value = value,
                         .key_hash = hash_of_key(keys[i]).first,
                         .kind = next[i] ? record_value : record_erased,
                         .conditional = true,
                         .previous = (*states)[i].word});
      }
      const Result<bool> done = commit(plans, *states);
      if (!done || *done) return done;
    }
  }

  /// Calls `f(values)` with the values of all keys at one moment.
  template <class F>
  Result<void> snapshot(std::span<const std::string_view> keys, F&& f) const {
    const Result<std::vector<State>> states = moment(keys, false);
    if (!states) return states.error();
    std::vector<std::optional<Bytes>> values;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const State& state = (*states)[i];
      if (state.damaged || (state.kind == Kind::value && !state.record.value_is_right())) return damage(keys[i]);
      values.push_back(state.kind == Kind::value ? std::optional{state.record.value()} : std::nullopt);
    }
    f(std::as_const(values));
    return {};
  }

  template <class OnEntry, class OnCorrupt>
  Result<void> for_each(OnEntry&& entry, OnCorrupt&& corrupt) const {
    return index_.for_each([&](std::uint64_t*, std::uint64_t word) -> Result<void> {
      const Result<State> state = stands_for(word);
      if (!state) {
        corrupt(CorruptEntry{where(word), state.error().what()});
        return {};
      }
      if (state->kind != Kind::value) return {};
      if (state->record.value_is_right()) {
        entry(state->record.key(), state->record.value());
      } else {
        corrupt(CorruptEntry{where(state->word), "the checksum of the value is wrong"});
      }
      return {};
    });
  }

  Result<std::uint64_t> size() const {
    std::uint64_t count = 0;
    Result<void> walked = index_.for_each([&](std::uint64_t*, std::uint64_t word) -> Result<void> {
      const Result<State> state = stands_for(word);
      count += !state || state->kind == Kind::value ? 1 : 0;
      return {};
    });
    if (!walked) return walked.error();
    return count;
  }

  Result<void> sync() { return environment_.files.sync_all(environment_.directory); }

  Result<void> write_document(const std::string& name, Bytes content) {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    const Result<std::string> fresh = workspace_->write(content, true);
    if (!fresh) return fresh.error();
    Result<void> named = environment_.files.rename(*fresh, environment_.directory + "/" + name);
    if (!named) (void)environment_.files.remove(*fresh);
    return named;
  }

  /// What could not be read any more when the index was made anew, as far as the device is known to have had it.
  std::uint64_t damaged() const noexcept { return rebuilt_.damaged + rebuilt_.gaps; }

 private:
  enum class Kind : std::uint8_t { none, erased, value };

  /// What a key's word stands for.
  struct State {
    Kind kind = Kind::none;
    RecordView record;
    std::uint64_t place_word = 0;          // the word in the index
    std::uint64_t word = 0;                // of the record it stands for
    std::uint64_t* place = nullptr;        // in the index; null when the path has no room
    std::optional<RecordPlace> undecided;  // the group that is not decided yet
    bool damaged = false;                  // a record on the path is damaged and may have been this key's
  };

  SegmentLogEngine(Environment environment, std::uint64_t id)
      : environment_{std::move(environment)},
        segments_{environment_.files, environment_.directory + "/seg", id, SegmentBytes,
                  environment_.options.mode != OpenMode::read_only},
        index_{environment_.files, environment_.directory + "/index", environment_.options.mode != OpenMode::read_only},
        writer_{segments_, index_} {}

  /// Becomes one of those who use the store: takes the index that is there, or makes it when nobody else uses the store.
  ///
  /// Byte 0 of the file `lock` is held while opening, byte 1 is shared by all who use the store.
  Result<void> join() {
    const Files& files = environment_.files;
    const bool writes = environment_.options.mode != OpenMode::read_only;
    if (writes) {
      workspace_ = std::make_unique<Workspace<Files>>(files, environment_.directory + "/tmp");
      if (Result<void> opened = workspace_->open(); !opened) return opened;
      if (synced) {
        // Whoever made the store may not have come to this; what is acknowledged here must not hang on it.
        if (Result<void> done = files.sync_directory(environment_.directory); !done) return done;
      }
    }
    const std::string path = environment_.directory + "/lock";
    Result<typename Files::File> lock = files.open(path, writes ? FileAccess::create : FileAccess::read);
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    if (!writes) {
      if (Result<void> shared = files.lock(lock_, 1, FileLock::shared); !shared) return shared;
      const Result<bool> usable = index_.open(segments_.store());
      if (!usable) return usable.error();
      if (*usable) return {};
      return Error{ErrorCode::unsupported, "the store in '" + environment_.directory +
                                               "' has no index of this run of the system; open it once for writing, "
                                               "which makes one"};
    }
    if (Result<void> alone = files.lock(lock_, 0, FileLock::exclusive); !alone) return alone;
    Result<bool> usable = index_.open(segments_.store());
    if (!usable) return usable.error();
    if (!*usable) {
      const Result<bool> nobody = files.try_lock(lock_, 1, FileLock::exclusive);
      if (!nobody) return nobody.error();
      if (!*nobody) {
        return Error{ErrorCode::busy,
                     "the index of the store in '" + environment_.directory +
                         "' is gone, damaged or of another system while other processes use the store; "
                         "close them, and open it again"};
      }
      if (Result<void> made = rebuild(); !made) return made;
    }
    if (Result<void> shared = files.lock(lock_, 1, FileLock::shared); !shared) return shared;
    return files.unlock(lock_, 0);
  }

  Result<void> rebuild() {
    if (Result<void> made = index_.create(segments_.store()); !made) return made;
    Result<RebuildReport> report = rebuild_from_segments(
        segments_, [&](std::uint64_t word, const RecordView& record) { return put_in_index(word, record); });
    if (!report) return report.error();
    index_.finish(report->highest_sequence + 1, report->highest_segment + 1);
    rebuilt_ = *report;
    return {};
  }

  /// While making the index: the record with the highest sequence number of each key.
  Result<void> put_in_index(std::uint64_t word, const RecordView& record) {
    while (true) {
      std::uint64_t known = 0;
      const Result<std::uint64_t*> place = walk(record.key(), record.key_hash(), known, nullptr);
      if (!place) return place.error();
      if (*place == nullptr) {
        if (Result<void> grown = index_.grow(); !grown) return grown;
        continue;
      }
      if (known != 0) {
        const Result<RecordView> there = record_at(known);
        if (!there) return there.error();
        if (there->sequence() >= record.sequence()) return {};
      }
      typename Index::Word{**place}.store(word, std::memory_order_release);
      return {};
    }
  }

  Result<void> check(std::string_view key, Bytes value) const {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    if (key.size() > 0xFFFF) return Error{ErrorCode::invalid_argument, "a key is longer than 65535 bytes"};
    if (value.size() > 0xFFFFFFF0U) return Error{ErrorCode::invalid_argument, "a value is longer than 4 GiB"};
    return {};
  }

  Error damage(std::string_view key) const {
    return Error{ErrorCode::corrupt, "'" + environment_.directory + "/seg': the record of key hash " +
                                         hex(hash_of_key(key).first) + " fails its checksum"};
  }

  std::string where(std::uint64_t word) const {
    const RecordPlace place = RecordPlace::of(word);
    return segments_.path_of(place.segment) + " at " + std::to_string(place.offset);
  }

  /// The record of a word, its header verified.
  Result<RecordView> record_at(std::uint64_t word) const {
    const RecordPlace place = RecordPlace::of(word);
    const Result<const Segment*> segment = segments_.get(place.segment);
    if (!segment) return segment.error();
    const std::uint64_t room = (*segment)->memory.size();
    if (place.offset + record_header_size > room) return Error{ErrorCode::corrupt, "a place behind the segment's end"};
    const RecordView record{(*segment)->at(place.offset)};
    if (!record.header_is_right((*segment)->salt, place.offset, room - place.offset)) {
      return Error{ErrorCode::corrupt, "the checksum of the record is wrong"};
    }
    return record;
  }

  /// The place of the key in the index, with its word (0: none yet), or null when its path is full.
  Result<std::uint64_t*> walk(std::string_view key, std::uint64_t hash, std::uint64_t& word, bool* damaged) const {
    word = 0;
    return index_.walk(hash, [&](std::uint64_t*, std::uint64_t seen) -> Result<bool> {
      if (!RecordPlace::same_tag(seen, hash)) return false;
      const Result<RecordView> record = record_at(seen);
      if (!record) {
        if (record.error().code() != ErrorCode::corrupt && record.error().code() != ErrorCode::not_found) {
          return record.error();
        }
        // It may have been this key's. The search goes on: the key may have been written again since.
        if (damaged != nullptr) *damaged = true;
        return false;
      }
      if (record->key_hash() != hash || record->key() != key) return false;
      word = seen;
      return true;
    });
  }

  Result<State> stands_for(std::uint64_t word) const {
    State state;
    state.place_word = word;
    const Result<RecordView> record = record_at(word);
    if (!record) return record.error();
    RecordView meant = *record;
    std::uint64_t meant_word = word;
    if (record->group() != 0) {
      const RecordPlace place = RecordPlace::of(word);
      const Result<const Segment*> segment = segments_.get(place.segment);
      if (!segment) return segment.error();
      // Acquire: pairs with the release of the decision.
      const std::uint64_t decision =
          Segments<Files>::commit_word(**segment, record->group()).load(std::memory_order_acquire);
      if (decision != commit_yes) {
        if (decision != commit_no && decision != 0) {
          return Error{ErrorCode::corrupt, "the commit word of the record is damaged"};
        }
        if (decision == 0) state.undecided = RecordPlace{place.segment, record->group()};
        meant_word = record->previous();
        if (meant_word == 0) return state;
        const Result<RecordView> before = record_at(meant_word);
        if (!before) return before.error();
        meant = *before;
      }
    }
    state.word = meant_word;
    state.record = meant;
    state.kind = meant.kind() == record_value ? Kind::value : Kind::erased;
    return state;
  }

  /// What the key has. With `decided`, a record that is undecided is waited for, and decided to no when that takes long.
  Result<State> state_of(std::string_view key, std::uint64_t hash, bool decided) const {
    for (int tries = 0;; ++tries) {
      std::uint64_t word = 0;
      bool damaged = false;
      const Result<std::uint64_t*> place = walk(key, hash, word, &damaged);
      if (!place) return place.error();
      State state;
      if (word != 0) {
        Result<State> there = stands_for(word);
        if (!there) return there.error();
        state = *there;
        if (decided && state.undecided) {
          hold_up(*state.undecided, tries);
          continue;
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
    const Result<const Segment*> segment = segments_.get(group.segment);
    if (!segment) return;
    std::uint64_t undecided = 0;
    Segments<Files>::commit_word(**segment, group.offset)
        .compare_exchange_strong(undecided, commit_no, std::memory_order_acq_rel);
  }

  /// Puts an unconditional record into the index. False: it must be appended anew.
  Result<bool> publish(const RecordPlan& plan, std::uint64_t word) {
    while (true) {
      const Result<State> state = state_of(plan.key, plan.key_hash, true);
      if (!state) return state.error();
      if (state->place == nullptr) {
        if (Result<void> grown = index_.grow(); !grown) return grown.error();
        continue;
      }
      if (state->kind != Kind::none && state->record.sequence() > plan.sequence) return !state->record.conditional();
      std::uint64_t expected = state->place_word;
      // Release: whoever finds the word finds the record whole.
      if (typename Index::Word{*state->place}.compare_exchange_strong(expected, word, std::memory_order_acq_rel)) {
        return true;
      }
    }
  }

  /// A conditional write of one key: done when `wanted(state)`. Says whether it was.
  template <class Wanted>
  Result<bool> change(std::string_view key, Bytes value, std::uint8_t kind, Wanted&& wanted) {
    if (Result<void> fits = check(key, value); !fits) return fits.error();
    const std::uint64_t hash = hash_of_key(key).first;
    while (true) {
      Result<State> state = state_of(key, hash, true);
      if (!state) return state.error();
      if (!wanted(*state)) return false;
      RecordPlan plan{
          .key = key, .value = value, .key_hash = hash, .kind = kind, .conditional = true, .previous = state->word};
      const Result<bool> done = commit({&plan, 1}, {&*state, 1});
      if (!done || *done) return done;
    }
  }

  /// Appends the records undecided, puts each into the index in place of what was compared, and decides them. False:
  /// another writer came in between, and nothing was stored.
  Result<bool> commit(std::span<RecordPlan> plans, std::span<const State> states) {
    const Result<typename Writer::Spot> spot = writer_.append(plans, true);
    if (!spot) return spot.error();
    const auto decision = Segments<Files>::commit_word(*spot->open->segment, spot->offset);
    const auto give_up = [&] {
      std::uint64_t undecided = 0;
      decision.compare_exchange_strong(undecided, commit_no, std::memory_order_acq_rel);
    };
    std::uint64_t at = spot->offset;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      if (states[i].place == nullptr) {
        give_up();
        if (Result<void> grown = index_.grow(); !grown) return grown.error();
        return false;
      }
      const std::uint64_t word = RecordPlace{spot->open->number, at}.word(plans[i].key_hash);
      std::uint64_t expected = states[i].place_word;
      if (!typename Index::Word{*states[i].place}.compare_exchange_strong(expected, word, std::memory_order_acq_rel)) {
        give_up();
        return false;
      }
      at += RecordView::size_of(plans[i].key.size(), plans[i].value.size());
    }
    std::uint64_t undecided = 0;
    // The one moment at which all of it takes place, for readers now and for a rebuild later.
    if (!decision.compare_exchange_strong(undecided, commit_yes, std::memory_order_acq_rel)) return false;
    if (Result<void> durable = settle(*spot); !durable) return durable.error();
    return true;
  }

  /// The states of all keys at one moment: collected twice, and the same both times.
  Result<std::vector<State>> moment(std::span<const std::string_view> keys, bool decided) const {
    std::vector<State> states(keys.size());
    std::vector<std::uint64_t> hashes;
    for (const std::string_view key : keys) hashes.push_back(hash_of_key(key).first);
    while (true) {
      for (std::size_t i = 0; i < keys.size(); ++i) {
        Result<State> state = state_of(keys[i], hashes[i], decided);
        if (!state) return state.error();
        states[i] = *state;
      }
      bool same = true;
      for (std::size_t i = 0; i < keys.size() && same; ++i) {
        const Result<State> again = state_of(keys[i], hashes[i], false);
        if (!again) return again.error();
        same = again->word == states[i].word;
      }
      if (same) return states;
    }
  }

  Result<void> settle(const typename Writer::Spot& spot) {
    if constexpr (synced) {
      return writer_.sync(spot);
    } else {
      return {};
    }
  }

  Environment environment_;
  typename Files::File lock_;
  Segments<Files> segments_;
  Index index_;
  Writer writer_;
  std::unique_ptr<Workspace<Files>> workspace_;
  RebuildReport rebuilt_;
};

}  // namespace ashlar::inline v0::detail
