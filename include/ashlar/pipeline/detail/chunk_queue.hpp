// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/core/detail/moodycamel.hpp>
#include <ashlar/pipeline/detail/chunk.hpp>

namespace ashlar::inline v0::detail {

/// Chunks between threads. Its own functions, kept out of line, so that the queue's code is compiled once in a program's
/// unit instead of at every use.
class ChunkQueue {
 public:
  /// False when memory ran out.
  [[gnu::noinline]] bool push(Chunk* chunk) {
    chunk->handed.store(1, std::memory_order_release);
    return queue_.enqueue(chunk);
  }
  [[gnu::noinline]] Chunk* pop() {
    Chunk* chunk = nullptr;
    if (queue_.try_dequeue(chunk)) static_cast<void>(chunk->handed.load(std::memory_order_acquire));
    return chunk;
  }

 private:
  moodycamel::ConcurrentQueue<Chunk*> queue_;
};

}  // namespace ashlar::inline v0::detail
