// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/concepts.hpp>
#include <ashlar/core/assert.hpp>

namespace ashlar::inline v0::detail {

/// Two queues of slots, oldest first out, in chunks of one cache line from a common pool: 3.4 bytes for each slot that
/// can be in a queue at once (4.6 beyond 16 million slots), and half a byte per slot that says where it is. A slot is in
/// one queue at a time.
///
/// A slot that is erased, unless it was the newest, stays in its chunk and is passed over when its turn comes, or when
/// the pool is exhausted. Where it is pushed again before that, it keeps its old element, which is sent to the queue it
/// wants when its turn comes. Until then it counts where the element is: each slot has one element at most.
/// Cost: constant, amortised; one cache line for a push or a pop, mostly the same as the last time.
class SlotQueues {
 public:
  /// Room for `slots`, at most `entries` of which are in a queue at once. All are in none. Strong guarantee.
  void resize(slot_index slots, slot_index entries) {
    const unsigned width = slots <= narrow_slots ? 3 : 4;
    const std::uint32_t chunk_slots = chunk_bytes / width;
    std::vector<Chunk> chunks((std::size_t{entries} + entries / 16) / chunk_slots + 8);
    std::vector<std::uint8_t> states((std::size_t{slots} + 1) / 2);
    chunks_ = std::move(chunks);
    states_ = std::move(states);
    width_ = width;
    chunk_slots_ = chunk_slots;
    slots_ = slots;
    clear();
  }

  /// Slot i is now `to[i]`, in room for `slots` and `entries`. Strong guarantee.
  void renumber(std::span<const slot_index> to, slot_index slots, slot_index entries) {
    SlotQueues moved;
    moved.resize(slots, entries);
    for (unsigned q = 0; q < 2; ++q) {
      Queue from = queues_[q];
      while (from.held > 0) {
        const slot_index slot = at(from.oldest, from.first);
        const std::uint8_t was = state(slot);
        if ((was & gone) == 0) {
          moved.append(q, to[slot]);
          moved.state(to[slot], was);
          ++moved.queues_[q].size;
        }
        step(from);
      }
    }
    *this = std::move(moved);
  }

  slot_index slots() const noexcept { return slots_; }
  slot_index size(unsigned queue) const noexcept { return queues_[queue].size; }
  bool empty(unsigned queue) const noexcept { return queues_[queue].size == 0; }

  /// `slot`, which is in no queue, becomes the newest of `queue`.
  void push(unsigned queue, slot_index slot) noexcept {
    const std::uint8_t before = state(slot);
    if ((before & gone) != 0) [[unlikely]] {
      const unsigned number = before & in_second;
      state(slot, static_cast<std::uint8_t>(number | queue << 1 | late));
      ++queues_[number].size;
      return;
    }
    append(queue, slot);
    state(slot, static_cast<std::uint8_t>(queue | queue << 1));
    ++queues_[queue].size;
  }

  /// Removes the oldest of `queue` and returns it; `no_slot` where there is none (any more).
  slot_index pop(unsigned queue) noexcept {
    while (queues_[queue].size != 0) {
      const slot_index slot = take_oldest(queues_[queue]);
      const std::uint8_t was = state(slot);
      state(slot, 0);
      if ((was & (gone | late)) == 0) [[likely]] {
        --queues_[queue].size;
        return slot;
      }
      if ((was & late) != 0) {
        --queues_[queue].size;
        push(was >> 1 & 1U, slot);
      }
    }
    return no_slot;
  }

  /// What `pop` will most likely return next, or `no_slot`.
  slot_index oldest(unsigned queue) const noexcept {
    const Queue& q = queues_[queue];
    return q.held == 0 ? no_slot : at(q.oldest, q.first);
  }

  /// `slot` is in a queue and leaves it.
  void erase(slot_index slot) noexcept {
    const unsigned number = state(slot) & in_second;
    Queue& queue = queues_[number];
    --queue.size;
    if (queue.last > 0 && at(queue.newest, queue.last - 1) == slot) {
      state(slot, 0);
      --queue.last;
      if (--queue.held == 0) release(queue);
    } else {
      state(slot, static_cast<std::uint8_t>(number | gone));
    }
  }

  void clear() noexcept {
    queues_[0] = queues_[1] = Queue{};
    for (std::uint8_t& pair : states_) pair = 0;
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) chunks_[i].next = i + 1;
    free_ = 0;
  }

 private:
  static constexpr std::uint32_t chunk_bytes = 60;
  static constexpr slot_index narrow_slots = slot_index{1} << 24;
  static constexpr std::uint32_t no_chunk = 0xffff'ffff;
  // The state of a slot: the queue of its element, the queue it wants, and whether the element waits to be dropped or
  // to be sent there.
  static constexpr std::uint8_t in_second = 1, gone = 4, late = 8;

  struct Chunk {
    std::uint32_t next = 0;
    std::uint8_t slots[chunk_bytes] = {};
  };
  struct Queue {
    std::uint32_t oldest = no_chunk;
    std::uint32_t newest = no_chunk;
    std::uint32_t first = 0;  // of the oldest chunk
    std::uint32_t last = 0;   // behind the last of the newest chunk
    slot_index held = 0;      // elements
    slot_index size = 0;      // those that are not gone
  };

  std::uint8_t state(slot_index slot) const noexcept {
    return static_cast<std::uint8_t>(states_[slot / 2] >> slot % 2 * 4 & 15);
  }
  void state(slot_index slot, std::uint8_t value) noexcept {
    std::uint8_t& pair = states_[slot / 2];
    const unsigned shift = slot % 2 * 4;
    pair = static_cast<std::uint8_t>((pair & ~(15U << shift)) | unsigned{value} << shift);
  }

  slot_index at(std::uint32_t chunk, std::uint32_t i) const noexcept {
    const std::uint8_t* const bytes = chunks_[chunk].slots + i * width_;
    const slot_index low = bytes[0] | slot_index{bytes[1]} << 8 | slot_index{bytes[2]} << 16;
    return width_ == 3 ? low : low | slot_index{bytes[3]} << 24;
  }
  void at(std::uint32_t chunk, std::uint32_t i, slot_index slot) noexcept {
    std::uint8_t* const bytes = chunks_[chunk].slots + i * width_;
    bytes[0] = static_cast<std::uint8_t>(slot);
    bytes[1] = static_cast<std::uint8_t>(slot >> 8);
    bytes[2] = static_cast<std::uint8_t>(slot >> 16);
    if (width_ == 4) bytes[3] = static_cast<std::uint8_t>(slot >> 24);
  }

  void append(unsigned q, slot_index slot) noexcept {
    if (queues_[q].held == 0 || queues_[q].last == chunk_slots_) {
      if (free_ == chunks_.size()) [[unlikely]]
        drop_gone();
      add_chunk(queues_[q]);
    }
    Queue& queue = queues_[q];
    at(queue.newest, queue.last++, slot);
    ++queue.held;
  }
  void add_chunk(Queue& queue) noexcept {
    if (queue.held != 0 && queue.last != chunk_slots_) return;  // there is room since what was gone was dropped
    ASHLAR_ASSERT(free_ < chunks_.size(), "no more slots are in queues than there is room for");
    const std::uint32_t fresh = free_;
    free_ = chunks_[fresh].next;
    if (queue.held == 0) {
      queue.oldest = fresh;
      queue.first = 0;
    } else {
      chunks_[queue.newest].next = fresh;
    }
    queue.newest = fresh;
    queue.last = 0;
  }
  // Writes each queue anew without the elements that are gone, over itself: what is written is never ahead.
  void drop_gone() noexcept {
    for (Queue& queue : queues_) {
      if (queue.held == queue.size) continue;
      Queue from = queue;
      std::uint32_t chunk = queue.oldest, end = 0, written = 0;
      while (from.held > 0) {
        const slot_index slot = at(from.oldest, from.first);
        step(from);
        if ((state(slot) & gone) != 0) {
          state(slot, 0);
          continue;
        }
        if (end == chunk_slots_) {
          chunk = chunks_[chunk].next;
          end = 0;
        }
        at(chunk, end++, slot);
        ++written;
      }
      const std::uint32_t newest = queue.newest;
      std::uint32_t spare = written == 0 ? queue.oldest : chunk == newest ? no_chunk : chunks_[chunk].next;
      while (spare != no_chunk) {
        const std::uint32_t next = spare == newest ? no_chunk : chunks_[spare].next;
        give_back(spare);
        spare = next;
      }
      queue = written == 0 ? Queue{} : Queue{queue.oldest, chunk, 0, end, written, queue.size};
    }
  }
  slot_index take_oldest(Queue& queue) noexcept {
    const std::uint32_t chunk = queue.oldest;
    const slot_index slot = at(chunk, queue.first);
    step(queue);
    if (queue.held == 0) {
      release(queue);
    } else if (queue.oldest != chunk) {
      give_back(chunk);
    }
    return slot;
  }
  void step(Queue& queue) const noexcept {
    if (--queue.held != 0 && ++queue.first == chunk_slots_) {
      queue.oldest = chunks_[queue.oldest].next;
      queue.first = 0;
    }
  }
  // An empty queue has one chunk, or two where the newest lost its last by an erasure.
  void release(Queue& queue) noexcept {
    if (queue.newest != queue.oldest) give_back(queue.newest);
    give_back(queue.oldest);
    const slot_index size = queue.size;
    queue = Queue{};
    queue.size = size;
  }
  void give_back(std::uint32_t chunk) noexcept {
    chunks_[chunk].next = free_;
    free_ = chunk;
  }

  std::vector<Chunk> chunks_;
  std::vector<std::uint8_t> states_;
  Queue queues_[2];
  std::uint32_t free_ = 0;
  unsigned width_ = 3;
  std::uint32_t chunk_slots_ = chunk_bytes / 3;
  slot_index slots_ = 0;
};

}  // namespace ashlar::inline v0::detail
