// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <span>

#include <ashlar/cache/eviction/concepts.hpp>
#include <ashlar/cache/memory_tier.hpp>

namespace {

using ashlar::slot_index;

/// The least that models eviction, and a policy: evicts the lowest slot that is taken.
struct Least {
  std::vector<bool> taken;
  void resize(slot_index slots) { taken.assign(slots, false); }
  void renumber(std::span<const slot_index> to, slot_index slots) {
    std::vector<bool> moved(slots);
    for (slot_index i = 0; i < to.size(); ++i) {
      if (taken[i]) moved[to[i]] = true;
    }
    taken = moved;
  }
  void limit(std::uint64_t) noexcept {}
  template <class E>
  void insert(slot_index slot, std::uint64_t, E&) noexcept {
    taken[slot] = true;
  }
  template <class E>
  void erase(slot_index slot, E&) noexcept {
    taken[slot] = false;
  }
  template <class E>
  slot_index evict(std::uint64_t, E&) noexcept {
    for (slot_index i = 0; i < taken.size(); ++i) {
      if (taken[i]) {
        taken[i] = false;
        return i;
      }
    }
    return ashlar::no_slot;
  }
  void clear() noexcept { taken.assign(taken.size(), false); }
};
static_assert(ashlar::explain_eviction<Least>());
static_assert(!ashlar::marks_hits<Least> && !ashlar::replays_hits<Least> && !ashlar::reweighs<Least>);

struct NoResize : Least {
  void resize(slot_index) = delete;
};
struct NoRenumber : Least {
  void renumber(std::span<const slot_index>, slot_index) = delete;
};
struct NoLimit : Least {
  void limit(std::uint64_t) = delete;
};
struct ThrowingInsert : Least {
  template <class E>
  void insert(slot_index, std::uint64_t, E&) {}
};
struct NoErase : Least {
  template <class E>
  void erase(slot_index, E&) = delete;
};
struct EvictsNothing : Least {
  template <class E>
  void evict(std::uint64_t, E&) noexcept {}
};
struct ThrowingClear : Least {
  void clear() {}
};
struct NotCopyable : Least {
  NotCopyable() = default;
  NotCopyable(NotCopyable&&) = default;
};
static_assert(!ashlar::eviction<NoResize> && !ashlar::eviction<NoRenumber> && !ashlar::eviction<NoLimit>);
static_assert(!ashlar::eviction<ThrowingInsert> && !ashlar::eviction<NoErase> && !ashlar::eviction<EvictsNothing>);
static_assert(!ashlar::eviction<ThrowingClear> && !ashlar::eviction<NotCopyable>);

}  // namespace

TEST_CASE("the smallest policy of a user runs a tier, also one whose table grows") {
  ashlar::MemoryTier<int, int, Least> tier{ashlar::entries(100)};
  for (int i = 0; i < 1000; ++i) {
    tier.put(i, i);
    REQUIRE(tier.get(i) == i);
  }
  CHECK(tier.size() == 100);
  ashlar::MemoryTier<int, std::string, Least, ashlar::WeighBytes> growing{ashlar::bytes(1 << 20)};
  for (int i = 0; i < 20'000; ++i) growing.put(i, "value");
  CHECK(growing.weight() <= growing.capacity());
  CHECK(growing.size() > 5'000);
}
