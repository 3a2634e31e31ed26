// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/pipeline/detail/chunk_queue.hpp>
#include <ashlar/pipeline/detail/event_count.hpp>
#include <ashlar/pipeline/detail/fixed_row.hpp>
#include <ashlar/pipeline/detail/program.hpp>

namespace ashlar::inline v0::detail {

/// What a stage asks of the engine.
struct StageSpec {
  std::string name;
  std::size_t limit = 0;  ///< 0: no limit but the workers
  bool blocking = false;
  bool in_order = false;
};
/// All of them, as a program tells them.
struct StageSpecs final : StageList {
  void add(std::string_view name, std::size_t limit, bool blocking, bool in_order) override {
    all.push_back({std::string{name}, limit, blocking, in_order});
  }
  std::vector<StageSpec> all;
};

inline constexpr int unlimited = std::numeric_limits<int>::max();

/// The engine's side of one stage: its permits, and what waits in front of it.
///
/// Invariant (nobody is forgotten): who puts a chunk makes it visible by a seq_cst operation and then tries for a
/// permit; who gives a permit back does so by a seq_cst operation and then looks for a waiting chunk. In the single
/// order of seq_cst operations one of the two comes second and sees the other.
class Station {
 public:
  /// `window`: most chunks of a run alive at once, which bounds the distance between waiting sequence numbers.
  void open(StageSpec spec, int limit, std::size_t window) {
    name = std::move(spec.name);
    asked = spec.limit;
    blocking = spec.blocking;
    in_order = spec.in_order;
    limit_ = in_order ? 1 : limit;
    allowed_.store(limit_, std::memory_order_relaxed);
    if (in_order) {
      std::size_t size = 2;
      while (size < window) size *= 2;
      mask_ = size - 1;
      ring_ = FixedRow<std::atomic<Chunk*>>{size};
    }
  }

  bool acquire() noexcept {
    if (limit_ == unlimited) return true;
    int now = active_.load(std::memory_order_seq_cst);
    while (now < allowed_.load(std::memory_order_seq_cst)) {
      if (active_.compare_exchange_weak(now, now + 1, std::memory_order_seq_cst)) return true;
    }
    return false;
  }
  bool has_permit() const noexcept {
    return limit_ == unlimited || active_.load(std::memory_order_seq_cst) < allowed_.load(std::memory_order_seq_cst);
  }
  /// Permits given out at most, up to `limit()`. After a raise somebody must come for what waits.
  void allow(int permits) noexcept { allowed_.store(permits, std::memory_order_seq_cst); }
  int allowed() const noexcept { return allowed_.load(std::memory_order_relaxed); }

  /// A permit for `chunk` without queueing; the caller runs it.
  bool enter(const Chunk& chunk) noexcept {
    // Nobody but the holder of this sequence number can move `next_` past it.
    if (in_order) return next_.load(std::memory_order_seq_cst) == chunk.sequence && acquire();
    return limit_ == unlimited || (queued_.load(std::memory_order_relaxed) == 0 && acquire());
  }
  /// Gives the permit for `sequence` back; true when somebody should come for what waits.
  bool leave(std::uint64_t sequence) noexcept {
    if (in_order) next_.store(sequence + 1, std::memory_order_seq_cst);
    if (limit_ != unlimited) active_.fetch_sub(1, std::memory_order_seq_cst);
    return has();
  }

  void put(Chunk* chunk) noexcept {
    waiting_.fetch_add(chunk->pulled, std::memory_order_relaxed);
    if (in_order) {
      ring_[chunk->sequence & mask_].store(chunk, std::memory_order_seq_cst);
    } else {
      queue_.push(chunk);
      queued_.fetch_add(1, std::memory_order_seq_cst);
    }
    const std::int64_t depth = waiting_.load(std::memory_order_relaxed);
    if (depth > deepest_.load(std::memory_order_relaxed)) deepest_.store(depth, std::memory_order_relaxed);
  }
  /// Whether a chunk waits that may run now, permits aside.
  bool has() const noexcept {
    if (in_order) return turn().load(std::memory_order_seq_cst) != nullptr;
    return queued_.load(std::memory_order_seq_cst) > 0;
  }
  /// A waiting chunk together with a permit for it, or null.
  Chunk* serve(Ticks now) noexcept {
    while (has() && acquire()) {
      if (Chunk* chunk = take(now)) return chunk;
      if (limit_ != unlimited) active_.fetch_sub(1, std::memory_order_seq_cst);
    }
    return nullptr;
  }

  std::size_t chunks_waiting() const noexcept {
    const int n = queued_.load(std::memory_order_seq_cst);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  /// Items that wait.
  std::int64_t depth() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  /// Time in which something waited; after the run.
  Ticks waited() const noexcept { return waited_.sum(); }
  std::size_t deepest() const noexcept { return static_cast<std::size_t>(deepest_.load(std::memory_order_relaxed)); }
  int limit() const noexcept { return limit_; }

  std::string name;
  std::size_t asked = 0;
  bool blocking = false;
  bool in_order = false;

  // Of blocking stages: threads of their own, started as they are needed.
  EventCount event;
  std::atomic<int> started{0};

 private:
  const std::atomic<Chunk*>& turn() const noexcept { return ring_[next_.load(std::memory_order_seq_cst) & mask_]; }

  Chunk* take(Ticks now) noexcept {
    if (in_order) {  // with the permit in hand `next_` stands still
      std::atomic<Chunk*>& slot = ring_[next_.load(std::memory_order_seq_cst) & mask_];
      Chunk* chunk = slot.load(std::memory_order_seq_cst);
      if (chunk == nullptr) return nullptr;
      slot.store(nullptr, std::memory_order_relaxed);
      waited_.add(chunk->queued_at, now);
      waiting_.fetch_sub(chunk->pulled, std::memory_order_relaxed);
      return chunk;
    }
    int n = queued_.load(std::memory_order_seq_cst);
    do {
      if (n <= 0) return nullptr;
    } while (!queued_.compare_exchange_weak(n, n - 1, std::memory_order_seq_cst));
    Chunk* chunk = queue_.pop(waited_, now);  // the claim above is for one chunk that is in the queue
    waiting_.fetch_sub(chunk->pulled, std::memory_order_relaxed);
    return chunk;
  }

  int limit_ = unlimited;
  std::size_t mask_ = 0;
  FixedRow<std::atomic<Chunk*>> ring_;
  ChunkQueue queue_;
  Stretches waited_;  // with the permit of stages in order, else with the queue's mutex
  std::atomic<int> allowed_{unlimited};
  alignas(64) std::atomic<int> active_{0};
  alignas(64) std::atomic<int> queued_{0};
  alignas(64) std::atomic<std::uint64_t> next_{0};
  std::atomic<std::int64_t> waiting_{0};
  std::atomic<std::int64_t> deepest_{0};
};

}  // namespace ashlar::inline v0::detail
