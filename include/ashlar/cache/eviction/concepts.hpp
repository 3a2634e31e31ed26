// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

namespace ashlar::inline v0 {

/// The number of a place for one entry; it stays the same while the entry lives.
using slot_index = std::uint32_t;
/// No place at all.
inline constexpr slot_index no_slot = 0xffff'ffff;

namespace detail {

/// What a policy is shown of the entries: the least that stands for it in the requirements.
struct EntriesArchetype {
  std::uint8_t mark(slot_index) const noexcept { return 0; }
  void mark(slot_index, std::uint8_t) noexcept {}
  std::uint64_t hash(slot_index) const noexcept { return 0; }
  std::uint64_t weight(slot_index) const noexcept { return 1; }
};

/// Lets the next victims come nearer while this one goes, where the entries can do that: the next but one, and what the
/// next one holds elsewhere. Always inlined, as all that only prefetches: g++ takes such a function for one without
/// effect and drops the calls.
template <class Queues, class Entries>
[[gnu::always_inline]] inline void prefetch_next(const Queues& queues, unsigned queue, Entries& entries) noexcept {
  if constexpr (requires { entries.prefetch_contents(slot_index{}); }) {
    if (const slot_index slot = queues.second_oldest(queue); slot != no_slot) entries.prefetch(slot);
    if (const slot_index slot = queues.oldest(queue); slot != no_slot) entries.prefetch_contents(slot);
  }
}

template <class P>
concept makes_room_for_slots = requires(P& p, slot_index slots) { p.resize(slots); };
template <class P>
concept renumbers_its_slots = requires(P& p, std::span<const slot_index> to) { p.renumber(to, slot_index{}); };
template <class P>
concept knows_its_limit = requires(P& p) {
  { p.limit(std::uint64_t{}) } noexcept;
};
template <class P>
concept takes_entries = requires(P& p, EntriesArchetype& entries) {
  { p.insert(slot_index{}, std::uint64_t{}, entries) } noexcept;
};
template <class P>
concept lets_entries_go = requires(P& p, EntriesArchetype& entries) {
  { p.erase(slot_index{}, entries) } noexcept;
};
template <class P>
concept names_a_victim = requires(P& p, EntriesArchetype& entries) {
  { p.evict(std::uint64_t{}, entries) } noexcept -> std::same_as<slot_index>;
};
template <class P>
concept forgets_all = requires(P& p) {
  { p.clear() } noexcept;
};

}  // namespace detail

/// Which entry goes when a tier is full: the state of one shard.
///
/// | expression              | result       | throws    | called when, and what it must do                              |
/// |-------------------------|--------------|-----------|---------------------------------------------------------------|
/// | `p.resize(n)`           |              | bad_alloc | first: room for slots 0 to n-1; no entry is known yet         |
/// | `p.renumber(to, n)`     |              | bad_alloc | the table was rebuilt: slot i is now `to[i]`; all or nothing  |
/// | `p.limit(w)`            |              | never     | the shard's share of the capacity; at start and on change     |
/// | `p.insert(s, h, e)`     |              | never     | a new entry of hash h is in slot s, its mark is 0             |
/// | `p.erase(s, e)`         |              | never     | the entry of slot s goes for another reason than `evict`      |
/// | `p.evict(h, e)`         | `slot_index` | never     | name a victim and forget it, or `no_slot`; h wants in, or 0   |
/// | `p.clear()`             |              | never     | every entry is gone                                           |
///
/// Optional: `static std::uint8_t P::touch(std::uint8_t mark) noexcept`, the mark of an entry (0 to 15) after a hit,
/// called without lock and stored only where it differs; `p.hit(s, h, e) noexcept`, a hit under the lock, in a concurrent tier
/// replayed from a small buffer that loses some, with only the high half of h; `P::watched(mark) noexcept`, which of the
/// hits that change a mark `hit` is told of; `p.reweigh(s, before, after) noexcept`, a value was replaced by a heavier one.
/// `resize` and `renumber` may take another argument, the most entries there will be at once.
/// `e` gives `mark(s)`, `mark(s, byte)`, `hash(s)`, `weight(s)` of known slots, that of a tier also `prefetch(s)` for
/// what comes next. Entries of weight 0 are never told.
///
/// Threads: under the shard's exclusive lock, but for `touch`. Cost: every member is on the path of a miss.
/// Models: `Fifo`, `Lru`, `Sieve`, `S3Fifo`, `TinyLfu`, `Unbounded`; smallest: examples/13_my_eviction.cpp.
/// Checker: `explain_eviction<P>()`.
template <class P>
concept eviction = std::default_initializable<P> && std::copy_constructible<P> && detail::makes_room_for_slots<P> &&
                   detail::renumbers_its_slots<P> && detail::knows_its_limit<P> && detail::takes_entries<P> &&
                   detail::lets_entries_go<P> && detail::names_a_victim<P> && detail::forgets_all<P>;

/// Refinement: hits change a mark beside the entry's tag, without lock.
template <class P>
concept marks_hits = eviction<P> && requires(std::uint8_t mark) {
  { P::touch(mark) } noexcept -> std::same_as<std::uint8_t>;
};

/// Refinement: hits are replayed under the shard's lock.
template <class P>
concept replays_hits = eviction<P> && requires(P& p, detail::EntriesArchetype& entries) {
  { p.hit(slot_index{}, std::uint64_t{}, entries) } noexcept;
};

/// Refinement: only hits that change a mark are replayed, and of these those on marks that `watched` picks.
template <class P>
concept watches_marks = marks_hits<P> && replays_hits<P> && requires(std::uint8_t mark) {
  { P::watched(mark) } noexcept -> std::same_as<bool>;
};

/// Refinement: a replaced value may weigh something else.
template <class P>
concept reweighs = eviction<P> && requires(P& p) {
  { p.reweigh(slot_index{}, std::uint64_t{}, std::uint64_t{}) } noexcept;
};

/// True when `P` models `eviction`; otherwise each missing part is reported with what to write.
template <class P>
consteval bool explain_eviction() {
  static_assert(std::default_initializable<P> && std::copy_constructible<P>,
                "[ashlar] eviction: make the policy default constructible and copyable; each shard has its own");
  static_assert(detail::makes_room_for_slots<P>, "[ashlar] eviction: add `void resize(ashlar::slot_index slots)`");
  static_assert(
      detail::renumbers_its_slots<P>,
      "[ashlar] eviction: add `void renumber(std::span<const ashlar::slot_index> to, ashlar::slot_index slots)`");
  static_assert(detail::knows_its_limit<P>, "[ashlar] eviction: add `void limit(std::uint64_t weight) noexcept`");
  static_assert(detail::takes_entries<P>,
                "[ashlar] eviction: add `void insert(ashlar::slot_index, std::uint64_t hash, auto& entries) noexcept`");
  static_assert(detail::lets_entries_go<P>,
                "[ashlar] eviction: add `void erase(ashlar::slot_index, auto& entries) noexcept`");
  static_assert(detail::names_a_victim<P>,
                "[ashlar] eviction: add `ashlar::slot_index evict(std::uint64_t incoming, auto& entries) noexcept`");
  static_assert(detail::forgets_all<P>, "[ashlar] eviction: add `void clear() noexcept`");
  return eviction<P>;
}

}  // namespace ashlar::inline v0
