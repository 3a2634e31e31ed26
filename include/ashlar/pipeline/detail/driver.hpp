// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

#include <ashlar/core/detail/text.hpp>
#include <ashlar/core/error.hpp>
#include <ashlar/pipeline/detail/program.hpp>

namespace ashlar::inline v0::detail {

/// Takes chunks through a program, stage by stage, and deals with the items that fail on the way.
class Driver {
 public:
  Driver(Program& program, RunControl& control) noexcept : program_{program}, control_{control} {}

  /// Up to `want` items, and no more than `room` bytes, into the chunk. One caller at a time. May throw.
  Pulled pull(Chunk& chunk, std::size_t want, std::uint64_t room, Crew& crew) {
    if (program_.limit == 0 && program_.splits) {
      chunk.pulled = static_cast<std::uint32_t>(program_.claim(want));
      return chunk.pulled == 0 ? Pulled::end : Pulled::items;
    }
    if (late_) std::rethrow_exception(std::exchange(late_, nullptr));
    Pulled state = Pulled::end;
    try {
      state = program_.limit != 0 ? draw_weighed(chunk, want, room, crew) : draw_some(*chunk.rows[0], want);
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
    if (program_.limit != 0 || !program_.splits) return;
    Row& row = *chunk.rows[0];
    std::size_t failed = 0;
    while (row.size + failed < chunk.pulled && !control_.stopping()) {
      try {
        program_.fill_from(row, chunk.first + row.size + failed, chunk.pulled - row.size - failed);
      } catch (...) {
        control_.fail(0, chunk.first + row.size + failed, crew);
        chunk.leave_out(chunk.pulled - failed, row.size);
        ++failed;
      }
    }
    crew.meters[0].cancelled.add(chunk.pulled - row.size - failed);
  }

  /// Takes the chunk through stage `i`; failures of items are reported. Returns the items tried.
  std::size_t execute(std::size_t i, Chunk& chunk, Crew& crew) noexcept {
    const Step& step = program_.steps[i];
    Row& in = *chunk.rows[i - 1];
    const std::size_t n = in.size;
    std::size_t done = 0;
    if (!control_.stopping()) {
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
    for (std::size_t i = 1; i < program_.count; ++i) {
      if (program_.steps[i].abandon != nullptr) crew.meters[i].cancelled.add(program_.steps[i].abandon(program_));
    }
  }
  bool wants_flush() const noexcept {
    for (std::size_t i = 1; i < program_.count; ++i) {
      if (program_.steps[i].abandon != nullptr) return true;
    }
    return false;
  }

 private:
  Pulled draw_some(Row& row, std::size_t want) {
    if (ended_) return Pulled::end;
    const SourceState state = program_.draw(row, want);
    ended_ = state == SourceState::end;
    return ended_ ? Pulled::end : state == SourceState::idle ? Pulled::nothing : Pulled::again;
  }
  /// Item by item, as long as there is room for the next; one that found none is kept for later.
  Pulled draw_weighed(Chunk& chunk, std::size_t want, std::uint64_t room, Crew& crew) {
    Row& row = *chunk.rows[0];
    while (row.size < want) {
      if (program_.next->size == 0) {
        const Pulled state = draw_some(*program_.next, 1);
        if (program_.next->size == 0) return state;
      }
      const std::uint64_t weight = program_.weigh(*program_.next);
      if (weight > program_.limit) {
        if (row.size != 0) break;
        refuse(weight, crew);
        program_.next->clear();
        if (control_.stopping()) break;
        continue;
      }
      if (weight > room - chunk.weight) {
        if (row.size == 0) chunk.weight = weight;
        return Pulled::heavy;
      }
      program_.move_first(*program_.next, row);
      chunk.weight += weight;
      program_.next->clear();
    }
    return Pulled::again;
  }
  [[gnu::cold]] void refuse(std::uint64_t weight, Crew& crew) noexcept {
    try {
      throw Error{ErrorCode::no_space,
                  joined({"the item weighs ", Decimal{weight}, " bytes, more than RunOptions::bytes (",
                          Decimal{program_.limit}, ") allows in flight; raise the limit"})};
    } catch (...) {
      control_.refuse(crew);
    }
  }

  /// Each item becomes one: positions stay as they are unless an item fails.
  std::size_t run_one_to_one(const Step& step, std::size_t i, Chunk& chunk, Crew& crew) noexcept {
    const std::size_t n = chunk.rows[i - 1]->size;
    std::size_t done = 0;
    std::size_t failed = 0;
    while (done < n && !control_.stopping()) {
      try {
        step.run(program_, chunk, crew, done, n);
      } catch (...) {
        const std::size_t place = step.gives ? done - failed : done;
        control_.fail(i, chunk.origin(place), crew);
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
    while (done < n && !control_.stopping()) {
      try {
        step.run(program_, chunk, crew, done, n);
      } catch (...) {
        out.cut(crew.origins.size());
        control_.fail(i, chunk.origin(done), crew);
        ++done;
      }
    }
    if (step.flush != nullptr && chunk.flush && !control_.stopping()) {
      const std::uint64_t last = chunk.first == 0 ? 0 : chunk.first - 1;
      try {
        step.flush(program_, chunk, crew);
        crew.origins.resize(out.size, last);
      } catch (...) {
        out.cut(crew.origins.size());
        control_.fail(i, last, crew);
      }
    }
    crew.meters[i].out.add(out.size);
    chunk.origins.swap(crew.origins);
    chunk.mapped = true;
    return done;
  }

  Program& program_;
  RunControl& control_;
  std::exception_ptr late_;
  bool ended_ = false;  // the source said so, or threw, and is not asked again in this run
};

}  // namespace ashlar::inline v0::detail
