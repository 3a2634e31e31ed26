// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/coherent.hpp>
#include <ashlar/cache/invalidation/in_process_bus.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <conformance/tier.hpp>
#include <support/cache_tiers.hpp>
#include <support/flaky_bus.hpp>
#include <support/soak.hpp>

using ashlar::BusDelivery;
using ashlar::Cache;
using ashlar::Coherent;
using ashlar::CoherentOptions;
using ashlar::InProcessBus;
using ashlar::Invalidating;
using ashlar::OnGap;
using ashlar::Tagged;
using ashlar::Tags;
using ashlar_test::FlakyBus;
using ashlar_test::MapTier;

namespace {

using Entry = Tagged<int>;
using Copies = MapTier<std::string, Entry>;

// One node's way to the tier that all share. It fails when told to, or now and then.
class Shared {
 public:
  using key_type = std::string;
  using mapped_type = Entry;

  explicit Shared(Copies& all) : all_{&all} {}
  Shared(Shared&& other) noexcept : all_{other.all_} {}

  ashlar::Result<std::optional<Entry>> get(const std::string& key) {
    if (throws) throw std::runtime_error{"no"};
    if (fails()) return error();
    return all_->get(key);
  }
  ashlar::Result<void> put(const std::string& key, const Entry& entry) {
    if (fails()) return error();
    all_->put(key, entry);
    return {};
  }
  ashlar::Result<bool> erase(const std::string& key) {
    if (fails()) return error();
    return all_->erase(key);
  }
  template <class P>
  ashlar::Result<std::size_t> erase_matching(P&& matches) {
    if (fails()) return error();
    return all_->erase_matching(matches);
  }

  std::atomic<bool> down{false};
  std::atomic<bool> throws{false};
  std::atomic<unsigned> one_in{0};

 private:
  bool fails() { return down || (one_in > 0 && ++calls_ % one_in == 0); }
  static ashlar::Error error() { return {ashlar::ErrorCode::io, "the shared tier does not answer"}; }

  Copies* all_;
  std::atomic<unsigned> calls_{0};
};

template <class Bus>
using NodeOn = Coherent<Invalidating<Cache<Copies, Shared>>, Bus>;

template <class Bus>
struct Nodes {
  explicit Nodes(Bus& bus, int count = 3, CoherentOptions options = {}) {
    for (int i = 0; i < count; ++i) join(bus, options);
  }
  void join(Bus& bus, CoherentOptions options = {}) {
    all.push_back(std::make_unique<NodeOn<Bus>>(options, bus, 0, [this] { return Shared{shared}; }));
  }
  NodeOn<Bus>& operator[](std::size_t i) { return *all[i]; }

  Copies shared;
  std::vector<std::unique_ptr<NodeOn<Bus>>> all;
};

bool has_copy(auto& node, const std::string& key) { return node.cache().upper().contains(key); }

}  // namespace

namespace {

struct InvalidatingFixture {
  using tier_type = Invalidating<Cache<ashlar::MemoryTier<std::string, Entry, ashlar::ExpirePerEntry<>>>>;
  static constexpr bool concurrent = true;
  std::unique_ptr<tier_type> make() { return std::make_unique<tier_type>(ashlar::entries(1000)); }
  static std::string key(int i) { return "key:" + std::to_string(i); }
  static int value(int i) { return i * 7; }
};
struct CoherentFixture : InvalidatingFixture {
  using tier_type = NodeOn<InProcessBus>;
  // What a tier needs outlives it.
  std::shared_ptr<InProcessBus> bus = std::make_shared<InProcessBus>();
  std::vector<std::shared_ptr<Copies>> shared = {};
  std::unique_ptr<tier_type> make() {
    shared.push_back(std::make_shared<Copies>());
    return std::make_unique<tier_type>(*bus, 0, [this] { return Shared{*shared.back()}; });
  }
};

}  // namespace

TEST_CASE("an invalidating cache keeps the contract of a tier") { ashlar_test::tier_contract(InvalidatingFixture{}); }
TEST_CASE("a coherent cache keeps the contract of a tier") { ashlar_test::tier_contract(CoherentFixture{}); }

TEST_CASE("an update in one cache is seen by another over the same lower tier") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus};
  REQUIRE(nodes[0].put("k", 1));
  CHECK(nodes[1].get("k") == 1);
  CHECK(has_copy(nodes[1], "k"));
  REQUIRE(nodes[0].put("k", 2));
  CHECK(nodes[1].get("k") == 1);  // the message is still under way
  bus.deliver();
  CHECK(nodes[1].get("k") == 2);
  CHECK(nodes[2].get("k") == 2);
  REQUIRE(nodes[2].erase("k"));
  bus.deliver();
  CHECK(nodes[0].get("k") == std::nullopt);
  CHECK(nodes[1].get("k") == std::nullopt);
}

TEST_CASE("an update is seen without a word when the bus delivers in the background") {
  InProcessBus bus;
  Nodes<InProcessBus> nodes{bus, 2};
  for (int i = 1; i <= 20; ++i) {
    REQUIRE(nodes[0].put("k", i));
    while (nodes[1].get("k") != i) std::this_thread::yield();
  }
  CHECK(nodes[1].coherence().dropped == 0);
}

TEST_CASE("patterns, tags and everything reach the others, with the shared tier") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2};
  const auto fill = [&] {
    REQUIRE(nodes[0].put("order:1:42", 1, Tags{"c:3"}));
    REQUIRE(nodes[0].put("order:2:43", 2, Tags{"c:4"}));
    REQUIRE(nodes[0].put("stock:1", 3));
    bus.deliver();
    for (const char* key : {"order:1:42", "order:2:43", "stock:1"}) REQUIRE(nodes[1].get(key));
  };
  fill();
  nodes[0].invalidate_matching("order:*:42");
  bus.deliver();
  CHECK(nodes[1].get("order:1:42") == std::nullopt);
  CHECK(nodes[1].get("order:2:43") == 2);
  nodes[1].invalidate_tag("c:4");
  bus.deliver();
  CHECK(nodes[0].get("order:2:43") == std::nullopt);
  CHECK(nodes[0].get("stock:1") == 3);
  fill();
  nodes[0].invalidate_all();
  bus.deliver();
  CHECK(nodes[1].get("stock:1") == std::nullopt);
  REQUIRE(nodes[0].put("stock:1", 4));
  bus.deliver();
  CHECK(nodes[1].get("stock:1") == 4);
}

TEST_CASE("one's own messages are ignored") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2};
  REQUIRE(nodes[0].put("k", 1));
  bus.deliver();
  CHECK(has_copy(nodes[0], "k"));
  CHECK(nodes[0].coherence().own == 1);
  CHECK(nodes[0].coherence().received == 0);
  CHECK(nodes[1].coherence().received == 1);
}

TEST_CASE("what is put after an invalidation survives its late message") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2};
  nodes[0].invalidate_matching("k*");
  REQUIRE(nodes[0].put("k1", 7));
  REQUIRE(nodes[1].put("k2", 8));
  bus.deliver();
  CHECK(nodes[1].get("k1") == 7);
  CHECK(nodes[1].get("k2") == 8);
  CHECK(nodes[0].get("k2") == 8);
}

namespace {

// Shows every message before it goes.
struct WatchedBus : FlakyBus {
  std::function<void(const ashlar::BusMessage&)> before = [](const ashlar::BusMessage&) {};
  ashlar::Result<void> publish(const ashlar::BusMessage& message) {
    before(message);
    return FlakyBus::publish(message);
  }
};

}  // namespace

TEST_CASE("a write reaches the shared tier first, then the bus") {
  WatchedBus bus;
  Nodes<WatchedBus> nodes{bus, 2};
  std::vector<int> below;  // what the shared tier had when each message went
  bus.before = [&](const ashlar::BusMessage& message) {
    const auto there = nodes.shared.peek(message.text);
    below.push_back(there ? there->value : 0);
  };
  REQUIRE(nodes[0].put("k", 1));
  REQUIRE(nodes[0].compute("k", [](const int* value) { return std::optional{*value + 1}; }));
  REQUIRE(nodes[0].compare_and_swap("k", 2, 3).value());
  REQUIRE(nodes[0].erase("k").value());
  REQUIRE(nodes[0].insert_if_absent("k", 5).value());
  CHECK(below == std::vector<int>{1, 2, 3, 0, 5});
}

TEST_CASE("others are told only when the shared tier has the value") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2};
  REQUIRE(nodes[0].put("k", 1));
  CHECK(nodes.shared.peek("k")->value == 1);
  CHECK(bus.waiting(1).size() == 1);
  nodes[0].cache().lower().down = true;
  CHECK_FALSE(nodes[0].put("k", 2));
  CHECK(nodes[0].get("k") == std::nullopt);  // what became of the write below is not known
  bus.deliver();
  nodes[0].cache().lower().down = false;
  CHECK(nodes[1].get("k") == std::nullopt);
}

TEST_CASE("a repeated message is ignored") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2};
  bus.repeat_percent = 100;
  REQUIRE(nodes[0].put("k", 1));
  bus.deliver();
  CHECK(nodes[1].coherence().received == 1);
  CHECK(nodes[1].coherence().old == 1);
  CHECK(nodes[1].coherence().dropped == 0);
}

TEST_CASE("an older message that comes late is ignored") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2, {.on_gap = OnGap::copies}};
  for (int i = 1; i <= 3; ++i) REQUIRE(nodes[0].put("k" + std::to_string(i), i));
  std::swap(bus.waiting(1)[1], bus.waiting(1)[2]);
  bus.deliver();
  const auto stats = nodes[1].coherence();
  CHECK(stats.gaps == 1);  // the third came before the second
  CHECK(stats.old == 1);
  CHECK(nodes[1].get("k2") == 2);
}

TEST_CASE("a lost message is noticed by the next one, and everything from before counts as stale") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2};
  REQUIRE(nodes[0].put("a", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("a") == 1);
  bus.lose_next = 1;
  nodes[0].invalidate_matching("a*");  // a note of this cache: the shared tier has the entry still
  REQUIRE(nodes[0].put("b", 1));
  CHECK(nodes.shared.contains("a"));
  bus.deliver();
  CHECK(nodes[1].coherence().dropped == 1);
  CHECK(nodes[1].get("a") == std::nullopt);
  REQUIRE(nodes[0].put("b", 2));
  bus.deliver();
  CHECK(nodes[1].get("b") == 2);
}

TEST_CASE("where the shared tier is right by itself, a gap drops the copies only") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2, {.on_gap = OnGap::copies}};
  REQUIRE(nodes[0].put("a", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("a") == 1);
  bus.lose_next = 1;
  REQUIRE(nodes[0].put("a", 2));
  bus.deliver();
  CHECK(nodes[1].get("a") == 1);
  REQUIRE(nodes[0].put("b", 1));
  bus.deliver();
  CHECK(nodes[1].coherence().gaps == 1);
  CHECK(nodes[1].coherence().dropped == 1);
  CHECK(nodes.shared.contains("a"));
  CHECK(nodes[1].get("a") == 2);
}

TEST_CASE("a lost last message is noticed by a heartbeat") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2, {.on_gap = OnGap::copies}};
  REQUIRE(nodes[0].put("a", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("a") == 1);
  bus.lose_next = 1;
  REQUIRE(nodes[0].put("a", 2));
  REQUIRE(nodes[0].heartbeat());
  bus.deliver();
  CHECK(nodes[1].get("a") == 2);
  REQUIRE(nodes[0].heartbeat());
  bus.deliver();
  CHECK(nodes[1].coherence().dropped == 1);
}

TEST_CASE("a bus that remembers fills a gap exactly: other copies stay") {
  InProcessBus bus{{.inbox = 1, .delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2};
  REQUIRE(nodes[0].put("a", 1));
  bus.deliver();
  REQUIRE(nodes[0].put("b", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("a") == 1);
  REQUIRE(nodes[1].get("b") == 1);
  // The subscriber is slow: of three messages it gets the last.
  REQUIRE(nodes[0].put("a", 2));
  nodes[0].invalidate_matching("x*");
  REQUIRE(nodes[0].put("c", 1));
  bus.deliver();
  const auto stats = nodes[1].coherence();
  CHECK(stats.gaps == 1);
  CHECK(stats.replayed == 1);
  CHECK(stats.dropped == 0);
  CHECK(has_copy(nodes[1], "b"));
  CHECK(nodes[1].get("a") == 2);
}

TEST_CASE("a gap beyond what may be replayed drops everything") {
  InProcessBus bus{{.inbox = 1, .delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2, {.max_replay = 2}};
  REQUIRE(nodes[0].put("a", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("a") == 1);
  for (int i = 0; i < 4; ++i) REQUIRE(nodes[0].put("b", i));
  bus.deliver();
  CHECK(nodes[1].coherence().dropped == 1);
  CHECK(nodes[1].get("a") == std::nullopt);
}

TEST_CASE("a connection that comes back has lost messages, perhaps") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2, {.on_gap = OnGap::copies}};
  REQUIRE(nodes[0].put("a", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("a") == 1);
  bus.disconnect(1);
  REQUIRE(nodes[0].put("a", 2));
  bus.deliver();
  CHECK(nodes[1].get("a") == 1);
  bus.reconnect(1);
  CHECK(nodes[1].coherence().dropped == 1);
  CHECK(nodes[1].get("a") == 2);
}

TEST_CASE("a cache that joins late starts cold, and drops once what it has by the first word of each sender") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 1, {.on_gap = OnGap::copies}};
  REQUIRE(nodes[0].put("a", 1));
  REQUIRE(nodes[0].put("a", 2));
  nodes.join(bus, {.on_gap = OnGap::copies});
  CHECK(nodes[1].get("a") == 2);
  REQUIRE(nodes[0].put("b", 1));
  REQUIRE(nodes[0].put("b", 2));
  bus.deliver();
  CHECK(nodes[1].coherence().dropped == 1);
  CHECK(nodes[1].get("a") == 2);
  CHECK(nodes[1].get("b") == 2);
}

TEST_CASE("what the bus does not take waits, the last of each key only, and is sent later") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2};
  bus.refusing = true;
  for (int i = 0; i < 10; ++i) REQUIRE(nodes[0].put("a", i));
  REQUIRE(nodes[0].put("b", 1));
  CHECK(nodes[0].coherence().unsent == 3);  // the first attempt has its number and stays
  CHECK_FALSE(nodes[0].heartbeat());
  bus.refusing = false;
  REQUIRE(nodes[0].heartbeat());
  CHECK(nodes[0].coherence().unsent == 0);
  CHECK(nodes[0].coherence().sent == 3);
  bus.deliver();
  CHECK(nodes[1].coherence().received == 3);
  CHECK(nodes[1].coherence().dropped == 0);
}

TEST_CASE("more unsent messages than may wait become one that covers all") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2, {.max_unsent = 4}};
  REQUIRE(nodes[0].put("k9", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("k9") == 1);
  bus.refusing = true;
  for (int i = 0; i < 20; ++i) REQUIRE(nodes[0].put("k" + std::to_string(i), 2));
  CHECK(nodes[0].coherence().unsent <= 5);
  bus.refusing = false;
  REQUIRE(nodes[0].heartbeat());
  bus.deliver();
  CHECK_FALSE(nodes[1].get("k9") == 1);
}

TEST_CASE("a message beats the load that is under way in another cache, and what it would store below") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return nodes[1].get_or_load("k", [&] {
      begun.count_down();
      go.wait();
      return 1;
    });
  });
  begun.wait();
  REQUIRE(nodes[0].put("k", 2));
  bus.deliver();
  go.count_down();
  CHECK(load.get() == 1);
  CHECK(nodes[1].get("k") == 2);
  CHECK(nodes.shared.peek("k")->value == 2);
}

TEST_CASE("a value that a slow load stores below over a write is removed when its message comes") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 3};
  CHECK(nodes[1].get_or_load("k", [&] {
    REQUIRE(nodes[0].put("k", 2));
    return 1;
  }) == 1);
  CHECK(nodes.shared.peek("k")->value == 1);  // the load was stored last
  bus.deliver();
  for (std::size_t i = 0; i < 3; ++i) CHECK(nodes[i].get_or_load("k", [] { return 2; }) == 2);
}

TEST_CASE("a slow load whose beating message was lost is found by the writer's second look") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 3};
  CHECK(nodes[1].get_or_load("k", [&] {
    bus.lose_next = 1;
    REQUIRE(nodes[0].erase("k"));
    return 1;
  }) == 1);
  bus.deliver();
  CHECK(nodes[2].get("k") == 1);
  REQUIRE(nodes[0].heartbeat());
  bus.deliver();
  CHECK(nodes[0].coherence().late == 1);
  for (std::size_t i = 0; i < 3; ++i) CHECK(nodes[i].get("k") == std::nullopt);
}

TEST_CASE("a tag that is removed beats a fill of the shared tier that comes late") {
  InProcessBus bus{{.delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2};
  CHECK(nodes[1].get_or_load("k", [&] {
    nodes[0].invalidate_tag("t");
    return ashlar::tagged(1, {"t"});
  }) == 1);
  CHECK(nodes.shared.contains("k"));
  CHECK(nodes[0].get("k") == std::nullopt);
  bus.deliver();
  CHECK(nodes[1].get("k") == std::nullopt);
}

TEST_CASE("a failed removal below is made good when the tier answers again") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2};
  REQUIRE(nodes[0].put("k", 1));
  bus.deliver();
  nodes[0].cache().lower().down = true;
  nodes[1].cache().lower().down = true;
  CHECK_FALSE(nodes[0].erase("k"));
  bus.deliver();
  nodes[0].cache().lower().down = false;
  nodes[1].cache().lower().down = false;
  CHECK(nodes.shared.contains("k"));
  CHECK(nodes[0].get("k") == std::nullopt);
  CHECK(nodes[1].get("k") == std::nullopt);
  REQUIRE(nodes[0].heartbeat());
  CHECK_FALSE(nodes.shared.contains("k"));
}

TEST_CASE("an insertion or a swap that fails below is told to the others: nobody knows what is there") {
  const bool swaps = GENERATE(false, true);
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 2};
  REQUIRE(nodes[0].put("k", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("k") == 1);
  if (!swaps) nodes[0].cache().upper().clear();
  nodes[0].cache().lower().down = true;
  const bool answered = (swaps ? nodes[0].compare_and_swap("k", 1, 2) : nodes[0].insert_if_absent("k", 2)).has_value();
  CHECK_FALSE(answered);
  nodes[0].cache().lower().down = false;
  nodes.shared.put("k", Entry{.value = 2});  // it had done so, but its answer was lost
  bus.deliver();
  CHECK_FALSE(has_copy(nodes[1], "k"));
  CHECK(nodes[0].get("k") != 1);
  CHECK(nodes[1].get("k") != 1);
}

TEST_CASE("a message that could not be obeyed counts as missing") {
  const bool replays = GENERATE(true, false);
  InProcessBus bus{{.history = replays ? 100U : 0U, .delivery = BusDelivery::on_request}};
  Nodes<InProcessBus> nodes{bus, 2, {.on_gap = OnGap::copies}};
  REQUIRE(nodes[0].put("k", 1));
  bus.deliver();
  REQUIRE(nodes[1].get("k") == 1);
  REQUIRE(nodes[0].put("k", 2));
  nodes[1].cache().lower().throws = true;
  CHECK_THROWS_AS(bus.deliver(), std::runtime_error);
  nodes[1].cache().lower().throws = false;
  REQUIRE(nodes[0].heartbeat());
  bus.deliver();
  CHECK(nodes[1].get("k") == 2);
  CHECK(nodes[1].coherence().dropped == (replays ? 0 : 1));
}

namespace {

template <class C>
concept takes_a_lifetime = requires(C& cache, const std::string& key) {
  cache.put(key, 1, Tags{}, ashlar::Lifetime{std::chrono::minutes{5}});
};

}  // namespace

TEST_CASE("a lifetime that the tiers cannot keep is refused when compiling") {
  using Expiring = ashlar::MemoryTier<std::string, Entry, ashlar::ExpirePerEntry<>>;
  STATIC_REQUIRE(takes_a_lifetime<Coherent<Invalidating<Cache<Expiring>>, InProcessBus>>);
  STATIC_REQUIRE_FALSE(takes_a_lifetime<NodeOn<InProcessBus>>);
}

TEST_CASE("the number of senders that are known is bounded") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 1, {.max_senders = 2}};
  for (std::uint64_t sender = 1; sender <= 5; ++sender) {
    REQUIRE(bus.publish({sender, 1, 0, 1, ashlar::BusSubject::key, "k"}));
  }
  bus.deliver();
  CHECK(nodes[0].coherence().dropped == 0);
  REQUIRE(bus.publish({1, 2, 0, 1, ashlar::BusSubject::key, "k"}));
  bus.deliver();
  CHECK(nodes[0].coherence().dropped == 1);
}

TEST_CASE("messages of another process drop every copy that is older than their arrival") {
  FlakyBus bus;
  Nodes<FlakyBus> nodes{bus, 1};
  REQUIRE(nodes[0].put("k", 1));
  REQUIRE(nodes[0].put("t", 1, Tags{"tag"}));
  REQUIRE(bus.publish({9, 1, 1, 5, ashlar::BusSubject::key, "k"}));
  bus.deliver();
  CHECK_FALSE(has_copy(nodes[0], "k"));
  CHECK(nodes[0].get("k") == 1);  // the shared tier has what the sender left there
  REQUIRE(bus.publish({9, 2, 1, 5, ashlar::BusSubject::tag, "tag"}));
  REQUIRE(bus.publish({9, 3, 1, 5, ashlar::BusSubject::pattern, "k*"}));
  bus.deliver();
  CHECK(nodes[0].get("t") == std::nullopt);
  CHECK(nodes[0].get("k") == std::nullopt);
  CHECK(nodes[0].coherence().gaps == 0);
}

namespace {

// The truth: the newest value of each key.
struct Source {
  std::mutex mutex;
  std::map<std::string, int> values;
  std::array<std::mutex, 5> turns;  // of writers, by key

  int read(const std::string& key) {
    const std::lock_guard lock{mutex};
    return values[key];
  }
  int write(const std::string& key) {
    const std::lock_guard lock{mutex};
    return ++values[key];
  }
};

}  // namespace

TEST_CASE("six writers, a bus and a shared tier that fail half of the nodes: all converge to the newest writes") {
  for (std::uint32_t seed = 1; seed <= 3 * static_cast<std::uint32_t>(std::max(1.0, ashlar_test::soak())); ++seed) {
    FlakyBus bus{seed};
    Nodes<FlakyBus> nodes{bus, 4};
    Source source;
    bus.lose_percent = 20;
    bus.repeat_percent = 20;
    bus.reorder_percent = 30;
    bus.refuse_percent = 20;
    nodes[0].cache().lower().one_in = 3;
    nodes[1].cache().lower().one_in = 5;
    const auto key_of = [](unsigned i) { return "k:" + std::to_string(i % 5); };
    std::atomic<bool> stop{false};
    std::vector<std::thread> writers;
    for (unsigned t = 0; t < 6; ++t) {
      writers.emplace_back([&, t] {
        std::mt19937 random{seed * 100 + t};
        auto& node = nodes[t % 4];
        for (int i = 0; i < 60; ++i) {
          const auto which = static_cast<unsigned>(random() % 5);
          const std::string key = key_of(which);
          if (random() % 3 == 0) {
            // A put must not come after that of a newer value; removals of one key may meet.
            std::unique_lock turn{source.turns[which]};
            const int newest = source.write(key);
            const auto what = random() % 16;
            if (what >= 9) {
              static_cast<void>(node.put(key, newest));
            } else {
              turn.unlock();
              if (what < 2) {
                node.invalidate_matching("k:*");
              } else {
                static_cast<void>(node.erase(key));
              }
            }
          } else {
            static_cast<void>(node.get_or_load(key, [&] { return source.read(key); }));
          }
          if (random() % 10 == 0) static_cast<void>(node.heartbeat());
        }
      });
    }
    std::thread courier{[&] {
      while (!stop) {
        bus.deliver(2);
        std::this_thread::yield();
      }
    }};
    for (auto& writer : writers) writer.join();
    stop = true;
    courier.join();
    bus.lose_percent = bus.refuse_percent = bus.repeat_percent = bus.reorder_percent = 0;
    for (std::size_t i = 0; i < 4; ++i) nodes[i].cache().lower().one_in = 0;
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < 4; ++i) REQUIRE(nodes[i].heartbeat());
      bus.deliver();
    }
    for (std::size_t i = 0; i < 4; ++i) {
      for (unsigned k = 0; k < 5; ++k) {
        const std::string key = key_of(k);
        CHECK(nodes[i].get_or_load(key, [&] { return source.read(key); }) == source.read(key));
      }
    }
  }
}
