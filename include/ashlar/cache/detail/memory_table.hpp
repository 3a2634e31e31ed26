// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include <ashlar/cache/detail/memory_cell.hpp>
#include <ashlar/cache/detail/memory_tags.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ashlar::inline v0::detail {

/// Where tables come from by default, aligned to `least` or more: large ones in huge pages where the system has them,
/// since a hit in a large table is bound by the translation of addresses.
template <std::size_t least>
struct TableMemory {
  static constexpr std::size_t huge = std::size_t{1} << 21;
  static constexpr std::size_t page = 4096;

  static std::size_t alignment(std::size_t bytes) noexcept { return bytes >= huge / 2 ? std::max(huge, least) : least; }

  static void* allocate(std::size_t bytes) {
    void* memory = ::operator new(bytes, std::align_val_t{alignment(bytes)});
#if defined(__linux__)
    if (bytes >= huge / 2) ::madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
  }
  static void deallocate(void* memory, std::size_t bytes) noexcept {
    ::operator delete(memory, std::align_val_t{alignment(bytes)});
  }
  /// Gives the pages that lie within `memory` back but for its first bytes; they read as zeros from now on.
  static void give_back(void* memory, std::size_t bytes) noexcept {
#if defined(__linux__)
    auto* const start = static_cast<std::byte*>(memory);
    const std::size_t first = page - reinterpret_cast<std::uintptr_t>(start) % page;
    if (bytes < first + page) return;
    ::madvise(start + first, (bytes - first) / page * page, MADV_DONTNEED);
#else
    static_cast<void>(memory), static_cast<void>(bytes);
#endif
  }
};

/// The allocator of the user, as a source of tables aligned to `least`.
template <class Allocator, std::size_t least>
struct UserMemory {
  struct alignas(least) Block {
    std::byte bytes[least];
  };
  using Blocks = typename std::allocator_traits<Allocator>::template rebind_alloc<Block>;
  [[no_unique_address]] Blocks blocks;

  explicit UserMemory(const Allocator& allocator) : blocks{allocator} {}

  void* allocate(std::size_t bytes) {
    return std::to_address(std::allocator_traits<Blocks>::allocate(blocks, blocks_for(bytes)));
  }
  void deallocate(void* memory, std::size_t bytes) noexcept {
    std::allocator_traits<Blocks>::deallocate(blocks, static_cast<Block*>(memory), blocks_for(bytes));
  }
  static void give_back(void*, std::size_t) noexcept {}

 private:
  static constexpr std::size_t blocks_for(std::size_t bytes) noexcept { return (bytes + least - 1) / least; }
};

/// The way of a hash through the groups of its shard: its own group, then another that it also chooses, then the
/// following ones, until all were seen.
class Probe {
 public:
  Probe(std::uint32_t group, std::uint32_t first_of_shard, std::uint32_t shard_groups, std::uint64_t hash) noexcept
      : group_{group}, first_{first_of_shard}, shard_groups_{shard_groups}, hash_{hash} {}

  std::uint32_t group() const noexcept { return group_; }
  /// The same, counted from the start of the shard.
  std::uint32_t shard_group() const noexcept { return group_ - first_; }
  /// Goes on; false when every group of the shard was seen.
  [[gnu::always_inline]] bool next() noexcept {
    if (++turn_ == 1) {
      group_ = first_ + scale(hash_ << 32, shard_groups_);
      return true;
    }
    group_ = group_ + 1 == first_ + shard_groups_ ? first_ : group_ + 1;
    return turn_ <= shard_groups_;
  }

  /// A random number as one below `range`, which need not be a power of two, by its highest bits.
  static std::uint32_t scale(std::uint64_t random, std::uint32_t range) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint32_t>(Wide{random} * range >> 64);
  }

 private:
  std::uint32_t group_;
  std::uint32_t first_;
  std::uint32_t shard_groups_;
  std::uint32_t turn_ = 0;
  std::uint64_t hash_;
};

/// The groups of all shards, one shard after the other. The shard of a hash is its highest bits.
template <class Group>
struct alignas(64) Table {
  std::uint32_t groups;        ///< of all shards
  std::uint32_t shard_groups;  ///< of one shard
  typename Group::Body* bodies;
  std::uint32_t shards;
  std::uint32_t most;         ///< entries of one shard
  std::size_t bytes;          ///< of the whole, this header included
  Table* given_up = nullptr;  ///< an older table, kept until the tier ends since readers may still look at it

  static constexpr std::size_t alignment = std::max<std::size_t>(64, alignof(typename Group::Body));

  /// A place, by group and slot; nowhere where `group` is null.
  struct Place {
    Group group;
    slot_index slot = no_slot;  ///< counted from the start of the shard

    explicit operator bool() const noexcept { return static_cast<bool>(group); }
    unsigned lane() const noexcept { return slot % group_slots; }
    auto& cell() const noexcept { return group.cell(lane()); }
  };

  Group operator[](std::uint32_t group) noexcept { return {heads() + group, bodies + group}; }
  typename Group::Head* heads() noexcept {
    return reinterpret_cast<typename Group::Head*>(reinterpret_cast<std::byte*>(this) + sizeof(Table));
  }
  slot_index shard_slots() const noexcept { return shard_groups * group_slots; }
  /// The first group on the way of `hash`.
  std::uint32_t home(std::uint64_t hash) const noexcept { return Probe::scale(hash, groups); }
  /// The second, in the same shard.
  std::uint32_t second(std::uint64_t hash) const noexcept {
    return Probe::scale(hash, shards) * shard_groups + Probe::scale(hash << 32, shard_groups);
  }
  Probe probe(std::uint64_t hash) const noexcept { return probe(hash, Probe::scale(hash, shards)); }
  Probe probe(std::uint64_t hash, std::uint32_t shard) const noexcept {
    return Probe{home(hash), shard * shard_groups, shard_groups, hash};
  }

  /// How many cells share a cache line. A new entry takes a place in the line that its hash chooses where there is one,
  /// so that a reader may ask for that line before it knows where the entry is.
  static constexpr unsigned line_cells =
      static_cast<unsigned>(std::bit_floor(std::clamp<std::size_t>(64 / sizeof(typename Group::Cell), 1, group_slots)));
  static constexpr unsigned preferred_lane(std::uint64_t hash) noexcept {
    return static_cast<unsigned>(hash >> 11) % (group_slots / line_cells) * line_cells;
  }
  /// Asks for what a lookup will most likely read first, in a table too large to be near anyhow.
  [[gnu::always_inline]] void prefetch(std::uint32_t group, std::uint64_t hash) noexcept {
    if constexpr (line_cells > 1) {
      if (is_large()) __builtin_prefetch(bodies[group].cells + preferred_lane(hash));
    }
  }
  /// The same for a new entry, which `vacancy` will most likely give that place.
  [[gnu::always_inline]] void prefetch_vacancy(std::uint64_t hash) noexcept {
    if (!is_large()) return;
    const Group group = (*this)[home(hash)];
    const std::uint32_t empty = group.head->tags().empty();
    if (empty != 0) __builtin_prefetch(&group.cell(choose_lane(hash, empty)), 1);
  }
  Place place(std::uint32_t shard, slot_index slot) noexcept {
    return {(*this)[shard * shard_groups + slot / group_slots], slot};
  }

  /// The entry whose hash is `hash` and for which `is_it(cell)` holds. Under the lock of its shard.
  template <class IsIt>
  [[gnu::always_inline]] Place find(std::uint64_t hash, std::uint32_t shard, IsIt&& is_it) {
    const std::uint32_t number = home(hash);
    if (const Place place = find_in(number, hash, shard, is_it)) return place;
    if (!heads()[number].goes_on(hash)) [[likely]]
      return {};
    return find_further(hash, shard, is_it);
  }

  /// A free place on the way of `hash`, whose tag is set last, by the caller; nowhere when the shard is full.
  /// Under the lock of its shard.
  [[gnu::always_inline]] Place vacancy(std::uint64_t hash, std::uint32_t shard) noexcept {
    const std::uint32_t number = home(hash);
    const Group group = (*this)[number];
    if (const std::uint32_t empty = group.head->tags().empty(); empty != 0) [[likely]] {
      return {group, (number - shard * shard_groups) * group_slots + choose_lane(hash, empty)};
    }
    return vacancy_elsewhere(hash, shard);
  }

  /// Undoes what `vacancy` noted on the way to `place`, whose entry is gone. Under the lock of its shard.
  [[gnu::always_inline]] void forget_way(std::uint64_t hash, std::uint32_t shard, const Place& place) noexcept {
    const std::uint32_t goal = shard * shard_groups + place.slot / group_slots;
    if (home(hash) != goal) [[unlikely]]
      forget_way_to(goal, hash, shard);
  }

  template <class IsIt>
  [[gnu::always_inline]] Place find_in(std::uint32_t number, std::uint64_t hash, std::uint32_t shard, IsIt&& is_it) {
    const Group group = (*this)[number];
    for (std::uint32_t match = group.head->tags().match(hash); match != 0; match &= match - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(match));
      if (is_it(group.cell(lane))) return {group, (number - shard * shard_groups) * group_slots + lane};
    }
    return {};
  }
  template <class IsIt>
  [[gnu::noinline]] Place find_further(std::uint64_t hash, std::uint32_t shard, IsIt&& is_it) {
    for (Probe way = probe(hash, shard); way.next();) {
      if (const Place place = find_in(way.group(), hash, shard, is_it)) return place;
      if (!heads()[way.group()].goes_on(hash)) break;
    }
    return {};
  }

  bool is_large() const noexcept { return groups > (std::size_t{1} << 20) / sizeof(typename Group::Body); }
  static unsigned choose_lane(std::uint64_t hash, std::uint32_t empty) noexcept {
    const std::uint32_t line = empty & ((1U << line_cells) - 1) << preferred_lane(hash);
    return static_cast<unsigned>(std::countr_zero(line != 0 ? line : empty));
  }
  [[gnu::noinline]] Place vacancy_elsewhere(std::uint64_t hash, std::uint32_t shard) noexcept {
    Probe way = probe(hash, shard);
    do {
      const Group group = (*this)[way.group()];
      if (const std::uint32_t empty = group.head->tags().empty(); empty != 0) {
        return {group, way.shard_group() * group_slots + choose_lane(hash, empty)};
      }
      group.head->went_on(hash);
    } while (way.next());
    return {};
  }
  [[gnu::noinline]] void forget_way_to(std::uint32_t goal, std::uint64_t hash, std::uint32_t shard) noexcept {
    Probe way = probe(hash, shard);
    while (way.group() != goal) {
      heads()[way.group()].came_back(hash);
      if (!way.next()) return;
    }
  }

  template <class Memory>
  static Table* make(Memory& memory, std::uint32_t shards, std::uint32_t shard_groups, std::uint32_t most) {
    const std::uint32_t groups = shards * shard_groups;
    const std::size_t before =
        (sizeof(Table) + groups * sizeof(typename Group::Head) + alignment - 1) / alignment * alignment;
    const std::size_t bytes = before + groups * sizeof(typename Group::Body);
    auto* const start = static_cast<std::byte*>(memory.allocate(bytes));
    auto* const bodies = reinterpret_cast<typename Group::Body*>(start + before);
    auto* const table = ::new (static_cast<void*>(start)) Table{groups, shard_groups, bodies, shards, most, bytes};
    for (std::uint32_t i = 0; i < groups; ++i) {
      ::new (static_cast<void*>(table->heads() + i)) typename Group::Head;
      ::new (static_cast<void*>(bodies + i)) typename Group::Body;
      table->heads()[i].guard.start();
    }
    return table;
  }
  /// The entries must be gone.
  template <class Memory>
  static void unmake(Memory& memory, Table* table) noexcept {
    memory.deallocate(table, table->bytes);
  }
};

}  // namespace ashlar::inline v0::detail
