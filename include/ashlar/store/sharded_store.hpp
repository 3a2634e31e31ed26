// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/codec/value_codec.hpp>
#include <ashlar/core/json/writer.hpp>
#include <ashlar/core/result.hpp>
#include <ashlar/simd/glob.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/borrowed.hpp>
#include <ashlar/store/detail/envelope.hpp>
#include <ashlar/store/detail/environment.hpp>
#include <ashlar/store/detail/metadata.hpp>
#include <ashlar/store/detail/plain_value.hpp>
#include <ashlar/store/detail/policies.hpp>
#include <ashlar/store/detail/stored_key.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0 {

/// One record per key, kept by any number of threads and processes at once, with no common file to lock or rewrite.
///
/// `Options…`, in any order, each recognised by its concept: a backend (`FilePerKey`, `SegmentLog`, `InMemory`), a durability
/// (`NoSync`, `SyncEachCommit`, `GroupCommit`), a compression (`NoCompression`), a serializer (`Binary`), a sharding (`ByHash`), a file
/// system (`PosixFiles`) and a clock (`std::chrono::system_clock`, for expiry); the first of each list is the default but
/// for the compression and those that have one choice.
///
/// A missing key is an empty result, never an error. An entry that fails its checksum is an error of code `corrupt` for
/// that key alone; writing the key again heals it. Errors say path, operation and reason.
///
/// Strings are stored as they are and may be looked up by `std::string_view`; other keys by the bytes of the serializer,
/// which must then give equal keys equal bytes. Threads: all members may be called concurrently, on one object and on
/// several that opened the same directory, here and in other processes. Exceptions of the caller's functions pass
/// through, and nothing is stored then.
template <class Key, class Value, class... Options>
class ShardedStore {
  using Policies = detail::StorePolicies<Options...>;
  using Environment = detail::Environment<typename Policies::files_type, typename Policies::durability_type,
                                          typename Policies::sharding_type>;
  using Engine = typename Policies::backend_type::template engine<Environment>;
  using Serializer = typename Policies::serializer_type;
  using Codec = ValueCodec<Value, Serializer, typename Policies::compression_type>;
  using Clock = typename Policies::clock_type;
  using Bytes = std::span<const std::byte>;
  static constexpr bool text_keys = detail::is_text_key<Key>;
  static constexpr bool plain_values = detail::is_plain_value<Value, Serializer, typename Policies::compression_type>;
  static_assert(
      text_keys || serializer_for<Serializer, Key>,
      "[ashlar] ShardedStore: the key is no string and the serializer does not know it; make it serializable");

 public:
  using key_type = Key;
  using mapped_type = Value;
  using value_type = std::pair<Key, Value>;
  using backend_type = typename Policies::backend_type;
  using durability_type = typename Policies::durability_type;
  /// What keys are looked up by.
  using key_argument = std::conditional_t<text_keys, std::string_view, const Key&>;

  /// Opens or makes the store in `directory`. `policies` are objects of the options' types, in any order, where a
  /// default-constructed one will not do. Errors: `not_found` and `already_exists` as the mode says, `unsupported` and
  /// `corrupt` for a `metadata.json` that is not this library's, `invalid_argument` for another backend or other
  /// directories than the store was made with, and what the file system says.
  template <class... Given>
  static Result<ShardedStore> open(const std::filesystem::path& directory, StoreOptions options = {},
                                   Given... policies) {
    static_assert(((detail::options_for<detail::BackendSlot, Given> == 0) && ...),
                  "[ashlar] ShardedStore: the backend is an option of the type, not an argument of open(…)");
    std::string path = directory.string();
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (path.empty() && backend_type::uses_files) {
      return Error{ErrorCode::invalid_argument, "a store needs a directory; its path is empty"};
    }
    Environment environment{path, options, detail::chosen<typename Policies::files_type>(policies...),
                            detail::chosen<typename Policies::durability_type>(policies...),
                            detail::chosen<typename Policies::sharding_type>(policies...)};
    Result<std::unique_ptr<Engine>> engine = Engine::open(std::move(environment), backend_type::name);
    if (!engine) return engine.error();
    return ShardedStore{std::move(path), std::move(options), std::move(*engine),
                        Codec{detail::chosen<Serializer>(policies...),
                              detail::chosen<typename Policies::compression_type>(policies...)},
                        detail::chosen<Clock>(policies...)};
  }

  /// As `open`; throws its `Error`.
  template <class... Given>
  explicit ShardedStore(const std::filesystem::path& directory, StoreOptions options = {}, Given... policies)
      : ShardedStore{open(directory, std::move(options), std::move(policies)...).value()} {}

  /// A store that is not on disk.
  ShardedStore()
    requires(!backend_type::uses_files)
      : ShardedStore{std::filesystem::path{}} {}

  /// The directory it was opened with.
  const std::filesystem::path& directory() const noexcept { return directory_; }

  /// The value of the key, or nothing.
  Result<std::optional<Value>> get(key_argument key) const {
    Result<std::optional<StoreEntry<Value>>> entry = get_entry(key);
    if (!entry) return entry.error();
    if (!*entry) return std::optional<Value>{};
    return std::optional<Value>{std::move((*entry)->value)};
  }

  /// The value of the key with the life it has left, or nothing.
  Result<std::optional<StoreEntry<Value>>> get_entry(key_argument key) const {
    const Encoded name = encoded(key);
    Result<Current> current = look_up(name.text());
    if (!current) return current.error();
    if (!current->value) return std::optional<StoreEntry<Value>>{};
    StoreEntry<Value> entry{std::move(*current->value), {}};
    if (current->expiry != detail::never_expires) {
      entry.ttl = detail::life_left(current->expiry, now());
    }
    return std::optional{std::move(entry)};
  }

  /// One answer per key, in their order; what is wrong with one key leaves the others alone.
  template <std::ranges::input_range Keys>
  std::vector<Result<std::optional<Value>>> get_many(const Keys& keys) const {
    std::vector<Result<std::optional<Value>>> values;
    for (const auto& key : keys) values.push_back(get(key));
    return values;
  }

  /// What `view` returns: a pin, with `bytes()` and `text()`.
  using View = detail::StoreView<Engine>;
  /// The bytes of a string's or byte vector's value without a copy, or nothing. They stay as they are while the view
  /// lives, whatever is written meanwhile; it must end before the store does, and until then this process keeps the room of
  /// what a compaction removed. The checksum is verified as `StoreOptions::verify` says. For `SegmentLog`.
  /// Errors: those of `get`; `unsupported` for a value that was stored compressed.
  Result<std::optional<View>> view(key_argument key) const
    requires(detail::has_views<Engine> && plain_values)
  {
    const Encoded name = encoded(key);
    detail::ReadCount count{counters()};
    auto there = engine_->view(name.text());
    if (!there) return counted(there.error());
    if (!*there) return std::optional<View>{};
    const Result<detail::Envelope> envelope = detail::open_envelope((*there)->value);
    if (!envelope) return counted(envelope.error());
    if (expired(envelope->expiry)) return std::optional<View>{};
    const Result<Bytes> bytes = detail::plain_value(envelope->content);
    if (!bytes) return counted(bytes.error());
    count.hit = true;
    return std::optional<View>{View{std::move((*there)->pin), *bytes}};
  }

  /// Whether there is a value that can be used. Nothing is decoded; the checksum is verified, by `SegmentLog` only when
  /// this object looks at the record for the first time.
  Result<bool> contains(key_argument key) const {
    const Encoded name = encoded(key);
    detail::ReadCount count{counters()};
    bool alive = false;
    const auto look = [&](Bytes stored, std::uint64_t) {
      const Result<detail::Envelope> envelope = detail::open_envelope(stored);
      alive = envelope && !expired(envelope->expiry);
    };
    Result<bool> found = false;
    if constexpr (requires { engine_->look(name.text(), look); }) {
      found = engine_->look(name.text(), look);
    } else {
      found = engine_->read(name.text(), look);
    }
    if (!found) return counted(found.error());
    count.hit = alive;
    return alive;
  }

  /// Stores the value, whatever was there. It expires after `StoreOptions::ttl`.
  Result<void> put(key_argument key, const Value& value) { return put(key, value, default_ttl()); }

  /// Stores the value for `ttl`; `std::chrono::nanoseconds::max()` is for ever. The shorter of `ttl` and
  /// `StoreOptions::ttl` counts.
  Result<void> put(key_argument key, const Value& value, std::chrono::nanoseconds ttl) {
    const Encoded name = encoded(key);
    if constexpr (plain_values && requires { engine_->write(name.text(), Bytes{}, Bytes{}); }) {
      // Not copied together: the backend takes the value from where it is.
      detail::Scratch head;
      detail::begin_envelope(*head, expiry_after(ttl));
      detail::begin_plain_value(*head, value.size());
      Result<void> done = engine_->write(name.text(), *head, std::as_bytes(std::span{value}));
      if (done) count_write(head->size() + value.size());
      return done;
    } else {
      const std::vector<std::byte> stored = packed(value, ttl);
      Result<void> done = engine_->write(name.text(), stored);
      if (done) count_write(stored.size());
      return done;
    }
  }

  /// Stores all pairs of key and value of the range, which costs fewer flushes than one `put` each. Not one step: others may
  /// see some of them before the rest, and after an error some keys may have theirs; see `transact`.
  template <std::ranges::input_range Pairs>
  Result<void> put_many(const Pairs& pairs) {
    std::vector<std::pair<std::string, std::vector<std::byte>>> made;
    for (const auto& [key, value] : pairs) {
      made.emplace_back(std::string{encoded(key).text()}, packed(value, default_ttl()));
    }
    std::vector<typename Engine::Write> writes;
    writes.reserve(made.size());
    for (const auto& [name, stored] : made) writes.push_back({name, stored});
    Result<void> done = engine_->write_many(writes);
    if (done) {
      for (const auto& [name, stored] : made) count_write(stored.size());
    }
    return done;
  }

  /// Removes the key; says whether it was there.
  Result<bool> erase(key_argument key) {
    Result<bool> gone = engine_->erase(encoded(key).text());
    if (gone && *gone) counters().add(counters().erased);
    return gone;
  }

  /// Stores the value when the key has none; says whether it did. Of all threads and processes that try at once,
  /// exactly one is told `true`. A corrupt or expired value counts as none.
  Result<bool> insert_if_absent(key_argument key, const Value& value) {
    return insert_if_absent(key, value, default_ttl());
  }
  Result<bool> insert_if_absent(key_argument key, const Value& value, std::chrono::nanoseconds ttl) {
    const Encoded name = encoded(key);
    const std::vector<std::byte> stored = packed(value, ttl);
    while (true) {
      Result<bool> stored_now = engine_->insert(name.text(), stored);
      if (!stored_now) return stored_now;
      if (*stored_now) {
        count_write(stored.size());
        return true;
      }
      std::optional<std::uint64_t> stale;
      Result<bool> found = engine_->read(name.text(), [&](Bytes there, std::uint64_t revision) {
        const Result<detail::Envelope> envelope = detail::open_envelope(there);
        if (envelope && expired(envelope->expiry)) stale = revision;
      });
      if (!found) return counted(found.error());
      if (!*found) continue;
      if (!stale) {
        counters().add(counters().lost_races);
        return false;
      }
      Result<bool> replaced = engine_->replace(name.text(), *stale, stored);
      if (!replaced) return replaced;
      if (*replaced) {
        count_write(stored.size());
        return true;
      }
    }
  }

  /// Stores `desired` when the key's value equals `expected` (nothing: when it has none); says whether it did.
  Result<bool> compare_and_swap(key_argument key, const std::optional<Value>& expected, const Value& desired) {
    static_assert(std::equality_comparable<Value>,
                  "[ashlar] ShardedStore: compare_and_swap compares values; add `bool operator==(const Value&) const = "
                  "default;` to the value");
    const Encoded name = encoded(key);
    const std::vector<std::byte> stored = packed(desired, default_ttl());
    while (true) {
      Result<Current> current = look_up(name.text());
      if (!current) return current.error();
      if (current->value != expected) {
        counters().add(counters().lost_races);
        return false;
      }
      Result<bool> done = exchange(name.text(), *current, stored);
      if (!done || *done) return done;
    }
  }

  /// Replaces the value by `fn(value)`, in one step for everybody else. `fn` takes a `std::optional<Value>` (nothing: the
  /// key has none) and returns a `Value`, or an optional one (nothing: the key shall have none). It is called again when
  /// another writer came in between. Returns what is stored then.
  template <class Fn>
  Result<std::optional<Value>> update(key_argument key, Fn&& fn) {
    static_assert(std::is_invocable_v<Fn&, std::optional<Value>>,
                  "[ashlar] ShardedStore: update takes a function of std::optional<Value> that returns the new value");
    const Encoded name = encoded(key);
    while (true) {
      Result<Current> current = look_up(name.text());
      if (!current) return current.error();
      std::optional<Value> next = std::invoke(fn, std::optional<Value>{current->value});
      Result<bool> done = false;
      if (next) {
        done = exchange(name.text(), *current, packed(*next, default_ttl()));
      } else {
        done = current->revision ? engine_->erase(name.text(), current->revision) : Result<bool>{true};
      }
      if (!done) return done.error();
      if (*done) return next;
    }
  }

  /// Several keys in one step, all or nothing, for every reader and across a crash. `fn` gets a
  /// `std::vector<std::optional<Value>>&` with the values of the keys at one moment, changes them in place (nothing: the
  /// key shall have none), and returns whether to store them; it is called again when another writer came in between.
  /// Says whether it was stored. Backends that can: `SegmentLog`, `InMemory`. Errors: `invalid_argument` for a key that is
  /// named twice, or a number of values that `fn` changed. Stored values live as long as `StoreOptions::ttl` says.
  template <std::ranges::input_range Keys, class Fn>
  Result<bool> transact(const Keys& keys, Fn&& fn) {
    static_assert(can_transact,
                  "[ashlar] ShardedStore: this backend has no transactions; write SegmentLog or InMemory");
    Names names{*this, keys};
    if (detail::any_repeated(*names.texts))
      return Error{ErrorCode::invalid_argument, "a transaction names a key twice"};
    std::optional<Error> failure;
    detail::Scratch all;
    detail::Borrowed<std::size_t> ends;
    detail::Borrowed<std::optional<Value>> values;
    Result<bool> stored = engine_->transact(*names.texts, [&](const auto& present, auto& next) {
      if (!decode(present, *values, failure) || !std::invoke(fn, *values)) return false;
      if (values->size() != next.size()) {
        failure = Error{ErrorCode::invalid_argument, "the function of a transaction changed how many values there are"};
        return false;
      }
      all->clear();
      ends->clear();
      for (const std::optional<Value>& value : *values) {
        if (value) pack(*value, default_ttl(), *all);
        ends->push_back(all->size());
      }
      for (std::size_t i = 0, from = 0; i < next.size(); from = (*ends)[i++]) {
        if ((*values)[i]) next[i] = Bytes{*all}.subspan(from, (*ends)[i] - from);
      }
      return true;
    });
    if (failure || !stored) return counted(failure ? *failure : stored.error());
    counters().add(counters().writes, *stored ? names.texts->size() : 0);
    counters().add(counters().bytes_written, *stored ? all->size() : 0);
    return stored;
  }

  /// The values of all keys as they were at one moment.
  template <std::ranges::input_range Keys>
  Result<std::vector<std::optional<Value>>> snapshot(const Keys& keys) const {
    static_assert(can_transact, "[ashlar] ShardedStore: this backend has no snapshots; write SegmentLog or InMemory");
    Names names{*this, keys};
    std::optional<Error> failure;
    std::vector<std::optional<Value>> values;
    counters().add(counters().other_reads, names.texts->size());
    Result<void> done = engine_->snapshot(*names.texts, [&](const auto& present) { decode(present, values, failure); });
    if (failure || !done) return counted(failure ? *failure : done.error());
    return values;
  }

  /// Calls `fn(key, value)` for every entry, in no order. Entries that cannot be used are listed in the report, and the
  /// walk goes on. What is written meanwhile may be seen or not; each value seen is one that was stored whole. No picture
  /// of one moment: writers would have to wait or old values be kept. `snapshot(keys)` gives one of the keys it names.
  template <class Fn>
  Result<ScanReport> for_each(Fn&& fn) const {
    ScanReport report;
    Result<void> walked = engine_->for_each(
        [&](std::string_view name, Bytes stored) {
          const Result<detail::Envelope> envelope = detail::open_envelope(stored);
          if (envelope && expired(envelope->expiry)) return;
          Result<Key> key = decoded_key(name);
          Result<Value> value = envelope ? codec_.decode(envelope->content) : Result<Value>{envelope.error()};
          if (!key || !value) {
            counters().add(counters().corrupt);
            const Error& error = !key ? key.error() : value.error();
            report.corrupt.push_back({"key '" + detail::printable_key(name) + "'", error.what()});
            return;
          }
          ++report.entries;
          std::invoke(fn, std::as_const(*key), std::as_const(*value));
        },
        [&](CorruptEntry entry) {
          counters().add(counters().corrupt);
          report.corrupt.push_back(std::move(entry));
        });
    if (!walked) return walked.error();
    return report;
  }

  /// The keys that fit the pattern (see `Glob`), in no order. Values are not decoded.
  Result<std::vector<Key>> keys_matching(std::string_view pattern) const
    requires text_keys
  {
    const Glob glob{pattern};
    std::vector<Key> keys;
    Result<void> walked = engine_->for_each(
        [&](std::string_view name, Bytes stored) {
          const Result<detail::Envelope> envelope = detail::open_envelope(stored);
          if (envelope && expired(envelope->expiry)) return;
          if (glob.matches(name)) keys.emplace_back(name);
        },
        [&](const CorruptEntry&) { counters().add(counters().corrupt); });
    if (!walked) return walked.error();
    return keys;
  }

  /// How many entries there are. Those that are expired or corrupt and not yet replaced are counted.
  Result<std::uint64_t> size() const { return engine_->size(); }

  /// What this object did so far.
  StoreStats stats() const noexcept { return counters_->picture(); }

  /// Everything written so far, by any process of this machine, reaches the device.
  Result<void> sync() { return engine_->sync(); }

  /// Everything this object has written reaches the device: what `GroupCommit` still holds back, or, where nothing is
  /// synced, all that `sync` does.
  Result<void> flush() {
    if constexpr (requires { engine_->flush(); }) {
      return engine_->flush();
    } else if constexpr (durability_type::syncs_each_commit) {
      return {};
    } else {
      return engine_->sync();
    }
  }

  /// Stands for all that this object has written so far, by whatever thread.
  CommitToken commit_token() {
    if constexpr (requires { engine_->commit_token(); }) {
      return engine_->commit_token();
    } else {
      return {};
    }
  }

  /// Waits until what `token` stands for is on the device. With `GroupCommit` it waits for the group's turn, so that many
  /// writers share one sync; with `SyncEachCommit` it is there already; otherwise it does what `flush` does.
  /// Errors: why some of it did not get there. From then on every later token of this object has that error, since what
  /// the device holds is not known any more; open the store again.
  Result<void> wait_durable(const CommitToken& token) {
    if constexpr (requires { engine_->wait_durable(token); }) {
      return engine_->wait_durable(token);
    } else {
      static_cast<void>(token);
      return flush();
    }
  }

  /// Gives back the room of replaced, erased and expired values, while others go on. `SegmentLog` alone needs it, and it
  /// is never done unasked: call it when `space()` says so, from one process or from several.
  Result<CompactionReport> compact() {
    if constexpr (requires { engine_->compact(is_dead()); }) {
      return engine_->compact(is_dead());
    } else {
      return CompactionReport{};
    }
  }

  /// How much room the records take, in all processes. Where `on_disk` is more than twice `live`, and some segments long,
  /// `compact()` pays. For `SegmentLog`. Cost: a look at the header of each record.
  Result<StoreSpace> space() const
    requires requires(const Engine& engine) { engine.space([](Bytes) { return false; }); }
  {
    return engine_->space(is_dead());
  }

  /// Copies every entry into a new store of the same kind in `directory`, durably, while others go on. Each value is one
  /// that was stored whole; together they are no picture of one moment. Entries that cannot be used are listed in the report
  /// and left out. Errors: `already_exists` when there is a store in `directory`.
  Result<ScanReport> backup(const std::filesystem::path& directory) const
    requires(backend_type::uses_files)
  {
    Environment environment = engine_->environment();
    environment.directory = directory.string();
    environment.options = StoreOptions{.mode = OpenMode::create_new};
    const Result<std::unique_ptr<Engine>> copy = Engine::open(std::move(environment), backend_type::name);
    if (!copy) return copy.error();
    ScanReport report;
    Result<void> written;
    Result<void> walked = engine_->for_each(
        [&](std::string_view name, Bytes stored) {
          if (!written) return;
          written = (*copy)->write(name, stored);
          ++report.entries;
        },
        [&](CorruptEntry entry) { report.corrupt.push_back(std::move(entry)); });
    if (!walked) return walked.error();
    if (!written) return written.error();
    if (Result<void> done = (*copy)->sync(); !done) return done.error();
    return report;
  }

  /// Counts everything, and writes the totals to `summary.json` while others go on (not when the store is read only).
  Result<StoreSummary> summary() {
    return summary([](JsonWriter&) {});
  }

  /// As above; `more(json)` adds members of its own to the object in `summary.json`.
  template <std::invocable<JsonWriter&> More>
  Result<StoreSummary> summary(More&& more) {
    StoreSummary totals;
    Result<void> walked = engine_->for_each(
        [&](std::string_view name, Bytes stored) {
          ++totals.entries;
          totals.bytes += name.size() + stored.size();
        },
        [&](CorruptEntry entry) { totals.corrupt.push_back(std::move(entry)); });
    if (!walked) return walked.error();
    if (options_.mode == OpenMode::read_only) return totals;
    std::string text;
    JsonWriter json{text};
    json.begin_object().member("format", "ashlar-store-summary").member("version", 1);
    json.member("written", detail::utc_now()).member("entries", totals.entries).member("bytes", totals.bytes);
    json.key("corrupt").begin_array();
    for (const CorruptEntry& entry : totals.corrupt) {
      json.begin_object().member("where", entry.where).member("what", entry.what).end_object();
    }
    json.end_array();
    std::invoke(std::forward<More>(more), json);
    json.end_object();
    text += '\n';
    if (Result<void> done = engine_->write_document("summary.json", std::as_bytes(std::span{text})); !done) {
      return done.error();
    }
    return totals;
  }

 private:
  struct Current {
    std::optional<Value> value;             // none when there is no entry or it is expired
    std::optional<std::uint64_t> revision;  // of the entry, expired or not
    std::int64_t expiry = detail::never_expires;
  };

  using Encoded = detail::StoredKey;

  static constexpr bool can_transact = requires(Engine& engine, std::span<const std::string_view> keys) {
    engine.snapshot(keys, [](const std::vector<std::optional<Bytes>>&) {});
  };

  /// Several keys as they are stored. Those of a single pass are copied: they may lie in its iterator.
  struct Names {
    template <class Keys>
    Names(const ShardedStore& store, const Keys& keys) {
      if constexpr (text_keys && std::ranges::forward_range<const Keys&> &&
                    std::is_lvalue_reference_v<std::ranges::range_reference_t<const Keys&>>) {
        for (const auto& key : keys) texts->push_back(key);
      } else {
        for (const auto& key : keys) owned.push_back(store.encoded(key));
        for (const Encoded& name : owned) texts->push_back(name.text());
      }
    }

    std::vector<Encoded> owned;
    detail::Borrowed<std::string_view> texts;
  };

  /// Puts the values of stored bytes into `values`. False, and why in `failure`, when one cannot be decoded.
  bool decode(const std::vector<std::optional<Bytes>>& stored, std::vector<std::optional<Value>>& values,
              std::optional<Error>& failure) const {
    values.clear();
    for (const std::optional<Bytes>& one : stored) {
      values.emplace_back();
      if (!one) continue;
      const Result<detail::Envelope> envelope = detail::open_envelope(*one);
      if (envelope && expired(envelope->expiry)) continue;
      Result<Value> value = envelope ? codec_.decode(envelope->content) : Result<Value>{envelope.error()};
      if (!value) {
        failure = value.error();
        return false;
      }
      values.back().emplace(std::move(*value));
    }
    return true;
  }

  ShardedStore(std::string directory, StoreOptions options, std::unique_ptr<Engine> engine, Codec codec, Clock clock)
      : directory_{std::move(directory)},
        options_{std::move(options)},
        codec_{std::move(codec)},
        clock_{std::move(clock)},
        engine_{std::move(engine)},
        counters_{std::make_unique<detail::StoreCounters>()} {
    if constexpr (requires { engine_->findings(); }) {
      const auto found = engine_->findings();
      counters().add(counters().corrupt, found.damaged + found.gaps);
      counters().add(counters().torn, found.torn);
      counters().add(counters().mended, found.mended);
    }
  }

  Encoded encoded(key_argument key) const {
    if constexpr (text_keys) {
      return Encoded{key};
    } else {
      std::vector<std::byte> bytes;
      codec_.serializer().encode(key, bytes);
      return Encoded{std::move(bytes)};
    }
  }

  Result<Key> decoded_key(std::string_view name) const {
    if constexpr (text_keys) {
      return Key{name};
    } else {
      return codec_.serializer().template decode<Key>(std::as_bytes(std::span{name}));
    }
  }

  Result<Current> look_up(std::string_view name) const {
    detail::ReadCount count{counters()};
    Current current;
    Result<void> usable;
    Result<bool> found = engine_->read(name, [&](Bytes stored, std::uint64_t revision) {
      counters().add(counters().bytes_read, stored.size());
      const Result<detail::Envelope> envelope = detail::open_envelope(stored);
      if (!envelope) {
        usable = envelope.error();
        return;
      }
      current.revision = revision;
      if (expired(envelope->expiry)) return;
      Result<Value> value = codec_.decode(envelope->content);
      if (!value) {
        usable = value.error();
        return;
      }
      current.expiry = envelope->expiry;
      current.value.emplace(std::move(*value));
    });
    if (!found) return counted(found.error());
    if (!usable) return counted(usable.error().within("the value of key '" + detail::printable_key(name) + "'"));
    count.hit = current.value.has_value();
    return current;
  }

  /// Puts `stored` where `current` was found, unless another writer came in between.
  Result<bool> exchange(std::string_view name, const Current& current, Bytes stored) {
    Result<bool> done =
        current.revision ? engine_->replace(name, *current.revision, stored) : engine_->insert(name, stored);
    if (done && *done) count_write(stored.size());
    if (done && !*done) counters().add(counters().lost_races);
    return done;
  }

  std::int64_t expiry_after(std::chrono::nanoseconds ttl) const noexcept {
    ttl = std::min(ttl, default_ttl());
    if (ttl == std::chrono::nanoseconds::max()) return detail::never_expires;
    // Rounded up, so that no entry ends before its time.
    return now() + std::chrono::ceil<std::chrono::milliseconds>(ttl).count();
  }

  std::vector<std::byte> packed(const Value& value, std::chrono::nanoseconds ttl) const {
    std::vector<std::byte> bytes;
    pack(value, ttl, bytes);
    return bytes;
  }
  void pack(const Value& value, std::chrono::nanoseconds ttl, std::vector<std::byte>& out) const {
    detail::begin_envelope(out, expiry_after(ttl));
    codec_.encode(value, out);
  }

  auto is_dead() const {
    return [this](Bytes stored) {
      const Result<detail::Envelope> envelope = detail::open_envelope(stored);
      return envelope && expired(envelope->expiry);
    };
  }

  std::chrono::nanoseconds default_ttl() const noexcept { return options_.ttl; }
  std::int64_t now() const noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch()).count();
  }
  bool expired(std::int64_t expiry) const noexcept { return expiry != detail::never_expires && expiry <= now(); }

  const Error& counted(const Error& error) const {
    if (error.code() == ErrorCode::corrupt) counters().add(counters().corrupt);
    return error;
  }
  void count_write(std::size_t bytes) {
    counters().add(counters().writes);
    counters().add(counters().bytes_written, bytes);
  }
  detail::StoreCounters& counters() const noexcept { return *counters_; }

  std::filesystem::path directory_;
  StoreOptions options_;
  Codec codec_;
  [[no_unique_address]] Clock clock_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<detail::StoreCounters> counters_;
};

}  // namespace ashlar::inline v0
