// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/cache/invalidation/bus.hpp>

namespace ashlar::inline v0 {

/// Who calls the listeners of an `InProcessBus`.
enum class BusDelivery : std::uint8_t {
  in_background,  ///< a thread for each subscriber
  on_request,     ///< whoever calls `deliver()`: for tests that must be repeatable
};

struct InProcessBusOptions {
  /// How many messages may wait for a subscriber; one more, and its oldest is lost, which its numbers will tell it.
  std::size_t inbox = 1024;
  /// How many messages are kept for who has missed some.
  std::size_t history = 4096;
  BusDelivery delivery = BusDelivery::in_background;
};

/// The bus between the caches of one process: every subscriber has an inbox, so that none holds up a publisher.
/// Threads: every member may be called concurrently, except the destructor, before which all subscriptions must end.
/// Cost of `publish`: a copy of the message for each subscriber.
class InProcessBus {
  struct Subscriber {
    BusListener listener;
    std::mutex delivering;  // held around calls of the listener; taken before `mutex`
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<BusMessage> inbox;
    std::uint64_t lost = 0;
    bool closed = false;
    std::thread thread;
  };

 public:
  /// Ends the subscription when it is destroyed.
  class Subscription {
   public:
    Subscription(Subscription&& other) noexcept
        : bus_{std::exchange(other.bus_, nullptr)}, subscriber_{std::move(other.subscriber_)} {}
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription() {
      if (bus_ != nullptr) bus_->end(subscriber_);
    }

    /// How many messages wait, and how many were lost because too many did.
    std::size_t waiting() const {
      const std::lock_guard lock{subscriber_->mutex};
      return subscriber_->inbox.size();
    }
    std::uint64_t lost() const {
      const std::lock_guard lock{subscriber_->mutex};
      return subscriber_->lost;
    }

   private:
    friend class InProcessBus;
    Subscription(InProcessBus& bus, std::shared_ptr<Subscriber> subscriber) noexcept
        : bus_{&bus}, subscriber_{std::move(subscriber)} {}

    InProcessBus* bus_;
    std::shared_ptr<Subscriber> subscriber_;
  };

  explicit InProcessBus(InProcessBusOptions options = {}) : options_{options} {}
  InProcessBus(const InProcessBus&) = delete;
  InProcessBus& operator=(const InProcessBus&) = delete;

  Result<void> publish(const BusMessage& message) {
    const std::lock_guard lock{mutex_};
    if (message.subject != BusSubject::heartbeat) {
      history_.push_back(message);
      if (history_.size() > options_.history) history_.pop_front();
    }
    for (const auto& subscriber : subscribers_) {
      {
        const std::lock_guard inbox_lock{subscriber->mutex};
        subscriber->inbox.push_back(message);
        if (subscriber->inbox.size() > std::max<std::size_t>(options_.inbox, 1)) {
          subscriber->inbox.pop_front();
          ++subscriber->lost;
        }
      }
      subscriber->arrived.notify_one();
    }
    return {};
  }

  [[nodiscard]] Subscription subscribe(BusListener listener) {
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->listener = std::move(listener);
    if (options_.delivery == BusDelivery::in_background) {
      subscriber->thread = std::thread{[raw = subscriber.get()] {
        while (deliver_one(*raw, true)) {
        }
      }};
    }
    const std::lock_guard lock{mutex_};
    subscribers_.push_back(subscriber);
    return {*this, std::move(subscriber)};
  }

  bool replay(std::uint64_t sender, std::uint64_t first, std::uint64_t last,
              const std::function<void(const BusMessage&)>& f) {
    std::vector<BusMessage> found;
    {
      const std::lock_guard lock{mutex_};
      for (const BusMessage& message : history_) {
        if (message.sender == sender && message.sequence >= first && message.sequence <= last) found.push_back(message);
      }
    }
    if (first > last || found.size() != last - first + 1) return false;
    std::ranges::sort(found, {}, &BusMessage::sequence);
    for (const BusMessage& message : found) f(message);
    return true;
  }

  /// Calls the listeners for all that waits, in this thread; returns how many messages that were. For `on_request`.
  std::size_t deliver() {
    if (options_.delivery == BusDelivery::in_background) return 0;
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    {
      const std::lock_guard lock{mutex_};
      subscribers = subscribers_;
    }
    std::size_t delivered = 0;
    for (const auto& subscriber : subscribers) {
      while (deliver_one(*subscriber, false)) ++delivered;
    }
    return delivered;
  }

 private:
  // False when nothing waits, or with `patience` when the subscription has ended.
  static bool deliver_one(Subscriber& subscriber, bool patience) {
    const std::lock_guard delivering{subscriber.delivering};
    BusMessage message;
    {
      std::unique_lock lock{subscriber.mutex};
      if (patience) subscriber.arrived.wait(lock, [&] { return subscriber.closed || !subscriber.inbox.empty(); });
      if (subscriber.closed || subscriber.inbox.empty()) return false;
      message = std::move(subscriber.inbox.front());
      subscriber.inbox.pop_front();
    }
    subscriber.listener.on_message(message);
    return true;
  }
  void end(const std::shared_ptr<Subscriber>& subscriber) {
    {
      const std::lock_guard lock{mutex_};
      std::erase(subscribers_, subscriber);
    }
    {
      const std::lock_guard lock{subscriber->mutex};
      subscriber->closed = true;
    }
    subscriber->arrived.notify_all();
    if (subscriber->thread.joinable()) subscriber->thread.join();
    const std::lock_guard none_under_way{subscriber->delivering};
  }

  InProcessBusOptions options_;
  std::mutex mutex_;  // taken before a subscriber's
  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  std::deque<BusMessage> history_;
};

static_assert(replaying_bus<InProcessBus>);

}  // namespace ashlar::inline v0
