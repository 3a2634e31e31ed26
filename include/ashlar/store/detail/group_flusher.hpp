// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0::detail {

/// Brings what a writer appended to the device in the background, every `Durability::interval` or `Durability::bytes`,
/// whichever comes first, and at the end. A failure is told to the next caller of `note` or `flush`, and to whoever waits
/// for one of the writes that it harmed. A child of `fork` gets a thread of its own with its first write.
///
/// Writes are numbered as they are noted. `brought` is the number up to which the device was asked: it only grows, and a
/// number at or below it is on the device unless it is above `intact`, the number before the first loss.
template <class Writer, class Durability>
class GroupFlusher {
  using Spot = typename Writer::Spot;

 public:
  explicit GroupFlusher(Writer& writer) : writer_{writer} {}
  GroupFlusher(const GroupFlusher&) = delete;
  GroupFlusher& operator=(const GroupFlusher&) = delete;
  ~GroupFlusher() {
    State* known = state_.load(std::memory_order_acquire);
    if (known == nullptr || known->process != ::getpid()) return;  // a parent's thread is not in this process
    known->thread = {};                                            // asks it to stop, and waits
    bring(*known);
    delete known;
  }

  /// What lies up to the spot is to reach the device soon.
  Result<void> note(const Spot& spot) {
    State& state = here();
    const std::lock_guard guard{state.mutex};
    const auto same = [&](const Spot& one) { return one.open == spot.open; };
    const auto known = std::find_if(state.waiting.begin(), state.waiting.end(), same);
    if (known == state.waiting.end()) {
      state.waiting.push_back(spot);
    } else {
      known->end = std::max(known->end, spot.end);
    }
    ++state.noted;
    state.bytes += spot.end - spot.offset;
    if (state.bytes >= Durability::bytes) state.wake.notify_one();
    return taken(state);
  }

  /// All that was noted so far.
  CommitToken token() {
    State& state = here();
    const std::lock_guard guard{state.mutex};
    return {state.process, state.noted};
  }

  /// Waits until the device was asked for all that `token` stands for.
  Result<void> wait(const CommitToken& token) {
    if (token.process == 0) return {};
    State& state = here();
    if (token.process != state.process) {
      return Error{ErrorCode::invalid_argument, "a commit token of another process; wait where the value was written"};
    }
    std::unique_lock lock{state.mutex};
    state.progress.wait(lock, [&] { return state.brought >= token.number; });
    if (!state.loss || token.number <= state.intact) return {};
    return state.loss->within("values written up to here did not reach the device");
  }

  /// Everything noted so far is on the device when this returns.
  Result<void> flush() {
    State& state = here();
    bring(state);
    const std::lock_guard guard{state.mutex};
    return taken(state);
  }

 private:
  /// What belongs to one process. A child of `fork` must not touch its parent's.
  struct State {
    pid_t process = ::getpid();
    std::mutex mutex;
    std::mutex flushing;
    std::condition_variable_any wake;
    std::condition_variable progress;
    std::vector<Spot> waiting;
    std::uint64_t bytes = 0;
    std::uint64_t noted = 0;
    std::uint64_t brought = 0;
    std::uint64_t intact = 0;
    std::optional<Error> loss;
    std::optional<Error> failure;
    std::jthread thread;
  };

  State& here() {
    State* known = state_.load(std::memory_order_acquire);
    while (known == nullptr || known->process != ::getpid()) {
      auto fresh = std::make_unique<State>();
      if (!state_.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) continue;
      State& state = *fresh.release();
      state.thread = std::jthread{[this, &state](const std::stop_token& stop) { run(state, stop); }};
      return state;
    }
    return *known;
  }

  void run(State& state, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      {
        std::unique_lock lock{state.mutex};
        state.wake.wait_for(lock, stop, Durability::interval, [&] { return state.bytes >= Durability::bytes; });
      }
      bring(state);
    }
  }

  void bring(State& state) {
    // One at a time, so that whoever waits here finds the other's work done.
    const std::lock_guard one{state.flushing};
    std::vector<Spot> spots;
    std::uint64_t to = 0;
    {
      const std::lock_guard guard{state.mutex};
      spots = std::exchange(state.waiting, {});
      state.bytes = 0;
      to = state.noted;
    }
    std::optional<Error> failure;
    for (const Spot& spot : spots) {
      if (const Result<void> done = writer_.sync(spot); !done) failure = done.error();
    }
    const std::lock_guard guard{state.mutex};
    if (failure) {
      state.failure = failure;
      if (!state.loss) {
        state.loss = failure;
        state.intact = state.brought;
      }
    }
    state.brought = to;
    state.progress.notify_all();
  }

  /// The failure that nobody was told of yet. Requires the state's mutex.
  static Result<void> taken(State& state) {
    if (!state.failure) return {};
    const Error error = *std::exchange(state.failure, std::nullopt);
    return error.within("values written earlier did not reach the device");
  }

  Writer& writer_;
  std::atomic<State*> state_{nullptr};
};

/// Where nothing is flushed in the background.
template <class Writer>
struct NoFlusher {
  explicit NoFlusher(Writer&) noexcept {}
};

}  // namespace ashlar::inline v0::detail
