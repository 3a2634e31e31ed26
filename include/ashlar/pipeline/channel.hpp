// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <ashlar/core/detail/moodycamel.hpp>
#include <ashlar/core/detail/std_function.hpp>
#include <ashlar/pipeline/concepts.hpp>
#include <ashlar/pipeline/detail/event_count.hpp>

namespace ashlar::inline v0 {

namespace detail {
template <class T>
class FromChannel;
}

/// A bounded queue that other threads feed and a pipeline reads: `from(channel) | …`. The run ends when the channel is
/// closed and empty. A full channel holds its feeders up: back-pressure reaches them. Items of one feeder stay in order.
/// Threads: all members may be called concurrently; it must outlive the runs on it. One run reads it at a time.
template <class T>
class Channel {
 public:
  using value_type = T;

  /// Holds at most `capacity` items, at least 1.
  explicit Channel(std::size_t capacity = 256)
      : capacity_{static_cast<std::int64_t>(std::clamp<std::uint64_t>(capacity, 1, std::uint64_t{1} << 62))} {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Waits for room and puts `item` in; false, with `item` untouched, once the channel is closed. Throws what moving an
  /// item throws, and `std::bad_alloc`; the channel is then as before. An item that throws when the run takes it is lost.
  bool push(T&& item) {
    for (;;) {
      if (try_push(std::move(item))) return true;
      if (closed_.load(std::memory_order_seq_cst)) return false;
      const std::uint32_t key = room_.prepare();
      if (taken_.load(std::memory_order_seq_cst) < capacity_ || closed_.load(std::memory_order_seq_cst)) {
        room_.cancel();
      } else {
        room_.wait(key);
      }
    }
  }
  bool push(const T& item) { return push(T{item}); }

  /// Puts `item` in when there is room; else false, with `item` untouched.
  bool try_push(T&& item) {
    std::int64_t n = taken_.load(std::memory_order_seq_cst);
    do {
      if (n >= capacity_) return false;
    } while (!taken_.compare_exchange_weak(n, n + 1, std::memory_order_seq_cst));
    // The place is taken first, so that a reader who finds the channel closed still waits for this item.
    struct Place {
      Channel& channel;
      bool filled = false;
      ~Place() {
        if (filled) {
          channel.ready_.fetch_add(1, std::memory_order_seq_cst);
        } else {
          channel.taken_.fetch_sub(1, std::memory_order_seq_cst);
          channel.room_.notify_all();
        }
        channel.call_reader();
      }
    } place{*this};
    place.filled = !closed_.load(std::memory_order_seq_cst) && queue_.enqueue(std::move(item));
    return place.filled;
  }

  /// No more items: `push` fails from now on, the reader gets what is there and then the end.
  void close() noexcept {
    closed_.store(true, std::memory_order_seq_cst);
    room_.notify_all();
    call_reader();
  }
  bool closed() const noexcept { return closed_.load(std::memory_order_seq_cst); }
  /// Items waiting at the moment.
  std::size_t size() const noexcept {
    const std::int64_t n = ready_.load(std::memory_order_relaxed);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

 private:
  friend class detail::FromChannel<T>;

  /// Invariant: the reader sets `reader_waits_` and then looks at `ready_` and `closed_` once more; who changes these
  /// looks at `reader_waits_` afterwards. All seq_cst, so one of the two sees the other.
  void call_reader() noexcept {
    if (!reader_waits_.load(std::memory_order_seq_cst) || !reader_waits_.exchange(false)) return;
    const std::lock_guard lock{mutex_};
    if (wake_) wake_();
  }
  bool ended() const noexcept {
    return closed_.load(std::memory_order_seq_cst) && taken_.load(std::memory_order_seq_cst) == 0;
  }

  std::int64_t capacity_;
  moodycamel::ConcurrentQueue<T> queue_;
  std::atomic<std::int64_t> taken_{0};
  std::atomic<std::int64_t> ready_{0};
  std::atomic<bool> closed_{false};
  std::atomic<bool> reader_waits_{false};
  detail::EventCount room_;
  std::mutex mutex_;  // wake_
  std::function<void()> wake_;
};

namespace detail {

template <class T>
class FromChannel {
 public:
  using value_type = T;
  explicit FromChannel(Channel<T>& channel) noexcept : channel_{&channel} {}

  static constexpr std::string_view name() noexcept { return "channel"; }
  void begin_run(std::function<void()> wake) {
    const std::lock_guard lock{channel_->mutex_};
    channel_->wake_ = std::move(wake);
  }
  void end_run() noexcept {
    const std::lock_guard lock{channel_->mutex_};
    channel_->wake_ = nullptr;
  }
  template <class Out>
  SourceState pull(Out& out, std::size_t want) {
    bool got = take(out, want);
    if (got) return SourceState::more;
    channel_->reader_waits_.store(true, std::memory_order_seq_cst);
    got = take(out, want);
    if (!got && channel_->ended()) return SourceState::end;
    return got ? SourceState::more : SourceState::idle;
  }

 private:
  template <class Out>
  bool take(Out& out, std::size_t want) {
    const std::int64_t ready = channel_->ready_.load(std::memory_order_seq_cst);
    const auto n = std::min(static_cast<std::int64_t>(want), ready);
    if (n <= 0) return false;
    struct Taken {
      Channel<T>& channel;
      std::int64_t items = 0;
      ~Taken() {
        channel.ready_.fetch_sub(items, std::memory_order_seq_cst);
        channel.taken_.fetch_sub(items, std::memory_order_seq_cst);
        channel.room_.notify_all();
      }
    } taken{*channel_};
    while (taken.items < n) {
      std::optional<T> item;
      Into into{item};
      ++taken.items;  // one that throws on the move is out of the queue as well
      while (channel_->queue_.try_dequeue_bulk(&into, 1) == 0) relax();
      out.emplace(*std::move(item));
    }
    return true;
  }
  /// Lets the queue move an item into an empty optional, so that items need no default constructor.
  struct Into {
    std::optional<T>& item;
    Into& operator=(T&& value) {
      item.emplace(std::move(value));
      return *this;
    }
  };

  Channel<T>* channel_;
};

}  // namespace detail

/// A channel as a source.
template <class T>
auto from(Channel<T>& channel) {
  return detail::FromChannel<T>{channel};
}

}  // namespace ashlar::inline v0
