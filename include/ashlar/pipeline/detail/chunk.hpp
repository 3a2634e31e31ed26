// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ashlar/pipeline/detail/lane.hpp>
#include <ashlar/pipeline/detail/meter.hpp>

namespace ashlar::inline v0::detail {

/// A few consecutive items on their way through the pipeline: what the engine moves about.
struct Chunk {
  Chunk() = default;
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;
  virtual ~Chunk() = default;

  Row* const* rows = nullptr;    ///< rows[i]: what stage i gives
  Chunk* behind = nullptr;       ///< the next in a queue
  Chunk* made_before = nullptr;  ///< the next in the list of all chunks of a run
  std::uint64_t sequence = 0;    ///< its place in the order of the source
  std::uint64_t first = 0;       ///< position of its first item in the source
  std::uint64_t weight = 0;      ///< bytes charged to the run
  std::uint32_t pulled = 0;      ///< items charged to the run
  std::uint32_t stage = 0;       ///< the stage it is in, or waits for
  Ticks queued_at = 0;
  Ticks busy = 0;       ///< time spent on it in stages
  bool tokens = false;  ///< whether its items count as in flight
  bool flush = false;   ///< the last chunk of a run: stages hand out what they held back

  /// Positions of the present items in the source, where they are not first, first + 1, …
  std::vector<std::uint64_t> origins;
  bool mapped = false;

  std::uint64_t origin(std::size_t i) const noexcept { return mapped ? origins[i] : first + i; }
  /// Of `items` items, the one at `place` has gone. Without memory this is not noted: positions told later may be off.
  [[gnu::cold]] void leave_out(std::size_t items, std::size_t place) noexcept {
    if (!mapped) {
      try {
        origins.resize(items);
      } catch (...) {
        return;
      }
      for (std::size_t i = 0; i < items; ++i) origins[i] = first + i;
      mapped = true;
    }
    origins.erase(origins.begin() + static_cast<std::ptrdiff_t>(place));
  }
  void reuse() noexcept {
    weight = 0;
    pulled = 0;
    stage = 0;
    busy = 0;
    flush = false;
    mapped = false;
    origins.clear();
  }
};

template <std::size_t I, class T>
struct NumberedLane {
  Lane<T> lane;
};
/// Lanes of several types. It does what a tuple would, and is compiled in a fraction of the time.
template <class Numbers, class... Items>
struct Lanes;
template <std::size_t... I, class... Items>
struct Lanes<std::index_sequence<I...>, Items...> : NumberedLane<I, Items>... {
  Row* all[sizeof...(Items)] = {&static_cast<NumberedLane<I, Items>&>(*this).lane...};
};
template <std::size_t I, class T>
Lane<T>& lane_at(NumberedLane<I, T>& numbered) noexcept {
  return numbered.lane;
}

/// A chunk with room for the items in front of each stage: lane i holds what stage i gives.
template <class... Items>
struct TypedChunk final : Chunk {
  TypedChunk() { rows = lanes.all; }
  Lanes<std::index_sequence_for<Items...>, Items...> lanes;
};

}  // namespace ashlar::inline v0::detail
