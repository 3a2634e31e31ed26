// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include <ashlar/core/detail/text.hpp>
#include <ashlar/core/error.hpp>
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

/// The stages of one run. All that does not depend on types is here and exists once.
class Program {
 public:
  Program(const Step* steps, std::size_t stages, std::uint64_t limit) noexcept
      : steps_{steps}, count_{stages}, limit_{limit} {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  virtual ~Program() = default;

  /// By `new`; the caller deletes it.
  virtual Chunk* make_chunk() = 0;
  /// Before the run, and after it.
  virtual void open() = 0;
  virtual void close_source() noexcept = 0;
  /// Behind a pull, by many threads at once.
  virtual void after_pull() noexcept = 0;
  /// Items the source will give; 0: not known.
  virtual std::uint64_t total() = 0;

  void attach(RunControl& control) noexcept { control_ = &control; }
  RunControl& control() const noexcept { return *control_; }

  /// Up to `want` items, and no more than `room` bytes, into the chunk. One caller at a time. May throw.
  Pulled pull(Chunk& chunk, std::size_t want, std::uint64_t room, Crew& crew) {
    if (limit_ == 0 && splits_) {
      chunk.pulled = static_cast<std::uint32_t>(claim(want));
      return chunk.pulled == 0 ? Pulled::end : Pulled::items;
    }
    if (late_) std::rethrow_exception(std::exchange(late_, nullptr));
    Pulled state = Pulled::end;
    try {
      state = limit_ != 0 ? draw_weighed(chunk, want, room, crew) : draw_some(*chunk.rows[0], want);
    } catch (...) {
      ended_ = true;
      if (chunk.rows[0]->size == 0) throw;
      late_ = std::current_exception();  // first the items that came before it
    }
    chunk.pulled = static_cast<std::uint32_t>(chunk.rows[0]->size);
    return chunk.pulled != 0 ? Pulled::items : state;
  }
  /// The part of the pull that many threads may do at once.
  void fill(Chunk& chunk, Crew& crew) noexcept {
    if (limit_ != 0 || !splits_) return;
    Row& row = *chunk.rows[0];
    std::size_t failed = 0;
    while (row.size + failed < chunk.pulled && !control_->stopping()) {
      try {
        fill_from(row, chunk.first + row.size + failed, chunk.pulled - row.size - failed);
      } catch (...) {
        control_->fail(0, chunk.first + row.size + failed, crew);
        chunk.leave_out(chunk.pulled - failed, row.size);
        ++failed;
      }
    }
    crew.meters[0].cancelled.add(chunk.pulled - row.size - failed);
  }

  /// Takes the chunk through stage `i`; failures of items are reported. Returns the items tried.
  std::size_t execute(std::size_t i, Chunk& chunk, Crew& crew) noexcept {
    const Step& step = steps_[i];
    Row& in = *chunk.rows[i - 1];
    const std::size_t n = in.size;
    std::size_t done = 0;
    if (!control_->stopping()) {
      if (step.bytes != nullptr) crew.meters[i].bytes.add(step.bytes(in));
      done = step.one_to_one ? run_one_to_one(step, i, chunk, crew) : run_any(step, i, chunk, crew);
    }
    if (done != n) crew.meters[i].cancelled.add(n - done);
    in.clear();
    if (crew.context.retries != 0) crew.meters[i].retries.add(std::exchange(crew.context.retries, 0U));
    return done;
  }
  /// After the last chunk: what stages still hold back is counted as cancelled.
  void close(Crew& crew) noexcept {
    for (std::size_t i = 1; i < count_; ++i) {
      if (steps_[i].abandon != nullptr) crew.meters[i].cancelled.add(steps_[i].abandon(*this));
    }
  }
  bool wants_flush() const noexcept {
    for (std::size_t i = 1; i < count_; ++i) {
      if (steps_[i].abandon != nullptr) return true;
    }
    return false;
  }

 protected:
  virtual SourceState draw(Row& into, std::size_t want) = 0;
  /// Of sources that split: the next items' positions, and then the items.
  virtual std::size_t claim(std::size_t) { return 0; }
  virtual void fill_from(Row&, std::uint64_t, std::size_t) {}
  /// The bytes of the one item in a row, and its way into another row.
  virtual std::uint64_t weigh(Row& row) = 0;
  virtual void move_first(Row& from, Row& to) = 0;

  bool splits_ = false;
  Row* next_ = nullptr;  ///< holds the item that found no room

 private:
  Pulled draw_some(Row& row, std::size_t want) {
    if (ended_) return Pulled::end;
    const SourceState state = draw(row, want);
    ended_ = state == SourceState::end;
    return ended_ ? Pulled::end : state == SourceState::idle ? Pulled::nothing : Pulled::again;
  }
  /// Item by item, as long as there is room for the next; one that found none is kept for later.
  Pulled draw_weighed(Chunk& chunk, std::size_t want, std::uint64_t room, Crew& crew) {
    Row& row = *chunk.rows[0];
    while (row.size < want) {
      if (next_->size == 0) {
        const Pulled state = draw_some(*next_, 1);
        if (next_->size == 0) return state;
      }
      const std::uint64_t weight = weigh(*next_);
      if (weight > limit_) {
        if (row.size != 0) break;
        refuse(weight, crew);
        next_->clear();
        if (control_->stopping()) break;
        continue;
      }
      if (weight > room - chunk.weight) {
        if (row.size == 0) chunk.weight = weight;
        return Pulled::heavy;
      }
      move_first(*next_, row);
      chunk.weight += weight;
      next_->clear();
    }
    return Pulled::again;
  }
  [[gnu::cold]] void refuse(std::uint64_t weight, Crew& crew) noexcept {
    try {
      throw Error{ErrorCode::no_space,
                  joined({"the item weighs ", Decimal{weight}, " bytes, more than RunOptions::bytes (", Decimal{limit_},
                          ") allows in flight; raise the limit"})};
    } catch (...) {
      control_->refuse(crew);
    }
  }

  /// Each item becomes one: positions stay as they are unless an item fails.
  std::size_t run_one_to_one(const Step& step, std::size_t i, Chunk& chunk, Crew& crew) noexcept {
    const std::size_t n = chunk.rows[i - 1]->size;
    std::size_t done = 0;
    std::size_t failed = 0;
    while (done < n && !control_->stopping()) {
      try {
        step.run(*this, chunk, crew, done, n);
      } catch (...) {
        const std::size_t place = step.gives ? done - failed : done;
        control_->fail(i, chunk.origin(place), crew);
        if (step.gives) {
          chunk.rows[i]->cut(place);
          chunk.leave_out(n - failed, place);
        }
        ++failed;
        ++done;
      }
    }
    crew.meters[i].out.add(done - failed);
    return done;
  }
  /// Each item becomes any number; a failed one none. `crew.origins` grows when an item is through.
  std::size_t run_any(const Step& step, std::size_t i, Chunk& chunk, Crew& crew) noexcept {
    Row& out = *chunk.rows[i];
    crew.origins.clear();
    const std::size_t n = chunk.rows[i - 1]->size;
    std::size_t done = 0;
    while (done < n && !control_->stopping()) {
      try {
        step.run(*this, chunk, crew, done, n);
      } catch (...) {
        out.cut(crew.origins.size());
        control_->fail(i, chunk.origin(done), crew);
        ++done;
      }
    }
    if (step.flush != nullptr && chunk.flush && !control_->stopping()) {
      const std::uint64_t last = chunk.first == 0 ? 0 : chunk.first - 1;
      try {
        step.flush(*this, chunk, crew);
        crew.origins.resize(out.size, last);
      } catch (...) {
        out.cut(crew.origins.size());
        control_->fail(i, last, crew);
      }
    }
    crew.meters[i].out.add(out.size);
    chunk.origins.swap(crew.origins);
    chunk.mapped = true;
    return done;
  }

  const Step* steps_;
  std::size_t count_;
  std::uint64_t limit_;
  RunControl* control_ = nullptr;
  std::exception_ptr late_;
  bool ended_ = false;  // the source said so, or threw, and is not asked again in this run
};

}  // namespace ashlar::inline v0::detail
