// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/in_process_bus.hpp>

#include <atomic>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using ashlar::BusDelivery;
using ashlar::BusMessage;
using ashlar::BusSubject;
using ashlar::InProcessBus;

namespace {

BusMessage message(std::uint64_t sequence, std::uint64_t sender = 1) {
  return {sender, sequence, 0, 0, BusSubject::key, "k"};
}

}  // namespace

TEST_CASE("every subscriber gets every message, in order, when delivery is requested") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  std::vector<std::uint64_t> a, b;
  const auto first = bus.subscribe({[&](const BusMessage& m) { a.push_back(m.sequence); }, [] {}});
  REQUIRE(bus.publish(message(1)));
  {
    const auto second = bus.subscribe({[&](const BusMessage& m) { b.push_back(m.sequence); }, [] {}});
    REQUIRE(bus.publish(message(2)));
    CHECK(first.waiting() == 2);
    CHECK(bus.deliver() == 3);
  }
  REQUIRE(bus.publish(message(3)));
  CHECK(bus.deliver() == 1);
  CHECK(a == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(b == std::vector<std::uint64_t>{2});
}

TEST_CASE("a slow subscriber loses its oldest messages and holds nobody up") {
  InProcessBus bus{{.inbox = 2, .delivery = BusDelivery::on_request}};
  std::vector<std::uint64_t> seen;
  const auto slow = bus.subscribe({[&](const BusMessage& m) { seen.push_back(m.sequence); }, [] {}});
  for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(bus.publish(message(i)));
  CHECK(slow.lost() == 3);
  bus.deliver();
  CHECK(seen == std::vector<std::uint64_t>{4, 5});
}

TEST_CASE("what was carried is replayed while it is remembered") {
  InProcessBus bus{{.history = 4, .delivery = BusDelivery::on_request}};
  for (std::uint64_t i = 1; i <= 4; ++i) REQUIRE(bus.publish(message(i)));
  std::vector<std::uint64_t> seen;
  const auto note = [&](const BusMessage& m) { seen.push_back(m.sequence); };
  CHECK(bus.replay(1, 2, 3, note));
  CHECK(seen == std::vector<std::uint64_t>{2, 3});
  REQUIRE(bus.publish(message(5)));
  CHECK_FALSE(bus.replay(1, 1, 3, note));
  CHECK_FALSE(bus.replay(2, 1, 1, note));
  CHECK_FALSE(bus.replay(1, 5, 6, note));
  CHECK(seen.size() == 2);
}

TEST_CASE("in the background each subscriber has a thread, which the end of the subscription waits for") {
  InProcessBus bus;
  std::atomic<int> seen{0};
  std::latch all{200};
  std::optional<InProcessBus::Subscription> subscription{bus.subscribe({[&](const BusMessage&) {
                                                                          ++seen;
                                                                          all.count_down();
                                                                        },
                                                                        [] {}})};
  std::vector<std::thread> senders;
  for (std::uint64_t t = 1; t <= 2; ++t) {
    senders.emplace_back([&, t] {
      for (std::uint64_t i = 1; i <= 100; ++i) static_cast<void>(bus.publish(message(i, t)));
    });
  }
  for (auto& sender : senders) sender.join();
  all.wait();
  CHECK(bus.deliver() == 0);
  subscription.reset();
  REQUIRE(bus.publish(message(101)));
  CHECK(seen == 200);
}
