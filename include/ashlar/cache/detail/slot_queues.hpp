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
    slot_mask_ = width == 3 ? narrow_slots - 1 : no_slot;
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
        const unsigned was = state(slot);
        if ((was & gone) == 0) {
          moved.append(q, to[slot]);
          moved.change_state(to[slot], 0, was);
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
  [[gnu::always_inline]] void push(unsigned queue, slot_index slot) noexcept {
    const unsigned before = state(slot);
    if ((before & gone) != 0) [[unlikely]]
      return push_late(queue, slot, before);
    append(queue, slot);
    change_state(slot, 0, queue | queue << 1);
    ++queues_[queue].size;
  }

  /// Removes the oldest of `queue` and returns it; `no_slot` where there is none (any more).
  [[gnu::always_inline]] slot_index pop(unsigned queue) noexcept {
    while (queues_[queue].size != 0) {
      const slot_index slot = take_oldest(queues_[queue]);
      const unsigned was = state(slot);
      change_state(slot, was, 0);
      if ((was & (gone | late)) == 0) [[likely]] {
        --queues_[queue].size;
        return slot;
      }
      if ((was & late) != 0) send_on(queue, slot, was);
    }
    return no_slot;
  }

  /// What `pop` will most likely return next, or `no_slot`.
  slot_index oldest(unsigned queue) const noexcept {
    const Queue& q = queues_[queue];
    return q.held == 0 ? no_slot : at(q.oldest, q.first);
  }

  /// What comes after that, or `no_slot`.
  slot_index second_oldest(unsigned queue) const noexcept {
    const Queue& q = queues_[queue];
    if (q.held < 2) return no_slot;
    return q.first + 1 == chunk_slots_ ? at(chunks_[q.oldest].next(), 0) : at(q.oldest, q.first + 1);
  }

  /// `slot` is in a queue and leaves it.
  [[gnu::noinline]] void erase(slot_index slot) noexcept {
    const unsigned was = state(slot);
    const unsigned number = was & in_second;
    Queue& queue = queues_[number];
    --queue.size;
    if (queue.last > 0 && at(queue.newest, queue.last - 1) == slot) {
      change_state(slot, was, 0);
      --queue.last;
      if (--queue.held == 0) release(queue);
    } else {
      change_state(slot, was, number | gone);
    }
  }

  void clear() noexcept {
    queues_[0] = queues_[1] = Queue{};
    for (std::uint8_t& pair : states_) pair = 0;
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) chunks_[i].next(i + 1);
    free_ = 0;
  }

 private:
  static constexpr std::uint32_t chunk_bytes = 60;
  static constexpr slot_index narrow_slots = slot_index{1} << 24;
  static constexpr std::uint32_t no_chunk = 0xffff'ffff;
  // The state of a slot: the queue of its element, the queue it wants, and whether the element waits to be dropped or
  // to be sent there.
  static constexpr unsigned in_second = 1, gone = 4, late = 8;

  /// The slots, then the number of the next chunk: so a slot may be read as four bytes whatever its width.
  struct Chunk {
    std::uint8_t bytes[chunk_bytes + 4] = {};

    std::uint32_t next() const noexcept { return word(chunk_bytes); }
    void next(std::uint32_t chunk) noexcept {
      for (unsigned i = 0; i < 4; ++i) bytes[chunk_bytes + i] = static_cast<std::uint8_t>(chunk >> 8 * i);
    }
    std::uint32_t word(std::size_t i) const noexcept {
      const std::uint8_t* const b = bytes + i;
      return b[0] | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 | std::uint32_t{b[3]} << 24;
    }
  };
  struct Queue {
    std::uint32_t oldest = no_chunk;
    std::uint32_t newest = no_chunk;
    std::uint32_t first = 0;  // of the oldest chunk
    std::uint32_t last = 0;   // behind the last of the newest chunk
    slot_index held = 0;      // elements
    slot_index size = 0;      // those that are not gone
  };

  unsigned state(slot_index slot) const noexcept { return states_[slot / 2] >> slot % 2 * 4 & 15U; }
  void change_state(slot_index slot, unsigned before, unsigned after) noexcept {
    std::uint8_t& pair = states_[slot / 2];
    pair = static_cast<std::uint8_t>(pair ^ (before ^ after) << slot % 2 * 4);
  }

  slot_index at(std::uint32_t chunk, std::uint32_t i) const noexcept {
    return chunks_[chunk].word(i * width_) & slot_mask_;
  }
  void at(std::uint32_t chunk, std::uint32_t i, slot_index slot) noexcept {
    std::uint8_t* const bytes = chunks_[chunk].bytes + i * width_;
    bytes[0] = static_cast<std::uint8_t>(slot);
    bytes[1] = static_cast<std::uint8_t>(slot >> 8);
    bytes[2] = static_cast<std::uint8_t>(slot >> 16);
    if (width_ == 4) bytes[3] = static_cast<std::uint8_t>(slot >> 24);
  }

  /// The turn of a late element has come.
  [[gnu::noinline]] void send_on(unsigned queue, slot_index slot, unsigned was) noexcept {
    --queues_[queue].size;
    push(was >> 1 & 1U, slot);
  }
  /// The element of `slot` is still somewhere: it is sent to `queue` when its turn comes.
  [[gnu::noinline]] void push_late(unsigned queue, slot_index slot, unsigned before) noexcept {
    const unsigned number = before & in_second;
    change_state(slot, before, number | queue << 1 | late);
    ++queues_[number].size;
  }

  [[gnu::always_inline]] void append(unsigned q, slot_index slot) noexcept {
    Queue& queue = queues_[q];
    if (queue.held == 0 || queue.last == chunk_slots_) [[unlikely]]
      add_chunk(queue);
    at(queue.newest, queue.last++, slot);
    ++queue.held;
  }
  [[gnu::noinline]] void add_chunk(Queue& queue) noexcept {
    if (free_ == chunks_.size()) [[unlikely]]
      drop_gone();
    if (queue.held != 0 && queue.last != chunk_slots_) return;  // there is room since what was gone was dropped
    ASHLAR_ASSERT(free_ < chunks_.size(), "no more slots are in queues than there is room for");
    const std::uint32_t fresh = free_;
    free_ = chunks_[fresh].next();
    if (queue.held == 0) {
      queue.oldest = fresh;
      queue.first = 0;
    } else {
      chunks_[queue.newest].next(fresh);
    }
    queue.newest = fresh;
    queue.last = 0;
  }
  // Writes each queue anew without the elements that are gone, over itself: what is written is never ahead.
  [[gnu::noinline]] void drop_gone() noexcept {
    for (Queue& queue : queues_) {
      if (queue.held == queue.size) continue;
      Queue from = queue;
      std::uint32_t chunk = queue.oldest, end = 0, written = 0;
      while (from.held > 0) {
        const slot_index slot = at(from.oldest, from.first);
        step(from);
        if (const unsigned was = state(slot); (was & gone) != 0) {
          change_state(slot, was, 0);
          continue;
        }
        if (end == chunk_slots_) {
          chunk = chunks_[chunk].next();
          end = 0;
        }
        at(chunk, end++, slot);
        ++written;
      }
      const std::uint32_t newest = queue.newest;
      std::uint32_t spare = written == 0 ? queue.oldest : chunk == newest ? no_chunk : chunks_[chunk].next();
      while (spare != no_chunk) {
        const std::uint32_t next = spare == newest ? no_chunk : chunks_[spare].next();
        give_back(spare);
        spare = next;
      }
      queue = written == 0 ? Queue{} : Queue{queue.oldest, chunk, 0, end, written, queue.size};
    }
  }
  slot_index take_oldest(Queue& queue) noexcept {
    const slot_index slot = at(queue.oldest, queue.first);
    if (queue.held == 1 || queue.first + 1 == chunk_slots_) [[unlikely]] {
      leave_chunk(queue);
    } else {
      --queue.held;
      ++queue.first;
    }
    return slot;
  }
  [[gnu::noinline]] void leave_chunk(Queue& queue) noexcept {
    const std::uint32_t chunk = queue.oldest;
    step(queue);
    if (queue.held == 0) {
      release(queue);
    } else if (queue.oldest != chunk) {
      give_back(chunk);
    }
  }
  void step(Queue& queue) const noexcept {
    if (--queue.held != 0 && ++queue.first == chunk_slots_) {
      queue.oldest = chunks_[queue.oldest].next();
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
    chunks_[chunk].next(free_);
    free_ = chunk;
  }

  std::vector<Chunk> chunks_;
  std::vector<std::uint8_t> states_;
  Queue queues_[2];
  std::uint32_t free_ = 0;
  unsigned width_ = 3;
  slot_index slot_mask_ = narrow_slots - 1;
  std::uint32_t chunk_slots_ = chunk_bytes / 3;
  slot_index slots_ = 0;
};

}  // namespace ashlar::inline v0::detail
