// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include <ashlar/cache/invalidation/bus.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/store/posix_files.hpp>

namespace ashlar::inline v0 {

/// What a `Coherent` cache drops when messages are missing and the bus cannot repeat them.
enum class OnGap : std::uint8_t {
  everything,  ///< all entries from before count as stale here, those of the shared tier too: always right
  copies,      ///< those of the levels above the lowest: for a shared tier that is right by itself, since nobody issues
               ///< patterns or tags and no load outlasts a message
};

struct CoherentOptions {
  OnGap on_gap = OnGap::everything;
  /// How many messages may wait for a bus that fails; one more, and "everything is stale" takes their place.
  std::size_t max_unsent = 1024;
  /// How many written keys are looked at again by the next `heartbeat()`; of more, the rest is not.
  std::size_t max_second_looks = 4096;
  /// How many missing messages of one sender are asked for again, where the bus can; more count as a gap.
  std::uint64_t max_replay = 1024;
  /// How many senders are known; the one that was silent longest is forgotten, and its next message counts as
  /// a gap.
  std::size_t max_senders = 1024;
};

/// What a `Coherent` cache has counted.
struct CoherentStats {
  std::uint64_t sent = 0;      ///< messages that the bus took
  std::uint64_t unsent = 0;    ///< messages that wait for it
  std::uint64_t received = 0;  ///< messages of others that were obeyed, replayed ones included
  std::uint64_t own = 0;       ///< own messages that came back, ignored
  std::uint64_t old = 0;       ///< messages ignored because they, or later ones, had come before
  std::uint64_t gaps = 0;      ///< times that messages were missing
  std::uint64_t replayed = 0;  ///< gaps that the bus could fill
  std::uint64_t late = 0;      ///< older values that a second look found and removed
  std::uint64_t dropped = 0;   ///< times that all was dropped (`OnGap`): it could not, or the connection was lost

  friend bool operator==(const CoherentStats&, const CoherentStats&) = default;
};

/// An `Invalidating` cache that tells others of its writes and obeys theirs. Its lowest tier is one that all of them
/// share, or a source.
///
///     InProcessBus bus;
///     Coherent<Products, InProcessBus> a{bus, entries(1000), shared}, b{bus, entries(1000), shared};
///     a.put("product:42", p);   // b drops its copy
///
/// A write is announced after the shared tier has it. Who hears of it drops the copies that are older than the write,
/// and what it loads at that time is not stored. A sender numbers its messages: repeated and late ones are ignored, and
/// a missing one is asked for again where the bus can replay; where not, after a reconnect, and at the first word of a
/// sender that has spoken before, everything from before is dropped (see `OnGap`), at the cost of one note. The last
/// messages of a sender are missed without notice until it sends again: call `heartbeat()` from time to time, less
/// often than a load takes. It also looks again at the keys that this cache has written since the last one: what a slow
/// load elsewhere has stored in the shared tier over the write, or what the tier did not take, is removed and announced
/// once more. What the bus does not take waits and is sent with the next message.
/// Copies are compared by moments, which are exact within a process; between machines, they are as exact as the clocks.
/// Keys are text. Threads: every member may be called concurrently, except the destructor. Cost: reads as the cache;
/// a write also publishes.
template <class C, class Bus>
class Coherent {
  static_assert(explain_invalidation_bus<Bus>());
  static_assert(
      requires { typename C::cache_type; } && C::has_text_keys,
      "[ashlar] Coherent: wraps an Invalidating cache with keys that are text; write "
      "Coherent<Invalidating<Cache<…>>, Bus>");
  static_assert(!deferring_strategy<typename C::cache_type::strategy_type>,
                "[ashlar] Coherent: a strategy that writes later announces a value before the shared tier has it, and "
                "the others read the old one; write WriteThrough or CacheAside");

 public:
  using key_type = typename C::key_type;
  using mapped_type = typename C::mapped_type;
  static constexpr bool evicts = detail::drops_entries<C>;
  static constexpr bool expires_when_idle = detail::expires_by_use<C>;
  template <class T>
  using outcome = typename C::template outcome<T>;
  static constexpr bool can_fail = C::can_fail;
  static constexpr bool can_expire = C::can_expire;
  static constexpr bool has_tags = C::has_tags;

  /// `arguments` are those of `C`. The bus outlives this.
  template <class... A>
    requires std::constructible_from<C, A...>
  explicit Coherent(Bus& bus, A&&... arguments) : Coherent(CoherentOptions{}, bus, std::forward<A>(arguments)...) {}
  template <class... A>
    requires std::constructible_from<C, A...>
  Coherent(CoherentOptions options, Bus& bus, A&&... arguments)
      : options_{options},
        bus_{&bus},
        cache_(std::forward<A>(arguments)...),
        subscription_{
            bus.subscribe({[this](const BusMessage& message) { hear(message); }, [this] { reconnected(); }})} {}
  Coherent(const Coherent&) = delete;
  Coherent& operator=(const Coherent&) = delete;

  /// Reads, as in the cache.
  template <class Q = key_type>
  std::optional<mapped_type> get(const Q& key) {
    return cache_.get(key);
  }
  std::optional<Timed<mapped_type>> get_timed(const key_type& key)
    requires can_expire
  {
    return cache_.get_timed(key);
  }
  std::optional<mapped_type> peek(const key_type& key) { return cache_.peek(key); }
  std::optional<Timed<mapped_type>> peek_timed(const key_type& key)
    requires can_expire
  {
    return cache_.peek_timed(key);
  }
  bool contains(const key_type& key) { return cache_.contains(key); }
  /// As in the cache within: `f` must not call this cache.
  template <class Q = key_type, class F>
  bool visit(const Q& key, F&& f) {
    return cache_.visit(key, std::forward<F>(f));
  }
  std::size_t get_many(std::span<const key_type> keys, std::span<std::optional<mapped_type>> out) {
    return cache_.get_many(keys, out);
  }
  template <class Q = key_type, class Loader>
  auto get_or_load(const Q& key, Loader&& loader) {
    return cache_.get_or_load(key, std::forward<Loader>(loader));
  }
  template <class Loader>
  void get_or_load_many(std::span<const key_type> keys, std::span<std::optional<mapped_type>> out, Loader&& loader) {
    cache_.get_or_load_many(keys, out, std::forward<Loader>(loader));
  }

  /// Writes, as in the cache, and announced: also those that failed, of which the shared tier may have a part.
  outcome<void> put(const key_type& key, const mapped_type& value) {
    return announced(key, [&](InvalidationStamp when) { return cache_.put_as_of(when, key, value); });
  }
  outcome<void> put(const key_type& key, const mapped_type& value, Lifetime life)
    requires can_expire
  {
    return announced(key, [&](InvalidationStamp when) { return cache_.put_as_of(when, key, value, life); });
  }
  outcome<void> put(const key_type& key, const mapped_type& value, Tags tags) {
    return announced(key, [&](InvalidationStamp when) { return cache_.put_as_of(when, key, value, std::move(tags)); });
  }
  outcome<void> put(const key_type& key, const mapped_type& value, Tags tags, Lifetime life)
    requires can_expire
  {
    return announced(key,
                     [&](InvalidationStamp when) { return cache_.put_as_of(when, key, value, std::move(tags), life); });
  }
  /// Not announced where nothing was stored, as `compare_and_swap`.
  outcome<bool> insert_if_absent(const key_type& key, const mapped_type& value) {
    return announced_if_done(key, [&] { return cache_.insert_if_absent(key, value); });
  }
  outcome<bool> insert_if_absent(const key_type& key, const mapped_type& value, Lifetime fresh)
    requires can_expire
  {
    return announced_if_done(key, [&] { return cache_.insert_if_absent(key, value, fresh); });
  }
  template <class F>
  outcome<void> compute(const key_type& key, F&& f) {
    return announced(key, [&](InvalidationStamp) { return cache_.compute(key, f); });
  }
  template <class F>
    requires can_expire
  outcome<void> compute(const key_type& key, F&& f, Lifetime fresh) {
    return announced(key, [&](InvalidationStamp) { return cache_.compute(key, f, fresh); });
  }
  outcome<bool> compare_and_swap(const key_type& key, const mapped_type& expected, const mapped_type& desired) {
    return announced_if_done(key, [&] { return cache_.compare_and_swap(key, expected, desired); });
  }
  outcome<bool> erase(const key_type& key) {
    return announced(key, [&](InvalidationStamp) { return cache_.erase(key); });
  }
  outcome<bool> invalidate(const key_type& key) {
    return announced(key, [&](InvalidationStamp) { return cache_.invalidate(key); });
  }

  /// As in `Invalidating`, here and in all others.
  void invalidate_matching(std::string_view pattern, InvalidationStamp when = InvalidationLog::next()) {
    cache_.invalidate_matching(pattern, when);
    announce(BusSubject::pattern, std::string{pattern}, when);
  }
  void invalidate_tag(std::string_view tag, InvalidationStamp when = InvalidationLog::next()) {
    cache_.invalidate_tag(tag, when);
    announce(BusSubject::tag, std::string{tag}, when);
  }
  void invalidate_all() {
    const InvalidationStamp when = InvalidationLog::next();
    cache_.invalidate_all(when);
    announce(BusSubject::all, {}, when);
  }

  /// Looks again at what was written, sends what waits, and tells how far the numbers have come, so that others notice
  /// what they have missed. The error is the bus's.
  Result<void> heartbeat() {
    std::unordered_map<std::string, InvalidationStamp> written;
    {
      const std::lock_guard lock{sending_};
      written.swap(written_);
    }
    for (const auto& [key, when] : written) look_again(key, when);
    const std::lock_guard lock{sending_};
    if (Result<void> sent = send_waiting(); !sent) return sent;
    return bus_->publish(stamped({.sequence = last_sequence_}));
  }
  /// As in `Invalidating`.
  auto maintain() { return cache_.maintain(); }

  CoherentStats coherence() const {
    const std::scoped_lock lock{sending_, hearing_};
    CoherentStats stats = heard_;
    stats.sent = sent_;
    stats.late = late_;
    stats.unsent = unsent_.size();
    return stats;
  }
  auto stats() const noexcept { return cache_.stats(); }
  /// The cache itself, whose writes are not announced.
  C& cache() noexcept { return cache_; }

 private:
  static std::uint64_t draw() { return PosixFiles{}.random(); }
  static std::uint64_t this_process() {
    static const std::uint64_t drawn = draw();
    return drawn;
  }

  template <class Write>
  auto announced(const key_type& key, Write write) -> decltype(write(InvalidationStamp{})) {
    const InvalidationStamp when = InvalidationLog::next();
    if constexpr (std::is_void_v<decltype(write(when))>) {
      write(when);
      tell(key, when);
    } else {
      auto written = write(when);
      // The shared tier may have kept the old value.
      if constexpr (can_fail) {
        if (!written) cache_.invalidate_before(key, when);
      }
      tell(key, when);
      return written;
    }
  }
  // What was there and stays is older than this moment: told of it, the others would remove it.
  template <class Write>
  outcome<bool> announced_if_done(const key_type& key, Write write) {
    const InvalidationStamp when = InvalidationLog::next();
    outcome<bool> written = write();
    const Result<bool> done = written;
    if (!done) cache_.invalidate_before(key, when);
    if (!done || *done) tell(key, when);
    return written;
  }
  void tell(const key_type& key, InvalidationStamp when) {
    const std::string text{std::string_view{key}};
    announce(BusSubject::key, text, when);
    remember(text, when);
  }
  void remember(const std::string& key, InvalidationStamp when) {
    const std::lock_guard lock{sending_};
    if (written_.size() >= options_.max_second_looks && !written_.contains(key)) return;
    InvalidationStamp& known = written_[key];
    known = std::max(known, when);
  }
  void look_again(const std::string& key, InvalidationStamp when) {
    const Result<bool> found =
        cache_.cache().erase_if(key_type(key), [&](const auto& entry) { return entry.born < when; });
    if (!found) return remember(key, when);
    if (!*found) return;
    announce(BusSubject::key, key, when);
    const std::lock_guard lock{sending_};
    ++late_;
  }

  BusMessage stamped(BusMessage message) const {
    message.sender = me_;
    message.process = this_process();
    return message;
  }
  void announce(BusSubject subject, std::string text, InvalidationStamp when) {
    const std::lock_guard lock{sending_};
    const auto same = [&](const BusMessage& waiting) {
      return waiting.sequence == 0 && waiting.subject == subject && waiting.text == text;
    };
    if (const auto known = std::find_if(unsent_.begin(), unsent_.end(), same); known != unsent_.end()) {
      known->when = std::max(known->when, when);
    } else {
      unsent_.push_back(stamped({.when = when, .subject = subject, .text = std::move(text)}));
    }
    if (unsent_.size() > options_.max_unsent) {
      std::erase_if(unsent_, [](const BusMessage& waiting) { return waiting.sequence == 0; });
      unsent_.push_back(stamped({.when = when, .subject = BusSubject::all}));
    }
    static_cast<void>(send_waiting());
  }
  // A message has a number from its first attempt on: who has it already ignores it.
  Result<void> send_waiting() {
    while (!unsent_.empty()) {
      BusMessage& next = unsent_.front();
      if (next.sequence == 0) next.sequence = ++last_sequence_;
      if (Result<void> sent = bus_->publish(next); !sent) return sent;
      ++sent_;
      unsent_.pop_front();
    }
    return {};
  }

  void hear(const BusMessage& message) {
    if (message.sender == me_) {
      const std::lock_guard lock{hearing_};
      ++heard_.own;
      return;
    }
    const std::lock_guard lock{hearing_};
    const auto [known, first_word] = senders_.try_emplace(message.sender);
    Sender& sender = known->second;
    sender.heard_at = ++words_;
    const std::uint64_t last = sender.last;
    const bool content = message.subject != BusSubject::heartbeat;
    const std::uint64_t before = content ? message.sequence - 1 : message.sequence;
    if (content && !first_word && message.sequence <= last) {
      ++heard_.old;
      return;
    }
    if (first_word && senders_.size() > std::max<std::size_t>(options_.max_senders, 1)) forget_a_sender();
    if (before > last) close_gap(message.sender, first_word, last + 1, before);
    if (content) obey(message);
    // Only now: a message that threw counts as missing.
    sender.last = std::max(last, message.sequence);
  }
  void close_gap(std::uint64_t sender, bool first_word, std::uint64_t first, std::uint64_t last) {
    ++heard_.gaps;
    if constexpr (replaying_bus<Bus>) {
      // What a sender said before this cache knew it may be much; that is not asked for.
      if (!first_word && last - first < options_.max_replay &&
          bus_->replay(sender, first, last, [this](const BusMessage& missed) { obey(missed); })) {
        ++heard_.replayed;
        return;
      }
    }
    drop();
  }
  void reconnected() {
    const std::lock_guard lock{hearing_};
    drop();
  }
  void drop() {
    ++heard_.dropped;
    bool done = options_.on_gap == OnGap::copies;
    if (done) {
      if constexpr (can_fail) {
        done = cache_.clear_copies().has_value();
      } else {
        cache_.clear_copies();
      }
    }
    if (!done) cache_.invalidate_all();
  }
  void obey(const BusMessage& message) {
    ++heard_.received;
    // Moments of another process are no measure for the copies here: everything until now is older.
    const bool ours = message.process == this_process();
    const InvalidationStamp when = ours ? message.when : InvalidationLog::next_after(message.when);
    switch (message.subject) {
      case BusSubject::heartbeat: break;
      case BusSubject::key:
        // What is below was written by the sender, with its own moment.
        cache_.erase_before(key_type(message.text), message.when);
        if (!ours) static_cast<void>(cache_.upper().erase(key_type(message.text)));
        break;
      case BusSubject::pattern: cache_.invalidate_matching(message.text, when); break;
      case BusSubject::tag:
        if constexpr (C::has_tags) cache_.invalidate_tag(message.text, when);
        break;
      case BusSubject::all: cache_.invalidate_all(when); break;
    }
  }
  void forget_a_sender() {
    senders_.erase(std::min_element(senders_.begin(), senders_.end(), [](const auto& a, const auto& b) {
      return a.second.heard_at < b.second.heard_at;
    }));
  }

  struct Sender {
    std::uint64_t last = 0;      // the greatest number that was heard
    std::uint64_t heard_at = 0;  // when, in words heard
  };

  CoherentOptions options_;
  Bus* bus_;
  const std::uint64_t me_ = draw();
  C cache_;

  mutable std::mutex sending_;  // around `publish`, so that messages leave in the order of their numbers
  std::deque<BusMessage> unsent_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t late_ = 0;
  std::unordered_map<std::string, InvalidationStamp> written_;  // since the last heartbeat

  mutable std::mutex hearing_;
  std::unordered_map<std::uint64_t, Sender> senders_;
  std::uint64_t words_ = 0;
  CoherentStats heard_;

  decltype(std::declval<Bus&>().subscribe(std::declval<BusListener>())) subscription_;  // ends before all else
};

}  // namespace ashlar::inline v0
