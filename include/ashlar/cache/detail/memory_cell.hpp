// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <ashlar/cache/detail/memory_tags.hpp>

namespace ashlar::inline v0::detail {

/// A key and its value, out of the table.
template <class Key, class Value>
struct Pair {
  Key key;
  Value value;
};

/// A place for one entry that readers only look at under a lock: the objects themselves.
template <class Key, class Value>
class ObjectCell {
 public:
  using Pair = detail::Pair<Key, Value>;

  ObjectCell() noexcept {}
  ObjectCell(const ObjectCell&) = delete;
  ObjectCell& operator=(const ObjectCell&) = delete;
  ~ObjectCell() {}

  const Key& key() const noexcept { return pair_.key; }
  const Value& value() const noexcept { return pair_.value; }
  const void* address() const noexcept { return &pair_; }

  void create(Key&& key, Value&& value) noexcept {
    std::construct_at(std::addressof(pair_.key), std::move(key));
    std::construct_at(std::addressof(pair_.value), std::move(value));
  }
  Pair take() noexcept {
    Pair taken{std::move(pair_.key), std::move(pair_.value)};
    destroy();
    return taken;
  }
  Value exchange(Value&& value) noexcept {
    Value old{std::move(pair_.value)};
    std::destroy_at(std::addressof(pair_.value));
    std::construct_at(std::addressof(pair_.value), std::move(value));
    return old;
  }
  void replace(Value&& value) noexcept { exchange(std::move(value)); }
  void destroy() noexcept { std::destroy_at(std::addressof(pair_)); }

 private:
  union {
    Pair pair_;
  };
};

/// The widest word that divides `size`.
template <std::size_t size>
using WordFor = std::conditional_t<
    size % 8 == 0, std::uint64_t,
    std::conditional_t<size % 4 == 0, std::uint32_t, std::conditional_t<size % 2 == 0, std::uint16_t, std::uint8_t>>>;

/// A place for one entry of trivially copyable types that readers copy while writers may be at work: words, each
/// loaded acquiring and stored releasing. A torn copy is told from a whole one by the group's version: a reader that
/// saw any word of a writer saw its mark on the version too.
template <class Key, class Value>
class WordCell {
 public:
  using Pair = detail::Pair<Key, Value>;

  Key key() const noexcept { return load<Key, 0>(); }
  Value value() const noexcept { return load<Value, value_at>(); }
  const void* address() const noexcept { return words_.data(); }

  [[gnu::always_inline]] void create(Key&& key, Value&& value) noexcept {
    std::array<Word, count> words{};
    std::memcpy(words.data(), std::addressof(key), sizeof(Key));
    std::memcpy(reinterpret_cast<std::byte*>(words.data()) + value_at, std::addressof(value), sizeof(Value));
    for (std::size_t i = 0; i < count; ++i) word(i).store(words[i], std::memory_order_release);
  }
  Pair take() noexcept { return Pair{key(), value()}; }
  Value exchange(Value&& value) noexcept {
    Value old = this->value();
    replace(std::move(value));
    return old;
  }
  void replace(Value&& value) noexcept { create(key(), std::move(value)); }
  void destroy() noexcept {}

 private:
  using Word = WordFor<sizeof(Pair)>;
  static constexpr std::size_t count = sizeof(Pair) / sizeof(Word);
  static constexpr std::size_t value_at = (sizeof(Key) + alignof(Value) - 1) / alignof(Value) * alignof(Value);

  std::atomic_ref<Word> word(std::size_t i) const noexcept { return std::atomic_ref{const_cast<Word&>(words_[i])}; }

  template <class T, std::size_t offset>
  [[gnu::always_inline]] T load() const noexcept {
    constexpr std::size_t first = offset / sizeof(Word), last = (offset + sizeof(T) - 1) / sizeof(Word);
    std::array<Word, last - first + 1> copy;
    for (std::size_t i = first; i <= last; ++i) copy[i - first] = word(i).load(std::memory_order_acquire);
    std::array<std::byte, sizeof(T)> bytes;
    std::memcpy(bytes.data(), reinterpret_cast<const std::byte*>(copy.data()) + (offset - first * sizeof(Word)),
                sizeof(T));
    return std::bit_cast<T>(bytes);
  }

  alignas(Pair) alignas(Word) std::array<Word, count> words_;
};

template <class T>
struct NoWords {};

template <class T>
struct Nothing {};

/// Sixteen entries and what is known of each without looking at it, but for their tags.
template <class Key, class Value, Sync mode, bool has_deadlines, bool has_weights>
struct GroupBody {
  using Cell = std::conditional_t<mode == Sync::optimistic, WordCell<Key, Value>, ObjectCell<Key, Value>>;
  using Words = std::array<std::uint32_t, group_slots>;

  Cell cells[group_slots];
  [[no_unique_address]] std::conditional_t<has_deadlines, Words, NoWords<int>> deadlines{};
  [[no_unique_address]] std::conditional_t<has_weights, Words, NoWords<long>> weights{};
};

/// Both halves of a group. The heads of a table lie together, so that they stay near while the entries do not.
template <class Key, class Value, Sync mode, bool has_deadlines, bool has_weights>
struct Group {
  using Head = GroupHead<mode>;
  using Body = GroupBody<Key, Value, mode, has_deadlines, has_weights>;
  using Cell = typename Body::Cell;
  static constexpr std::size_t bytes = sizeof(Head) + sizeof(Body);

  Head* head = nullptr;
  Body* body = nullptr;

  explicit operator bool() const noexcept { return head != nullptr; }
  friend bool operator==(const Group&, const Group&) noexcept = default;

  Cell& cell(unsigned slot) const noexcept { return body->cells[slot]; }

  /// Keeps readers out, or makes them notice, until `unlock`. For a writer of `tier`.
  void lock([[maybe_unused]] const void* tier) const noexcept {
    if constexpr (mode == Sync::locked) {
      head->guard.lock(tier);
    } else {
      head->guard.lock();
    }
  }
  void unlock() const noexcept { head->guard.unlock(); }

  std::uint32_t deadline(unsigned slot) const noexcept {
    if constexpr (has_deadlines) {
      return std::atomic_ref{body->deadlines[slot]}.load(std::memory_order_acquire);
    } else {
      return 0;
    }
  }
  /// Those of all slots.
  std::array<std::uint32_t, group_slots> all_deadlines() const noexcept
    requires has_deadlines
  {
    std::array<std::uint32_t, group_slots> all;
    for (unsigned slot = 0; slot < group_slots; ++slot) all[slot] = deadline(slot);
    return all;
  }
  void deadline(unsigned slot, std::uint32_t when) const noexcept {
    if constexpr (has_deadlines) std::atomic_ref{body->deadlines[slot]}.store(when, std::memory_order_release);
  }
  /// From `before` to `after`, unless another entry has come with another deadline.
  void extend(unsigned slot, [[maybe_unused]] std::uint32_t before, std::uint32_t after) const noexcept {
    if constexpr (has_deadlines && mode == Sync::none) {
      deadline(slot, after);
    } else if constexpr (has_deadlines) {
      std::atomic_ref{body->deadlines[slot]}.compare_exchange_strong(before, after, std::memory_order_relaxed);
    }
  }
  std::uint64_t weight(unsigned slot) const noexcept {
    if constexpr (has_weights) {
      return std::atomic_ref{body->weights[slot]}.load(std::memory_order_relaxed);
    } else {
      return 1;
    }
  }
  void weight(unsigned slot, std::uint64_t value) const noexcept {
    if constexpr (has_weights) {
      std::atomic_ref{body->weights[slot]}.store(static_cast<std::uint32_t>(value), std::memory_order_relaxed);
    }
  }
};

}  // namespace ashlar::inline v0::detail
