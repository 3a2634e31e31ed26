// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <tuple>
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

  std::uint64_t sequence = 0;  ///< its place in the order of the source
  std::uint64_t first = 0;     ///< position of its first item in the source
  std::uint64_t weight = 0;    ///< bytes charged to the run
  std::uint32_t pulled = 0;    ///< items charged to the run
  std::uint32_t stage = 0;     ///< the stage it is in, or waits for
  Ticks queued_at = 0;
  std::atomic<std::uint32_t> handed{0};  ///< release/acquire pair of a hand-over through a queue
  Ticks busy = 0;                        ///< time spent on it in stages
  bool tokens = false;                   ///< whether its items count as in flight
  bool flush = false;                    ///< the last chunk of a run: stages hand out what they held back

  /// Positions of the present items in the source, where they are not first, first + 1, …
  std::vector<std::uint64_t> origins;
  bool mapped = false;

  std::uint64_t origin(std::size_t i) const noexcept { return mapped ? origins[i] : first + i; }
  /// Writes the positions out, so that some can be left out.
  void map(std::size_t items) {
    if (mapped) return;
    origins.resize(items);
    std::iota(origins.begin(), origins.end(), first);
    mapped = true;
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

/// A chunk with room for the items in front of each stage: lane i holds what stage i gives.
template <class... Items>
struct TypedChunk final : Chunk {
  std::tuple<Lane<Items>...> lanes;
};

}  // namespace ashlar::inline v0::detail
