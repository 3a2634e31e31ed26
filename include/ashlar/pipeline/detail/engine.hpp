// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/pipeline/detail/chunk.hpp>
#include <ashlar/pipeline/detail/driver.hpp>
#include <ashlar/pipeline/detail/fixed_row.hpp>
#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/detail/program.hpp>
#include <ashlar/pipeline/detail/stage_row.hpp>
#include <ashlar/pipeline/detail/station.hpp>
#include <ashlar/pipeline/detail/trace.hpp>
#include <ashlar/pipeline/detail/tuner.hpp>
#include <ashlar/pipeline/detail/worker_permits.hpp>
#include <ashlar/pipeline/executor.hpp>
#include <ashlar/pipeline/run_options.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0::detail {

/// Schedules one run of a pipeline. It knows no types of items.
///
/// A worker pulls a chunk from the source and carries it through stage after stage as long as the stages have
/// permits; where one has not, the chunk waits in front of it and the worker turns to other work: to the stage whose
/// queue is longest compared with the queue behind it. Blocking stages have threads that do nothing else, as many as
/// have something to do.
///
/// Limits: `live_` counts items between the source and the end or the first ordered stage, `total_` all items. Only
/// the holder of `source_busy_` raises them, after it has looked how much room there is; so they stay below.
/// The end: `ended_` is set after the last raise of `total_`. Whoever lowers `total_` to zero and whoever sets
/// `ended_` both look at the other (seq_cst), so at least one of them sees the end.
class Engine final : public Executor::Job, public RunControl {
 public:
  [[gnu::cold]] Engine(Program& program, const RunOptions& options, Executor& executor)
      : program_{program}, driver_{program, *this}, options_{options}, executor_{executor}, workers_{executor.size()} {
    StageSpecs specs;
    program.describe(specs);
    std::vector<StageSpec>& stages = specs.all;
    const auto count = [](std::size_t n) { return static_cast<std::int64_t>(smaller(n, most_items)); };
    in_flight_ = count(options.in_flight != 0 ? options.in_flight : larger(256, 32 * workers_));
    window_ = in_flight_;
    allowed_in_flight_.store(in_flight_, std::memory_order_relaxed);
    for (const StageSpec& stage : stages) {
      if (!stage.in_order) continue;
      window_ =
          larger(in_flight_, options.window != 0 ? count(options.window)
                                                 : count(static_cast<std::size_t>(larger(1024, in_flight_ * 16))));
    }
    max_grain_ = options.grain;
    if (max_grain_ == 0) max_grain_ = larger(1, smaller(128, static_cast<std::size_t>(in_flight_) / (2 * workers_)));
    grain_.store(options.grain != 0 ? options.grain : 1, std::memory_order_relaxed);
    permits_.allow(workers_);
    stations_ = FixedRow<Station>{stages.size()};
    std::size_t crew = workers_;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      stages[i].blocking = stages[i].blocking && !executor.runs_inline();
      const std::size_t threads = stages[i].limit != 0 ? smaller(stages[i].limit, most_threads) : workers_;
      const bool free = !stages[i].blocking && (stages[i].limit == 0 || stages[i].limit >= workers_);
      stations_[i].open(std::move(stages[i]), free ? unlimited : static_cast<int>(threads),
                        static_cast<std::size_t>(window_) + 2);
      if (stations_[i].blocking) crew += static_cast<std::size_t>(stations_[i].limit());
    }
    crew_ = FixedRow<Crew>{crew};
    for (std::size_t i = 0; i < crew; ++i) {
      crew_[i].meters = FixedRow<StageMeter>{stations_.size()};
      crew_[i].index = static_cast<std::uint32_t>(i);
      crew_[i].context.stop = stop_source_.get_token();
      crew_[i].context.worker = static_cast<unsigned>(i);
    }
    threads_ = FixedRow<std::thread>{crew - workers_};
    if (options.autotune) {
      tuner_.add(1, workers_);
      for (const Station& station : stations_) {
        if (station.blocking) tuner_.add(1, static_cast<std::size_t>(station.limit()));
      }
      tuner_.add(smaller(static_cast<std::size_t>(in_flight_), 2 * workers_), static_cast<std::size_t>(in_flight_));
    }
    program.control = this;
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  [[gnu::cold]] ~Engine() override {
    finish_threads();
    while (chunks_ != nullptr) delete std::exchange(chunks_, chunks_->made_before);
  }

  /// Runs to the end and returns the report; `first_error()` says whether it ended by a failure.
  [[gnu::cold]] RunReport run() {
    began_ = ticks();
    const std::stop_callback on_stop{options_.stop, [this] { request_stop(Outcome::stopped); }};
    for (Station& station : stations_) {
      if (station.blocking) start_thread(station);
    }
    if (executor_.runs_inline()) {
      wait();
    } else {
      const Executor::Seat seat{executor_, *this};
      wait();
    }
    finish_threads();
    driver_.close(crew_[0]);
    tell(true);
    if (callback_error_) std::rethrow_exception(callback_error_);
    return report();
  }

  const Failure* first_error() const noexcept { return has_error_ ? &first_error_ : nullptr; }

  /// Ends the run early; any thread.
  void request_stop(Outcome why) noexcept {
    Outcome expected = Outcome::finished;
    outcome_.compare_exchange_strong(expected, why);
    stop_source_.request_stop();
    stopping_.store(true, std::memory_order_seq_cst);
    wake_everybody();
  }
  void source_ready() noexcept override {
    source_idle_.store(false, std::memory_order_seq_cst);
    wake_worker();
  }

  [[gnu::cold]] void fail(std::size_t stage, std::uint64_t item, Crew& crew) noexcept override {
    crew.meters[stage].failed.add(1);
    const bool diverted = std::exchange(crew.context.diverted, false);
    const bool stops = options_.on_error == OnError::stop && !diverted;
    bool first = false;
    if (stops) {  // what needs no memory is recorded first: the run must fail even when there is none for the words
      const std::lock_guard lock{mutex_};
      first = !std::exchange(has_error_, true);
      if (first) first_error_ = Failure{item, stage, {}, {}, std::current_exception()};
    }
    try {
      Failure failure{item, stage, stations_[stage].name, words_of(std::current_exception()), std::current_exception()};
      const std::lock_guard lock{mutex_};
      if (first) {
        Failure copy = failure;
        first_error_ = std::move(copy);
      }
      if (failures_.size() < options_.keep_failures) failures_.push_back(failure);
      if (options_.failed) options_.failed(failure);
    } catch (...) {
      // No memory for the words: the count above stands, and the policy below is still followed.
    }
    if (stops) request_stop(Outcome::stopped);
  }

  [[gnu::cold]] void refuse(Crew& crew) noexcept override {
    const std::uint64_t item = pulled_.load(std::memory_order_relaxed);
    pulled_.store(item + 1, std::memory_order_relaxed);
    crew.finished.add(1);
    fail(0, item, crew);
  }
  /// How many items the source will give, where that is known.
  void expect(std::uint64_t total) noexcept { expected_ = total; }

  bool work(unsigned me) noexcept override {
    if (options_.autotune && !permits_.enter()) return false;
    const bool did = work_as(me);
    if (options_.autotune) permits_.leave();
    // This worker may be held up in another run before it comes back. One that begins now wakes the others itself.
    if (executor_.runs() > 1 && has_work(me)) wake_worker();
    return did;
  }
  bool has_work(unsigned) noexcept override {
    if (done_.load(std::memory_order_relaxed) || (options_.autotune && !permits_.has_room())) return false;
    for (const Station& station : stations_) {
      if (!station.blocking && station.has() && station.has_permit()) return true;
    }
    return source_open() && !source_busy_.load(std::memory_order_seq_cst);
  }

 private:
  /// About half a millisecond of work, so that the runs on an executor take turns.
  bool work_as(unsigned me) noexcept {
    if (done_.load(std::memory_order_relaxed)) return false;
    Crew& crew = crew_[me];
    crew.now = ticks();
    const Ticks until = crew.now + 500'000;
    bool did = false;
    while (step(crew)) {
      did = true;
      if (crew.now > until) break;
    }
    if (!did && crew.spare != nullptr) free_.push_front(std::exchange(crew.spare, nullptr));
    return did;
  }
  [[gnu::noinline]] bool step(Crew& crew) noexcept {
    while (Station* station = most_pressing()) {
      if (Chunk* chunk = station->serve(crew.now)) {
        served(crew, *chunk);
        carry(crew, chunk);
        return true;
      }
    }
    return pull(crew);
  }
  /// Of the stages where something could be done, the one whose queue is longest compared with the one behind it: what
  /// piles up is worked off, and nothing is added to a pile. Of equals the last, so that items come to an end.
  Station* most_pressing() noexcept {
    Station* best = nullptr;
    std::int64_t most = 0;
    std::int64_t behind = 0;
    for (std::size_t i = stations_.size(); i-- > 1;) {
      Station& station = stations_[i];
      const std::int64_t depth = station.depth();
      if (!station.blocking && station.has() && station.has_permit() && (best == nullptr || depth - behind > most)) {
        best = &station;
        most = depth - behind;
      }
      behind = depth;
    }
    return best;
  }

  // ---- the source -------------------------------------------------------------------------------------------------

  /// Whether a pull could get something, or must note the end.
  bool source_open() noexcept {
    if (ended_.load(std::memory_order_seq_cst)) return false;
    if (stopping_.load(std::memory_order_seq_cst)) return true;
    if (source_idle_.load(std::memory_order_seq_cst)) return false;
    if (has_room()) return true;
    Ticks open = 0;
    blocked_since_.compare_exchange_strong(open, ticks(), std::memory_order_seq_cst);
    if (!has_room()) return false;
    unblock(ticks());
    return true;
  }
  bool has_room() const noexcept {
    const std::uint64_t heavy = heavy_.load(std::memory_order_relaxed);
    const std::uint64_t bytes = bytes_.load(std::memory_order_seq_cst);
    return live_.load(std::memory_order_seq_cst) < allowed_in_flight_.load(std::memory_order_seq_cst) &&
           total_.load(std::memory_order_seq_cst) < window_ && (heavy == 0 || heavy <= options_.bytes - bytes);
  }
  /// Who made room looks for a note that there was none, and who noted that looks for room again: one sees the other.
  void made_room(Ticks now) noexcept {
    if (blocked_since_.load(std::memory_order_seq_cst) != 0 && has_room()) unblock(now);
  }
  void unblock(Ticks now) noexcept {
    const Ticks since = blocked_since_.exchange(0, std::memory_order_relaxed);
    if (since != 0 && since < now) blocked_.fetch_add(now - since, std::memory_order_relaxed);
  }

  bool pull(Crew& crew) noexcept {
    if (!source_open() || source_busy_.exchange(true, std::memory_order_seq_cst)) return false;
    Chunk* chunk = nullptr;
    const bool got = source_open() && pull_alone(crew, chunk);
    source_busy_.store(false, std::memory_order_seq_cst);
    if (got && executor_has_more()) wake_worker();
    if (chunk == nullptr) {
      maybe_done();
      return got;
    }
    if (!chunk->flush) {
      driver_.fill(*chunk, crew);
      program_.after_pull();
      const Ticks end = ticks();
      chunk->busy += end - crew.now;
      meter_source(crew, *chunk, end);
    }
    chunk->stage = 1;
    carry(crew, enter(crew, chunk));
    return true;
  }
  bool executor_has_more() noexcept { return !ended_.load(std::memory_order_relaxed); }

  /// With `source_busy_` held. True when the state of the run moved; `chunk` is what is to be carried on, if anything.
  bool pull_alone(Crew& crew, Chunk*& chunk) noexcept {
    unblock(crew.now);
    Pulled state = Pulled::end;
    Chunk* fresh = nullptr;
    if (!stopping()) {
      try {
        fresh = take_chunk(crew);
        const auto room = larger<std::int64_t>(
            1, smaller(allowed_in_flight_.load(std::memory_order_seq_cst) - live_.load(std::memory_order_seq_cst),
                       window_ - total_.load(std::memory_order_seq_cst)));
        const std::size_t want = smaller(grain_.load(std::memory_order_relaxed), static_cast<std::size_t>(room));
        const std::uint64_t bytes = options_.bytes == 0 ? 0 : options_.bytes - bytes_.load(std::memory_order_seq_cst);
        source_idle_.store(true, std::memory_order_seq_cst);  // before the pull: a call-back in between must win
        state = driver_.pull(*fresh, want, bytes, crew);
        if (state != Pulled::nothing) source_idle_.store(false, std::memory_order_seq_cst);
      } catch (...) {
        source_idle_.store(false, std::memory_order_seq_cst);
        refuse(crew);
        state = Pulled::end;
      }
    }
    heavy_.store(state == Pulled::heavy ? fresh->weight : 0, std::memory_order_relaxed);
    if (state == Pulled::items) {
      charge(*fresh, fresh->pulled);
      chunk = fresh;
      return true;
    }
    if (fresh != nullptr) fresh->reuse();
    if (state == Pulled::end) {
      if (fresh != nullptr && driver_.wants_flush()) {
        fresh->flush = true;
        charge(*fresh, 0);
        chunk = fresh;
      } else if (fresh != nullptr) {
        recycle(crew, fresh);
      }
      ended_.store(true, std::memory_order_seq_cst);
      return true;
    }
    recycle(crew, fresh);
    return state == Pulled::again;
  }

  void charge(Chunk& chunk, std::uint32_t items) noexcept {
    chunk.sequence = next_sequence_++;
    chunk.first = pulled_.load(std::memory_order_relaxed);
    chunk.tokens = true;
    pulled_.store(chunk.first + items, std::memory_order_relaxed);
    live_.fetch_add(items, std::memory_order_seq_cst);
    const std::int64_t total = total_.fetch_add(charge_of(chunk), std::memory_order_seq_cst) + charge_of(chunk);
    if (total > most_live_ && items != 0) most_live_ = total;
    if (chunk.weight != 0) {
      const std::uint64_t bytes = bytes_.fetch_add(chunk.weight, std::memory_order_seq_cst) + chunk.weight;
      if (bytes > most_bytes_) most_bytes_ = bytes;
    }
  }
  static std::int64_t charge_of(const Chunk& chunk) noexcept { return chunk.flush ? 1 : chunk.pulled; }

  // ---- carrying ---------------------------------------------------------------------------------------------------

  /// Carries a chunk whose stage has given its permit as far as it gets, then what that made room for.
  [[gnu::noinline]] void carry(Crew& crew, Chunk* chunk) noexcept {
    while (chunk != nullptr) {
      Station& station = stations_[chunk->stage];
      const Ticks begin = crew.now;
      const std::size_t items = driver_.execute(chunk->stage, *chunk, crew);
      crew.now = ticks();
      const auto spent = static_cast<std::uint64_t>(crew.now - begin);
      chunk->busy += crew.now - begin;
      StageMeter& meter = crew.meters[chunk->stage];
      meter.busy.add(spent);
      if (items != 0) {
        meter.items.add(items);
        meter.durations.add(spent / items, items);
        if (options_.trace) note(crew, chunk->stage, begin, crew.now, static_cast<std::uint32_t>(items));
      }
      if (station.leave(chunk->sequence)) wake(station);
      if (++chunk->stage == stations_.size()) {
        finish(crew, chunk);
        return;
      }
      chunk = enter(crew, chunk);
    }
  }

  /// The chunk itself when it may go on at once; else it waits and the result is another that may, or null.
  Chunk* enter(Crew& crew, Chunk* chunk) noexcept {
    Station& station = stations_[chunk->stage];
    if (station.in_order && chunk->tokens) release_tokens(crew, *chunk);
    const bool mine = crew.home == (station.blocking ? chunk->stage : 0);
    if (mine && station.enter(*chunk)) return chunk;
    chunk->queued_at = crew.now;
    station.put(chunk);
    if (!mine) {
      if (station.blocking) start_another(station);
      wake(station);
      return nullptr;
    }
    Chunk* other = station.serve(crew.now);
    if (other != nullptr) served(crew, *other);
    return other;
  }

  void served(Crew& crew, const Chunk& chunk) noexcept {
    if (crew.now > chunk.queued_at) {
      crew.meters[chunk.stage].waiting.add(static_cast<std::uint64_t>(crew.now - chunk.queued_at) *
                                           larger(1U, chunk.pulled));
    }
  }

  void release_tokens(Crew& crew, Chunk& chunk) noexcept {
    chunk.tokens = false;
    if (live_.fetch_sub(chunk.pulled, std::memory_order_seq_cst) >=
        allowed_in_flight_.load(std::memory_order_relaxed)) {
      made_room(crew.now);
      wake_worker();
    }
  }

  void finish(Crew& crew, Chunk* chunk) noexcept {
    const std::int64_t charged = charge_of(*chunk);
    const std::uint64_t weight = chunk->weight;
    const bool tokens = chunk->tokens;
    const std::uint32_t items = chunk->pulled;
    adapt(*chunk);
    crew.finished.add(items);
    chunk->reuse();
    recycle(crew, chunk);
    if (weight != 0) bytes_.fetch_sub(weight, std::memory_order_seq_cst);
    if (tokens) live_.fetch_sub(items, std::memory_order_seq_cst);
    total_.fetch_sub(charged, std::memory_order_seq_cst);
    made_room(crew.now);
    if (crew.home != 0) wake_worker();  // else this worker will look at the source itself
    maybe_done();
  }

  /// Chunks grow while they take under 8 µs and shrink above 32: few enough items that nobody waits for them,
  /// many enough that moving them costs little.
  void adapt(const Chunk& chunk) noexcept {
    if (options_.grain != 0) return;
    const std::size_t grain = grain_.load(std::memory_order_relaxed);
    if (chunk.busy < 8'000) {
      if (chunk.pulled >= grain && grain < max_grain_)
        grain_.store(smaller(grain * 2, max_grain_), std::memory_order_relaxed);
    } else if (chunk.busy > 32'000 && grain > 1) {
      grain_.store(chunk.busy > 512'000 ? 1 : grain / 2, std::memory_order_relaxed);
    }
  }

  // ---- chunks -----------------------------------------------------------------------------------------------------

  Chunk* take_chunk(Crew& crew) {
    Chunk* chunk = std::exchange(crew.spare, nullptr);
    if (chunk != nullptr) return chunk;
    chunk = free_.pop();
    if (chunk != nullptr) return chunk;
    chunk = program_.make_chunk();
    chunk->made_before = chunks_;  // with source_busy_
    chunks_ = chunk;
    return chunk;
  }
  void recycle(Crew& crew, Chunk* chunk) noexcept {
    if (crew.home == 0 && crew.spare == nullptr) {
      crew.spare = chunk;
    } else {
      free_.push_front(chunk);
    }
  }

  // ---- threads ----------------------------------------------------------------------------------------------------

  void wake(Station& station) noexcept {
    if (station.blocking) {
      station.event.notify_one();
    } else {
      wake_worker();
    }
  }
  void wake_worker() noexcept { executor_.wake_one(); }
  void wake_everybody() noexcept {
    executor_.wake_all();
    for (Station& station : stations_) station.event.notify_all();
    const std::lock_guard lock{waiting_mutex_};
    waiting_.notify_all();
  }

  void start_another(Station& station) noexcept {
    if (station.started.load(std::memory_order_relaxed) >= smaller(station.limit(), station.allowed())) return;
    if (station.chunks_waiting() <= station.event.sleepers()) return;
    try {
      start_thread(station);
    } catch (...) {
      // The system refuses another thread; those that run will do the work.
    }
  }
  [[gnu::cold]] void start_thread(Station& station) {
    const std::lock_guard lock{mutex_};
    if (done_.load() || station.started.load() >= station.limit()) return;  // when all is done nobody would join it
    Crew& crew = crew_[workers_ + started_];
    crew.home = static_cast<std::uint32_t>(&station - stations_.begin());
    threads_[started_] = std::thread{[this, &station, &crew] { serve_blocking(station, crew); }};
    ++started_;
    station.started.fetch_add(1, std::memory_order_relaxed);
  }
  void serve_blocking(Station& station, Crew& crew) noexcept {
    for (;;) {
      crew.now = ticks();
      if (Chunk* chunk = station.serve(crew.now)) {
        served(crew, *chunk);
        carry(crew, chunk);
        continue;
      }
      if (done_.load(std::memory_order_seq_cst)) return;
      const std::uint32_t key = station.event.prepare();
      if ((station.has() && station.has_permit()) || done_.load(std::memory_order_seq_cst)) {
        station.event.cancel();
      } else {
        station.event.wait(key);
      }
    }
  }
  [[gnu::cold]] void finish_threads() noexcept {
    mutex_.lock();  // whoever starts a thread has done so, or sees that all is done
    done_.store(true, std::memory_order_seq_cst);
    mutex_.unlock();
    for (Station& station : stations_) station.event.notify_all();
    for (; started_ != 0; --started_) threads_[started_ - 1].join();
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  void maybe_done() noexcept {
    if (!ended_.load(std::memory_order_seq_cst) || total_.load(std::memory_order_seq_cst) != 0) return;
    const std::lock_guard lock{waiting_mutex_};
    done_.store(true, std::memory_order_seq_cst);
    waiting_.notify_all();
  }

  /// The thread in `run()`: works where it must, else sleeps, reports progress and watches the deadline.
  [[gnu::cold]] void wait() {
    constexpr Ticks day = 86'400'000'000'000;
    const auto every = larger<Ticks>(1, smaller(options_.progress_every.count(), day / 1'000'000)) * 1'000'000;
    // What is a century away is no deadline.
    const Ticks deadline =
        options_.timeout.count() > 0 && options_.timeout.count() < 36'500 * day ? began_ + options_.timeout.count() : 0;
    const int helper = executor_.runs_inline() ? 0 : executor_.worker_here();
    Ticks next_progress = began_ + every;
    Ticks next_look = began_ + Tuner::period;
    tuned_when_ = began_;
    while (!done_.load(std::memory_order_seq_cst)) {
      const bool did = helper >= 0 && work_as(static_cast<unsigned>(helper));
      const Ticks now = ticks();
      if (deadline != 0 && now >= deadline && !stopping()) request_stop(Outcome::timed_out);
      if (now >= next_progress) {
        next_progress = now + every;
        tell(false);
      }
      if (options_.autotune && now >= next_look) {
        next_look = now + Tuner::period;
        tune(now);
      }
      if (did) continue;
      Ticks until = helper >= 0 ? now + 200'000 : now + 3'600'000'000'000;
      if (options_.progress) until = smaller(until, next_progress);
      if (options_.autotune) until = smaller(until, next_look);
      if (deadline != 0 && !stopping()) until = smaller(until, deadline);
      std::unique_lock lock{waiting_mutex_};
      waiting_.wait_for(lock, std::chrono::nanoseconds{until - now},
                        [&] { return done_.load(std::memory_order_seq_cst); });
    }
  }

  /// Takes the next setting to try from the tuner, once enough items have come through to judge the present one.
  [[gnu::cold]] void tune(Ticks now) noexcept {
    std::uint64_t finished = 0;
    for (const Crew& crew : crew_) finished += crew.finished.get();
    if (!tuner_.look(finished - tuned_at_, now - tuned_when_)) return;
    tuned_at_ = finished;
    tuned_when_ = now;
    std::size_t dial = 0;
    permits_.allow(tuner_.setting(dial++));
    for (Station& station : stations_) {
      if (!station.blocking) continue;
      station.allow(static_cast<int>(tuner_.setting(dial++)));
      if (station.has()) start_another(station);
      station.event.notify_all();
    }
    allowed_in_flight_.store(static_cast<std::int64_t>(tuner_.setting(dial)), std::memory_order_seq_cst);
    made_room(now);
    executor_.wake_all();
  }

  /// Calls the progress callback; one that throws stops the run, and `run()` throws the same.
  [[gnu::cold]] void tell(bool last) noexcept {
    if (!options_.progress || callback_error_) return;
    try {
      options_.progress(progress(last));
    } catch (...) {
      callback_error_ = std::current_exception();
      request_stop(Outcome::stopped);
    }
  }

  [[gnu::cold]] Progress progress(bool last) const {
    Progress now;
    now.pulled = pulled_.load(std::memory_order_relaxed);
    for (const Crew& crew : crew_) {
      now.finished += crew.finished.get();
      for (std::size_t i = 0; i < stations_.size(); ++i) now.failed += crew.meters[i].failed.get();
    }
    now.total = expected_;
    now.elapsed = std::chrono::nanoseconds{ticks() - began_};
    now.last = last;
    return now;
  }

  void meter_source(Crew& crew, const Chunk& chunk, Ticks end) noexcept {
    StageMeter& meter = crew.meters[0];
    const Ticks spent = end - crew.now;
    meter.items.add(chunk.pulled);
    meter.out.add(chunk.rows[0]->size);
    meter.busy.add(static_cast<std::uint64_t>(spent));
    meter.durations.add(static_cast<std::uint64_t>(spent) / larger(1U, chunk.pulled), chunk.pulled);
    if (options_.trace) note(crew, 0, crew.now, end, chunk.pulled);
    crew.now = end;
  }
  void note(Crew& crew, std::uint32_t stage, Ticks begin, Ticks end, std::uint32_t items) noexcept {
    add_span(crew, stage, begin - began_, end - began_, items, 100'000 / crew_.size());
  }

  [[gnu::cold]] RunReport report() {
    RunReport report;
    report.outcome = outcome_.load();
    report.pulled = pulled_.load();
    report.wall = std::chrono::nanoseconds{ticks() - began_};
    report.blocked = std::chrono::nanoseconds{blocked_.load()};
    report.workers = workers_;
    std::size_t dial = 0;
    report.workers_chosen = options_.autotune ? tuner_.chosen(dial++) : workers_;
    report.most_in_flight = static_cast<std::uint64_t>(most_live_);
    report.most_bytes = most_bytes_;
    report.stages = std::vector<StageReport>(stations_.size());
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      StageReport& row = report.stages[i];
      row = row_of(stations_[i], i, crew_);
      row.blocked =
          i == 0 ? report.blocked : std::chrono::nanoseconds{i + 1 < stations_.size() ? stations_[i + 1].waited() : 0};
      if (options_.autotune && row.blocking) row.chosen = tuner_.chosen(dial++);
      report.failed += row.failed;
      report.cancelled += row.cancelled;
    }
    report.in_flight_chosen = options_.autotune ? tuner_.chosen(dial) : static_cast<std::size_t>(in_flight_);
    const std::uint64_t lost = report.failed + report.cancelled;
    report.finished = report.pulled > lost ? report.pulled - lost : 0;
    for (const Crew& crew : crew_) {
      for (const Span& span : crew.spans) report.spans.push_back(span);
    }
    report.failures = std::move(failures_);
    return report;
  }

  template <class T>
  static constexpr T larger(std::type_identity_t<T> a, T b) noexcept {
    return a < b ? b : a;
  }
  template <class T>
  static constexpr T smaller(std::type_identity_t<T> a, T b) noexcept {
    return b < a ? b : a;
  }

  Program& program_;
  Driver driver_;
  const RunOptions& options_;
  Executor& executor_;
  FixedRow<Station> stations_;
  FixedRow<Crew> crew_;
  std::size_t workers_;
  std::uint64_t expected_ = 0;
  std::int64_t in_flight_ = 0;
  std::int64_t window_ = 0;
  std::size_t max_grain_ = 1;
  Ticks began_ = 0;
  static constexpr std::size_t most_threads = 1024;                // of one blocking stage
  static constexpr std::size_t most_items = std::size_t{1} << 20;  // what is asked for beyond that a run does not hold
  Tuner tuner_;                                                    // of the thread in run(), as the next two
  std::uint64_t tuned_at_ = 0;
  Ticks tuned_when_ = 0;
  std::stop_source stop_source_;

  alignas(64) std::atomic<bool> source_busy_{false};
  std::atomic<bool> source_idle_{false};
  std::atomic<std::uint64_t> heavy_{0};
  std::atomic<std::uint64_t> pulled_{0};
  Chunk* chunks_ = nullptr;  // all there are; with source_busy_, as the next three
  std::uint64_t next_sequence_ = 0;
  std::int64_t most_live_ = 0;
  std::uint64_t most_bytes_ = 0;
  std::atomic<Ticks> blocked_since_{0};
  std::atomic<Ticks> blocked_{0};
  alignas(64) std::atomic<std::int64_t> live_{0};
  alignas(64) std::atomic<std::int64_t> total_{0};
  std::atomic<std::uint64_t> bytes_{0};
  alignas(64) std::atomic<bool> ended_{false};
  std::atomic<bool> done_{false};
  std::atomic<std::size_t> grain_{1};
  WorkerPermits permits_;                           // with autotune fewer than workers_
  std::atomic<std::int64_t> allowed_in_flight_{0};  // with autotune less than in_flight_
  std::atomic<Outcome> outcome_{Outcome::finished};

  ChunkQueue free_;
  std::mutex mutex_;  // the next five
  std::vector<Failure> failures_;
  Failure first_error_;
  bool has_error_ = false;
  FixedRow<std::thread> threads_;
  std::size_t started_ = 0;
  std::exception_ptr callback_error_;  // of the thread in run()
  std::mutex waiting_mutex_;
  std::condition_variable waiting_;
};

}  // namespace ashlar::inline v0::detail
