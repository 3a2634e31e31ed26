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
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/detail/borrowed.hpp>
#include <ashlar/store/detail/environment.hpp>
#include <ashlar/store/detail/group_flusher.hpp>
#include <ashlar/store/detail/index_builder.hpp>
#include <ashlar/store/detail/metadata.hpp>
#include <ashlar/store/detail/reserve.hpp>
#include <ashlar/store/detail/segment_compactor.hpp>
#include <ashlar/store/detail/segment_reader.hpp>
#include <ashlar/store/detail/segment_rebuild.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segment_use.hpp>
#include <ashlar/store/detail/segment_writer.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>
#include <ashlar/store/detail/siphash.hpp>
#include <ashlar/store/detail/workspace.hpp>

namespace ashlar::inline v0::detail {

/// The engine of `SegmentLog`.
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
  using Reader = SegmentReader<Files>;
  using Kind = typename Reader::Kind;
  using State = typename Reader::State;
  using Durability = typename Environment::durability_type;
  static constexpr bool synced = Durability::syncs_each_commit;
  static constexpr bool grouped = syncs_in_groups<Durability>;
  using Writer = SegmentWriter<Files, synced || grouped>;
  using Flusher = std::conditional_t<grouped, GroupFlusher<Writer, Durability>, NoFlusher<Writer>>;

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
    if constexpr (requires { environment.files.network(environment.directory); }) {
      if (const std::optional<std::string> network = environment.files.network(environment.directory)) {
        return Error{ErrorCode::unsupported, "'" + environment.directory + "' lies on a network file system (" +
                                                 *network +
                                                 "), where SegmentLog cannot share its index between hosts; take "
                                                 "FilePerKey or a local directory"};
      }
    }
    const auto lay_out = [&](const std::string& root) -> Result<void> {
      for (const char* name : {"/seg", "/index"}) {
        if (Result<void> made = environment.files.make_directory(root + name); !made) return made;
      }
      return {};
    };
    const Result<StoreMetadata> metadata =
        open_metadata(environment.files, environment.directory, environment.options, backend, lay_out, SegmentBytes);
    if (!metadata) return metadata.error();
    std::uint64_t id = 0;
    const std::string& text = metadata->id;
    const std::from_chars_result end = std::from_chars(text.data(), text.data() + text.size(), id, 16);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
      return Error{ErrorCode::corrupt, "'" + environment.directory + "/metadata.json': the id is no number"};
    }
    std::unique_ptr<SegmentLogEngine> engine{new SegmentLogEngine{
        std::move(environment), id, metadata->segment_bytes != 0 ? metadata->segment_bytes : SegmentBytes}};
    if (Result<void> opened = engine->join(); !opened) return opened.error();
    if (engine->environment_.options.mode != OpenMode::read_only) engine->reserve_.keep();
    return engine;
  }

  template <class F>
  Result<bool> read(std::string_view key, F&& f) const {
    const auto pin = segments_.pin();
    const Result<std::optional<State>> state = value_of(key, environment_.options.verify == Verify::once);
    if (!state) return state.error();
    if (!*state) return false;
    std::forward<F>(f)((*state)->record.value(), (*state)->record.sequence());
    return true;
  }

  /// As `read`; the checksum of the value is verified when this object looks at the record for the first time.
  template <class F>
  Result<bool> look(std::string_view key, F&& f) const {
    const auto pin = segments_.pin();
    const Result<std::optional<State>> state = value_of(key, true);
    if (!state) return state.error();
    if (!*state) return false;
    std::forward<F>(f)((*state)->record.value(), (*state)->record.sequence());
    return true;
  }

  Result<bool> contains(std::string_view key) const {
    return look(key, [](Bytes, std::uint64_t) {});
  }

  /// A value where it lies; it stays there as long as the pin.
  struct View {
    ReaderPins::Pin pin;
    Bytes value;
  };
  Result<std::optional<View>> view(std::string_view key) const {
    View view{segments_.pin(), {}};
    const Result<std::optional<State>> state = value_of(key, environment_.options.verify == Verify::once);
    if (!state) return state.error();
    if (!*state) return std::optional<View>{};
    view.value = (*state)->record.value();
    return std::optional<View>{std::move(view)};
  }

  Result<void> write(std::string_view key, Bytes value) { return write(key, {}, value); }

  /// Stores `head` and `body` one behind the other as the value.
  Result<void> write(std::string_view key, Bytes head, Bytes body) {
    if (Result<void> fits = check(key, head.size() + body.size()); !fits) return fits;
    RecordPlan plan{.key = key, .value = body, .value_head = head, .key_hash = hash_of_key(key).first};
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
        at += plan.size();
      }
      plans.clear();
      size = 0;
      return settle(*spot);
    };
    for (const Write& one : writes) {
      if (Result<void> fits = check(one.key, one.value.size()); !fits) return fits;
      const std::uint64_t more = RecordView::size_of(one.key.size(), one.value.size());
      if (size + more > segments_.limit() / 4) {
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
      if (!expected && state.damaged) return true;
      return state.kind == Kind::value && (!expected || state.record.sequence() == *expected);
    });
  }

  /// Reads the keys as they are at one moment, lets `f(values, next)` fill in what they shall be (nothing: no value; bytes
  /// that stay until it is called again), and stores all of it or nothing; again when another writer came in between. `f`
  /// returns false to store nothing. Says whether it was stored.
  template <class F>
  Result<bool> transact(std::span<const std::string_view> keys, F&& f) {
    if (keys.size() > 0xFFFF) return Error{ErrorCode::invalid_argument, "a transaction of more than 65535 keys"};
    if (Result<void> writable = check({}, 0); !writable) return writable.error();
    Borrowed<std::uint64_t> hashes;
    Borrowed<State> states;
    Borrowed<std::optional<Bytes>> values;
    Borrowed<std::optional<Bytes>> next;
    Borrowed<RecordPlan> plans;
    for (const std::string_view key : keys) hashes->push_back(hash_of_key(key).first);
    while (true) {
      auto pin = segments_.pin();
      if (Result<void> there = moment(keys, *hashes, true, *states, *values); !there) return there.error();
      next->assign(keys.size(), std::nullopt);
      if (!f(std::as_const(*values), *next)) return false;
      pin = {};
      plans->clear();
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const Bytes value = (*next)[i].value_or(Bytes{});
        if (Result<void> fits = check(keys[i], value.size()); !fits) return fits.error();
        plans->push_back({.key = keys[i],
                          .value = value,
                          .key_hash = (*hashes)[i],
                          .kind = (*next)[i] ? record_value : record_erased,
                          .conditional = true,
                          .previous = (*states)[i].word});
      }
      const Result<bool> done = commit(*plans, *states);
      if (!done || *done) return done;
    }
  }

  /// Calls `f(values)` with the values of all keys at one moment.
  template <class F>
  Result<void> snapshot(std::span<const std::string_view> keys, F&& f) const {
    Borrowed<std::uint64_t> hashes;
    Borrowed<State> states;
    Borrowed<std::optional<Bytes>> values;
    for (const std::string_view key : keys) hashes->push_back(hash_of_key(key).first);
    const auto pin = segments_.pin();
    if (Result<void> there = moment(keys, *hashes, false, *states, *values); !there) return there;
    f(std::as_const(*values));
    return {};
  }

  template <class OnEntry, class OnCorrupt>
  Result<void> for_each(OnEntry&& entry, OnCorrupt&& corrupt) const {
    const auto pin = segments_.pin();
    if (const std::uint64_t gaps = index_.findings().gaps; gaps != 0) {
      corrupt(CorruptEntry{segments_.directory(),
                           std::to_string(gaps) + " stretches hold no record any more; whose they were is not known"});
    }
    return index_.for_each([&](std::uint64_t* place, std::uint64_t word) -> Result<void> {
      const Result<State> state = reader_.stands_for_at(place, word);
      if (!state) {
        corrupt(CorruptEntry{reader_.where(word), state.error().what()});
        return {};
      }
      if (state->kind != Kind::value) return {};
      if (state->record.value_is_right()) {
        entry(state->record.key(), state->record.value());
      } else {
        corrupt(CorruptEntry{reader_.where(state->word), "the checksum of the value is wrong"});
      }
      return {};
    });
  }

  Result<std::uint64_t> size() const {
    const auto pin = segments_.pin();
    std::uint64_t count = 0;
    Result<void> walked = index_.for_each([&](std::uint64_t* place, std::uint64_t word) -> Result<void> {
      const Result<State> state = reader_.stands_for_at(place, word);
      count += !state || state->kind == Kind::value ? 1 : 0;
      return {};
    });
    if (!walked) return walked.error();
    return count;
  }

  Result<void> sync() {
    const auto mark = environment_.options.mode == OpenMode::read_only ? typename Writer::Spot{} : writer_.mark();
    Result<void> done = environment_.files.sync_all(environment_.directory);
    if (done) Writer::brought(mark);
    return done;
  }

  /// What this object wrote reaches the device.
  Result<void> flush() {
    if constexpr (grouped) {
      if (environment_.options.mode == OpenMode::read_only) return {};
      return flusher_.flush();
    } else if constexpr (synced) {
      return {};
    } else {
      return sync();
    }
  }

  CommitToken commit_token() {
    if constexpr (grouped) {
      if (environment_.options.mode != OpenMode::read_only) return flusher_.token();
    }
    return {};
  }
  Result<void> wait_durable(const CommitToken& token) {
    if constexpr (grouped) {
      return flusher_.wait(token);
    } else {
      return flush();
    }
  }

  /// See `SegmentCompactor`.
  template <class Dead>
  Result<CompactionReport> compact(Dead dead) {
    if (Result<void> writable = check({}, 0); !writable) return writable.error();
    return SegmentCompactor<Files, Writer, synced || grouped, Dead>{segments_, index_,   reader_,
                                                                    writer_,   reserve_, std::move(dead)}
        .run();
  }

  template <class Dead>
  Result<StoreSpace> space(Dead dead) const {
    const Result<std::vector<SegmentUse>> uses = segment_uses(segments_, index_, reader_, dead);
    if (!uses) return uses.error();
    StoreSpace space;
    for (const SegmentUse& use : *uses) {
      space.live += use.live;
      space.on_disk += use.length;
    }
    return space;
  }

  const Environment& environment() const noexcept { return environment_; }

  Result<void> write_document(const std::string& name, Bytes content) {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    const Result<std::string> fresh = workspace_->write(content, true);
    if (!fresh) return fresh.error();
    Result<void> named = environment_.files.rename(*fresh, environment_.directory + "/" + name);
    if (!named) (void)environment_.files.remove(*fresh);
    return named;
  }

  /// What was found when the index was made, by whomever.
  Findings findings() const noexcept { return index_.findings(); }

 private:
  SegmentLogEngine(Environment environment, std::uint64_t id, std::uint64_t segment_bytes)
      : environment_{std::move(environment)},
        segments_{environment_.files, environment_.directory + "/seg", id, segment_bytes,
                  environment_.options.mode != OpenMode::read_only},
        index_{environment_.files, environment_.directory + "/index", environment_.options.mode != OpenMode::read_only},
        reader_{segments_, index_},
        writer_{segments_, index_},
        reserve_{environment_.files, environment_.directory + "/reserve", segment_bytes},
        flusher_{writer_} {}

  /// Becomes one of those who use the store: takes the index that is there, or makes it when nobody else uses the store.
  ///
  /// Byte 0 of the file `lock` is held while opening, byte 1 is shared by all who use the store.
  Result<void> join() {
    const Files& files = environment_.files;
    const bool writes = environment_.options.mode != OpenMode::read_only;
    if (writes) {
      workspace_ = std::make_unique<Workspace<Files>>(files, environment_.directory + "/tmp");
      if (Result<void> opened = workspace_->open(); !opened) return opened;
      if (synced || grouped) {
        // Whoever made the store may not have come to this; what is acknowledged here must not hang on it.
        if (Result<void> done = files.sync_directory(environment_.directory); !done) return done;
      }
    }
    const std::string path = environment_.directory + "/lock";
    Result<typename Files::File> lock = files.open(path, writes ? FileAccess::create : FileAccess::read);
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    if (Result<void> used = segments_.use_lock(lock_, path); !used) return used;
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
    if (!*usable || index_.is_damaged()) {
      const Result<bool> nobody = files.try_lock(lock_, 1, FileLock::exclusive);
      if (!nobody) return nobody.error();
      if (!*nobody && !*usable) {
        return Error{ErrorCode::busy,
                     "the index of the store in '" + environment_.directory +
                         "' is gone, damaged or of another system while other processes use the store; "
                         "close them, and open it again"};
      }
      if (*nobody) {
        if (Result<void> made = rebuild(); !made) return made;
      }
    }
    if (Result<void> shared = files.lock(lock_, 1, FileLock::shared); !shared) return shared;
    return files.unlock(lock_, 0);
  }

  Result<void> rebuild() {
    if (Result<void> made = index_.create(segments_.store()); !made) return made;
    const auto pin = segments_.pin();
    IndexBuilder<Files> builder{index_, reader_};
    const auto put = [&](std::uint64_t word, std::uint64_t hash, std::uint64_t sequence) {
      return builder.add(word, hash, sequence);
    };
    const Result<RebuildReport> report = rebuild_from_segments(segments_, put);
    if (!report) return report.error();
    if (Result<void> done = builder.finish(); !done) return done;
    index_.finish(report->highest_sequence + 1, report->highest_segment + 1, *report);
    return {};
  }

  Result<void> check(std::string_view key, std::size_t value) const {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    if (key.size() > 0xFFFF) return Error{ErrorCode::invalid_argument, "a key is longer than 65535 bytes"};
    if (value > 0xFFFFFFF0U) return Error{ErrorCode::invalid_argument, "a value is longer than 4 GiB"};
    return {};
  }

  /// The key's value when it has one that passes its checksum. The caller has a pin.
  Result<std::optional<State>> value_of(std::string_view key, bool once) const {
    const Result<State> state = reader_.state_of(key, hash_of_key(key).first, false, once);
    if (!state) return state.error();
    if (state->kind != Kind::value) {
      if (state->damaged) return damage(key);
      return std::optional<State>{};
    }
    if (!reader_.value_is_right(*state, once)) return damage(key);
    return std::optional{*state};
  }

  Error damage(std::string_view key) const {
    return Error{ErrorCode::corrupt, "'" + environment_.directory + "/seg': the record of key hash " +
                                         hex(hash_of_key(key).first) + " fails its checksum"};
  }

  /// Puts an unconditional record into the index. False: it must be appended anew.
  Result<bool> publish(const RecordPlan& plan, std::uint64_t word) {
    const auto pin = segments_.pin();
    while (true) {
      const Result<State> state = reader_.state_of(plan.key, plan.key_hash, true);
      if (!state) return state.error();
      if (state->place == nullptr) {
        if (Result<void> grown = index_.grow(); !grown) return grown.error();
        continue;
      }
      if (state->sequence >= plan.sequence) {
        // Another writer was faster, or the counter lost a bit.
        index_.raise_sequence(state->sequence);
        return false;
      }
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
    if (Result<void> fits = check(key, value.size()); !fits) return fits.error();
    const std::uint64_t hash = hash_of_key(key).first;
    while (true) {
      auto pin = segments_.pin();
      Result<State> state = reader_.state_of(key, hash, true);
      if (!state) return state.error();
      if (!wanted(*state)) return false;
      pin = {};  // what is compared from here on is words
      RecordPlan plan{
          .key = key, .value = value, .key_hash = hash, .kind = kind, .conditional = true, .previous = state->word};
      const Result<bool> done = commit({&plan, 1}, {&*state, 1});
      if (!done || *done) return done;
    }
  }

  /// Appends the records undecided, puts each into the index in place of what was compared, and decides them. False:
  /// another writer came in between, and nothing was stored.
  Result<bool> commit(std::span<RecordPlan> plans, std::span<const State> states) {
    const auto append = [&] { return writer_.append(plans, true); };
    const bool frees = std::ranges::all_of(plans, [](const RecordPlan& plan) { return plan.kind == record_erased; });
    const Result<typename Writer::Spot> spot = frees ? reserve_.spend_on(append) : append();
    if (!spot) return spot.error();
    const auto decision = Segments<Files>::commit_word(*spot->open->segment, spot->offset);
    const auto give_up = [&] {
      std::uint64_t undecided = 0;
      decision.compare_exchange_strong(undecided, commit_no, std::memory_order_acq_rel);
    };
    std::uint64_t at = spot->offset;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      if (states[i].sequence >= plans[i].sequence) {
        // The counter lost a bit.
        index_.raise_sequence(states[i].sequence);
        give_up();
        return false;
      }
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
      at += plans[i].size();
    }
    std::uint64_t undecided = 0;
    // The one moment at which all of it takes place, for readers now and for a rebuild later.
    if (!decision.compare_exchange_strong(undecided, commit_yes, std::memory_order_acq_rel)) return false;
    if (Result<void> durable = settle(*spot); !durable) return durable.error();
    return true;
  }

  /// The states and values of all keys at one moment: collected twice, and the same both times. What a word in the index
  /// stands for changes only with the word, once its group is decided.
  Result<void> moment(std::span<const std::string_view> keys, std::span<const std::uint64_t> hashes, bool decided,
                      std::vector<State>& states, std::vector<std::optional<Bytes>>& values) const {
    for (bool same = false; !same;) {
      states.clear();
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const Result<State> state = reader_.state_of(keys[i], hashes[i], decided);
        if (!state) return state.error();
        states.push_back(*state);
      }
      same = true;
      for (std::size_t i = 0; i < keys.size() && same; ++i) {
        const State& first = states[i];
        if (first.place != nullptr && !first.undecided) {
          same = typename Index::Word{*first.place}.load(std::memory_order_acquire) == first.place_word;
        } else {
          const Result<State> again = reader_.state_of(keys[i], hashes[i], false);
          if (!again) return again.error();
          same = again->word == first.word;
        }
      }
    }
    values.clear();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const State& state = states[i];
      if (state.damaged || (state.kind == Kind::value && !state.record.value_is_right())) return damage(keys[i]);
      values.push_back(state.kind == Kind::value ? std::optional{state.record.value()} : std::nullopt);
    }
    return {};
  }

  Result<void> settle(const typename Writer::Spot& spot) {
    if constexpr (synced) {
      return writer_.sync(spot);
    } else if constexpr (grouped) {
      return flusher_.note(spot);
    } else {
      return {};
    }
  }

  Environment environment_;
  typename Files::File lock_;
  Segments<Files> segments_;
  Index index_;
  Reader reader_;
  Writer writer_;
  Reserve<Files> reserve_;
  Flusher flusher_;
  std::unique_ptr<Workspace<Files>> workspace_;
};

}  // namespace ashlar::inline v0::detail
