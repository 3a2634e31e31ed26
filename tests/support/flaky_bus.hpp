// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache/invalidation/bus.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

namespace ashlar_test {

/// A bus that loses, repeats, delays and reorders messages, each subscriber's for itself, and delivers on request.
class FlakyBus {
  struct Line {
    ashlar::BusListener listener;
    std::mutex delivering;
    std::deque<ashlar::BusMessage> waiting;
    bool connected = true;
    bool open = true;
  };

 public:
  explicit FlakyBus(std::uint32_t seed = 1) : random_{seed} {}

  class Subscription {
   public:
    Subscription(FlakyBus& bus, std::shared_ptr<Line> line) : bus_{&bus}, line_{std::move(line)} {}
    Subscription(Subscription&& other) noexcept
        : bus_{std::exchange(other.bus_, nullptr)}, line_{std::move(other.line_)} {}
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription() {
      if (bus_ == nullptr) return;
      {
        const std::lock_guard lock{bus_->mutex_};
        line_->open = false;
        std::erase(bus_->lines_, line_);
      }
      const std::lock_guard none_under_way{line_->delivering};
    }

   private:
    FlakyBus* bus_;
    std::shared_ptr<Line> line_;
  };

  ashlar::Result<void> publish(const ashlar::BusMessage& message) {
    const std::lock_guard lock{mutex_};
    ++published;
    if (refusing || (chance(refuse_percent))) {
      return ashlar::Error{ashlar::ErrorCode::io, "the bus does not take messages"};
    }
    for (const auto& line : lines_) {
      if (!line->connected || chance(lose_percent) || lose_next > 0) continue;
      const int copies = chance(repeat_percent) ? 2 : 1;
      for (int i = 0; i < copies; ++i) {
        auto at = line->waiting.end();
        if (chance(reorder_percent) && !line->waiting.empty()) {
          at -= static_cast<std::ptrdiff_t>(random_() % (line->waiting.size() + 1));
        }
        line->waiting.insert(at, message);
      }
    }
    if (lose_next > 0) --lose_next;
    return {};
  }
  Subscription subscribe(ashlar::BusListener listener) {
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::make_shared<Line>());
    lines_.back()->listener = std::move(listener);
    return {*this, lines_.back()};
  }

  /// Delivers what waits, but for the last `keep` messages of each line.
  void deliver(std::size_t keep = 0) {
    for (const auto& line : lines()) {
      const std::lock_guard delivering{line->delivering};
      for (;;) {
        ashlar::BusMessage message;
        {
          const std::lock_guard lock{mutex_};
          if (!line->open || line->waiting.size() <= keep) break;
          message = std::move(line->waiting.front());
          line->waiting.pop_front();
        }
        line->listener.on_message(message);
      }
    }
  }
  /// Cuts the n-th subscriber off, or connects it again: it is told so.
  void disconnect(std::size_t n) {
    const std::lock_guard lock{mutex_};
    lines_[n]->connected = false;
    lines_[n]->waiting.clear();
  }
  void reconnect(std::size_t n) {
    const auto line = lines()[n];
    {
      const std::lock_guard lock{mutex_};
      line->connected = true;
    }
    const std::lock_guard delivering{line->delivering};
    line->listener.on_reconnect();
  }
  /// What waits for the n-th subscriber, to be changed.
  std::deque<ashlar::BusMessage>& waiting(std::size_t n) { return lines_[n]->waiting; }

  std::atomic<bool> refusing{false};
  std::atomic<unsigned> refuse_percent{0}, lose_percent{0}, repeat_percent{0}, reorder_percent{0};
  std::atomic<int> lose_next{0};
  std::atomic<int> published{0};

 private:
  std::vector<std::shared_ptr<Line>> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
  }
  bool chance(unsigned percent) { return percent > 0 && random_() % 100 < percent; }

  std::mutex mutex_;
  std::mt19937 random_;
  std::vector<std::shared_ptr<Line>> lines_;
};

}  // namespace ashlar_test
