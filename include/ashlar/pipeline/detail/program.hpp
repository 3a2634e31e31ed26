// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <ashlar/pipeline/detail/chunk.hpp>
#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/run_report.hpp>
#include <ashlar/pipeline/stage_context.hpp>

namespace ashlar::inline v0::detail {

/// What one thread of a run knows and measures.
struct Crew {
  explicit Crew(std::size_t stages) : meters(stages) {}

  StageContext context;
  std::uint32_t home = 0;   ///< the blocking stage it belongs to; 0: a compute worker
  std::uint32_t index = 0;  ///< its row in the timeline
  Chunk* spare = nullptr;   ///< a chunk at hand for the next pull
  Ticks now = 0;            ///< when it last looked at the clock
  Tally finished;
  std::vector<StageMeter> meters;
  std::vector<Span> spans;
  std::vector<std::uint64_t> origins;  ///< room for the positions of the items a stage gives
};

/// What a pull from the source came to.
enum class Pulled : std::uint8_t {
  items,    ///< `chunk.pulled` items are in the chunk
  nothing,  ///< nothing there at the moment; the source will call back
  heavy,    ///< the next item, of `chunk.weight` bytes, does not fit into the room that is left
  end,
};

/// The typed side of a run, as the engine sees it.
class Program {
 public:
  virtual ~Program() = default;
  virtual std::unique_ptr<Chunk> make_chunk() = 0;
  /// Up to `want` items, and no more than `room` bytes, into the chunk. One caller at a time. May throw.
  virtual Pulled pull(Chunk& chunk, std::size_t want, std::uint64_t room, Crew& crew) = 0;
  /// The part of the pull that many threads may do at once.
  virtual void fill(Chunk& chunk) = 0;
  /// Takes the chunk through stage `i`; failures of items are reported to the engine. Returns the items tried.
  virtual std::size_t execute(std::size_t i, Chunk& chunk, Crew& crew) noexcept = 0;
  /// After the last chunk: what stages still hold back is counted as cancelled.
  virtual void close(Crew& crew) noexcept = 0;
  virtual bool wants_flush() const noexcept = 0;
};

}  // namespace ashlar::inline v0::detail
