// SPDX-License-Identifier: BSL-1.0
// Byte budgets: the tier under traces of weighted keys, against the plainest caches that do the same.
#include <support/catch.hpp>

#include <cmath>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include <ashlar/cache/simulate.hpp>
#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>

using namespace ashlar_test;

namespace {

/// The weight of a key, the same each time: mostly small, now and then a thousand times as heavy.
std::uint64_t weight_of(std::uint64_t key) {
  Chance chance{key};
  return 1 + static_cast<std::uint64_t>(std::exp(chance.unit() * chance.unit() * std::log(5'000.0)));
}
struct ByKey {
  std::uint64_t operator()(std::uint64_t key, char) const { return weight_of(key); }
};

/// The textbook with weights: what is oldest goes until the new entry fits; what fits nowhere is not kept. With `hand`,
/// the queue of SIEVE.
class WeightedReference {
 public:
  enum class Order { fifo, lru, sieve };

  WeightedReference(std::uint64_t budget, Order order) : budget_{budget}, order_{order} {}

  bool use(std::uint64_t key) {
    if (const auto found = where_.find(key); found != where_.end()) {
      found->second->visited = true;
      if (order_ == Order::lru) queue_.splice(queue_.begin(), queue_, found->second);
      return true;
    }
    const std::uint64_t weight = weight_of(key);
    if (weight > budget_) return false;
    while (used_ + weight > budget_) evict();
    queue_.push_front({key, false});
    where_[key] = queue_.begin();
    used_ += weight;
    return false;
  }
  std::uint64_t used() const { return used_; }

 private:
  struct Node {
    std::uint64_t key;
    bool visited;
  };
  using At = std::list<Node>::iterator;

  At newer(At at) { return at == queue_.begin() ? queue_.end() : std::prev(at); }
  void evict() {
    At victim = std::prev(queue_.end());
    if (order_ == Order::sieve) {
      if (hand_ != queue_.end()) victim = hand_;
      while (victim->visited) {
        victim->visited = false;
        victim = newer(victim);
        if (victim == queue_.end()) victim = std::prev(queue_.end());
      }
      hand_ = newer(victim);
    }
    used_ -= weight_of(victim->key);
    where_.erase(victim->key);
    queue_.erase(victim);
  }

  std::uint64_t budget_;
  Order order_;
  std::list<Node> queue_;  // newest first
  At hand_ = queue_.end();
  std::unordered_map<std::uint64_t, At> where_;
  std::uint64_t used_ = 0;
};

template <class Policy, class... More>
using Weighed = ashlar::MemoryTier<std::uint64_t, char, Policy, ashlar::WeighBy<ByKey, ashlar::Bytes>, More...>;

struct Outcome {
  std::uint64_t hits = 0;
  std::uint64_t used = 0;
};
Outcome reference(const Keys& keys, std::uint64_t budget, WeightedReference::Order order) {
  WeightedReference cache{budget, order};
  Outcome outcome;
  for (const auto key : keys) outcome.hits += cache.use(key);
  outcome.used = cache.used();
  return outcome;
}

std::vector<Keys> traces() {
  return {zipf(15'000, 3'000, 0.9), zipf_with_scans(15'000, 3'000, 1.0, 500), by_recency(10'000, 1'500, 0.1),
          loop(8'000, 400), spliced({zipf(6'000, 2'000, 1.1), loop(5'000, 700), zipf(6'000, 2'000, 0.7, 9)})};
}
constexpr std::uint64_t budgets[] = {40, 3'000, 20'000, 100'000};

}  // namespace

TEST_CASE("in bytes, too, the single-threaded tier makes the choices of the textbook, one by one") {
  using Order = WeightedReference::Order;
  for (const Keys& keys : traces()) {
    for (const std::uint64_t budget : budgets) {
      const auto same = [&](const ashlar::Simulation& simulation, Order order) {
        const Outcome wanted = reference(keys, budget, order);
        CAPTURE(budget, static_cast<int>(order));
        CHECK(simulation.hits == wanted.hits);
        CHECK(simulation.weight == wanted.used);
      };
      const auto capacity = ashlar::bytes(budget);
      same(ashlar::simulate<Weighed<ashlar::Fifo, ashlar::SingleThreaded>>(keys, capacity), Order::fifo);
      same(ashlar::simulate<Weighed<ashlar::Lru, ashlar::SingleThreaded>>(keys, capacity), Order::lru);
      same(ashlar::simulate<Weighed<ashlar::Sieve, ashlar::SingleThreaded>>(keys, capacity), Order::sieve);
    }
  }
}

TEMPLATE_TEST_CASE("a byte budget holds after every step and is used", "", ashlar::Fifo, ashlar::Lru, ashlar::Sieve,
                   ashlar::S3Fifo, ashlar::TinyLfu, ashlar::Adaptive) {
  for (const Keys& keys : traces()) {
    for (const std::uint64_t budget : budgets) {
      Weighed<TestType> tier{ashlar::bytes(budget)};
      bool was_full = false;
      for (const auto key : keys) {
        if (tier.contains(key)) {
          tier.visit(key, [](char) {});
          continue;
        }
        const auto evicted = tier.stats().evicted;
        const ashlar::Put put = tier.put(key, 'x');
        REQUIRE(tier.weight() <= budget);
        REQUIRE(put == (weight_of(key) > budget ? ashlar::Put::too_heavy : ashlar::Put::inserted));
        was_full |= tier.stats().evicted != evicted;
      }
      std::uint64_t sum = 0;
      tier.for_each([&](std::uint64_t key, char) { sum += weight_of(key); });
      CHECK(sum == tier.weight());
      // Room for the heaviest that could have come last is all that may be unused.
      if (was_full && budget > 20'000) CHECK(tier.weight() + 5'001 >= budget);
    }
  }
}

TEST_CASE("in bytes, too, the policies that weigh use against age beat the oldest-first one where use is skewed") {
  const Keys keys = zipf(60'000, 5'000, 0.9);
  const auto hits = [&]<class Policy>(Policy) {
    return ashlar::simulate<Weighed<Policy, ashlar::SingleThreaded>>(keys, ashlar::bytes(20'000)).hits;
  };
  const auto fifo = hits(ashlar::Fifo{});
  CHECK(hits(ashlar::S3Fifo{}) > fifo);
  CHECK(hits(ashlar::TinyLfu{}) > fifo);
  CHECK(hits(ashlar::Adaptive{}) > fifo);
}
