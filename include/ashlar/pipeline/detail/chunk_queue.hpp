// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>

#include <ashlar/pipeline/detail/chunk.hpp>
#include <ashlar/pipeline/detail/meter.hpp>

namespace ashlar::inline v0::detail {

/// Chunks between threads, linked through themselves: no memory to run out of. A chunk is worth microseconds of work,
/// so that a short lock for each costs nothing that could be measured.
/// Workers share these; they have none of their own to steal from. Each carries what it pulled as far as it may go, and
/// only what a limit or an order stopped is queued, in front of its stage, where every worker finds it. Items come one by
/// one from other threads only in `Channel`, which is where a lock-free queue pays.
class ChunkQueue {
 public:
  [[gnu::noinline]] void push(Chunk* chunk) noexcept {
    chunk->behind = nullptr;
    const std::lock_guard lock{mutex_};
    (last_ == nullptr ? first_ : last_->behind) = chunk;
    last_ = chunk;
  }
  /// In front of all others: what was used last is still in the processor's cache.
  [[gnu::noinline]] void push_front(Chunk* chunk) noexcept {
    const std::lock_guard lock{mutex_};
    chunk->behind = first_;
    if (first_ == nullptr) last_ = chunk;
    first_ = chunk;
  }
  [[gnu::noinline]] Chunk* pop() noexcept {
    const std::lock_guard lock{mutex_};
    return take();
  }
  /// The same, noting how long there was something to take.
  [[gnu::noinline]] Chunk* pop(Stretches& waited, Ticks now) noexcept {
    const std::lock_guard lock{mutex_};
    Chunk* chunk = take();
    if (chunk != nullptr) waited.add(chunk->queued_at, now);
    return chunk;
  }

 private:
  Chunk* take() noexcept {
    Chunk* chunk = first_;
    if (chunk != nullptr) {
      first_ = chunk->behind;
      if (first_ == nullptr) last_ = nullptr;
    }
    return chunk;
  }

  std::mutex mutex_;
  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
};

}  // namespace ashlar::inline v0::detail
