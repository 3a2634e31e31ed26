// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <ashlar/pipeline/concepts.hpp>
#include <ashlar/pipeline/detail/chunk.hpp>
#include <ashlar/pipeline/detail/fixed_row.hpp>
#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/run_report.hpp>
#include <ashlar/pipeline/stage_context.hpp>

namespace ashlar::inline v0::detail {

/// What one thread of a run knows and measures.
struct Crew {
  StageContext context;
  std::uint32_t home = 0;   ///< the blocking stage it belongs to; 0: a compute worker
  std::uint32_t index = 0;  ///< its row in the timeline
  Chunk* spare = nullptr;   ///< a chunk at hand for the next pull
  Ticks now = 0;            ///< when it last looked at the clock
  Tally finished;
  FixedRow<StageMeter> meters;
  std::vector<Span> spans;
  std::vector<std::uint64_t> origins;  ///< positions of the items that the present stage gives
};

/// What a program sees of the run it is part of.
class RunControl {
 public:
  /// Records a failure of an item in a stage. To be called while its exception is being handled.
  virtual void fail(std::size_t stage, std::uint64_t item, Crew& crew) noexcept = 0;
  /// Fails an item that never left the source; by the source's one caller while the exception is handled.
  virtual void refuse(Crew& crew) noexcept = 0;
  /// The source has something again; any thread.
  virtual void source_ready() noexcept = 0;
  bool stopping() const noexcept { return stopping_.load(std::memory_order_relaxed); }

 protected:
  ~RunControl() = default;
  std::atomic<bool> stopping_{false};
};

/// What a pull from the source came to.
enum class Pulled : std::uint8_t {
  items,    ///< `chunk.pulled` items are in the chunk
  nothing,  ///< nothing there at the moment; the source will call back
  again,    ///< nothing this time; ask once more
  heavy,    ///< the next item, of `chunk.weight` bytes, does not fit into the room that is left
  end,
};

class Program;

/// The typed part of a stage.
struct Step {
  /// Takes items `k` to `n` of a chunk through the stage; where it throws, `k` is the item that failed.
  void (*run)(Program&, Chunk&, Crew&, std::size_t& k, std::size_t n) = nullptr;
  void (*flush)(Program&, Chunk&, Crew&) = nullptr;     ///< of stages that hold items back
  std::size_t (*abandon)(Program&) noexcept = nullptr;  ///< of the same: how many there are
  std::uint64_t (*bytes)(Row&) = nullptr;               ///< of items whose bytes are counted
  bool one_to_one = false;
  bool gives = false;
};

/// Takes down what each stage asks of the engine, the source first.
class StageList {
 public:
  /// `limit`: most threads in it; 0: no limit but the workers.
  virtual void add(std::string_view name, std::size_t limit, bool blocking, bool in_order) = 0;

 protected:
  ~StageList() = default;
};

/// The stages of one run, as the engine sees them: what depends on types, behind functions that do not.
class Program {
 public:
  Program(const Step* all_steps, std::size_t stages, std::uint64_t byte_limit) noexcept
      : steps{all_steps}, count{stages}, limit{byte_limit} {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  virtual ~Program() = default;

  virtual void describe(StageList& list) = 0;
  /// By `new`; the caller deletes it.
  virtual Chunk* make_chunk() = 0;
  /// Before the run, and after it.
  virtual void open() = 0;
  virtual void close_source() noexcept = 0;
  /// Behind a pull, by many threads at once.
  virtual void after_pull() noexcept = 0;
  /// Items the source will give; 0: not known.
  virtual std::uint64_t total() = 0;

  virtual SourceState draw(Row& into, std::size_t want) = 0;
  /// Of sources that split: the next items' positions, and then the items.
  virtual std::size_t claim(std::size_t) { return 0; }
  virtual void fill_from(Row&, std::uint64_t, std::size_t) {}
  /// The bytes of the one item in a row, and its way into another row.
  virtual std::uint64_t weigh(Row& row) = 0;
  virtual void move_first(Row& from, Row& to) = 0;

  const Step* steps;  ///< steps[i]: of stage i; the source has none
  std::size_t count;
  std::uint64_t limit;  ///< most bytes in flight; 0: none
  bool splits = false;
  Row* next = nullptr;  ///< holds the item that found no room
  RunControl* control = nullptr;
};

}  // namespace ashlar::inline v0::detail
