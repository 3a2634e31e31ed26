// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/unbounded.hpp>
#include <ashlar/cache/expiry.hpp>
#include <support/memory_tiers.hpp>
#include <support/soak.hpp>

using namespace ashlar_test;

namespace {

enum class Op {
  get,
  put,
  insert_if_absent,
  compare_and_swap,
  increment,
  erase,
  take,
  contains,
  visit,
  get_many,
  compute_nothing,
  erase_matching
};
constexpr unsigned ops = 12;
// Where the table is rebuilt meanwhile, erase_matching begins anew and may meet a key twice: it is not one step then.
constexpr unsigned ops_of_one_step = 11;

constexpr U64 none = 0;

/// One call: what was asked, what it answered, and when it ran.
struct Call {
  Op op{};
  U64 key = 0, value = 0, expected = 0;
  U64 answer = 0;
  std::uint64_t start = 0, end = 0;
};

/// The specification: two keys, each with a value or `none`.
using Model = std::array<U64, 2>;

/// What `call` must answer when the state is `model`, which it changes.
U64 apply(Model& model, const Call& call) {
  U64& slot = model[call.key];
  switch (call.op) {
    case Op::get:
    case Op::visit:
    case Op::get_many: return slot;
    case Op::contains: return slot != none;
    case Op::put: slot = call.value; return 1;
    case Op::insert_if_absent:
      if (slot != none) return 0;
      slot = call.value;
      return 1;
    case Op::compare_and_swap:
      if (slot == none || slot != call.expected) return 0;
      slot = call.value;
      return 1;
    case Op::increment: return ++slot;
    case Op::erase:
    case Op::erase_matching: return std::exchange(slot, none) != none;
    case Op::take:
    case Op::compute_nothing: return std::exchange(slot, none);
  }
  return 0;
}

/// True when some order of `calls`, that keeps calls which did not overlap in theirs, explains every answer.
class Explained {
 public:
  explicit Explained(const std::vector<Call>& calls) : calls_{calls} {}
  bool operator()() { return search(0, Model{}); }

 private:
  bool search(std::uint32_t done, Model model) {
    if (done == (1U << calls_.size()) - 1) return true;
    if (!seen_.emplace(done, model).second) return false;
    std::uint64_t first_end = ~std::uint64_t{0};
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1) == 0) first_end = std::min(first_end, calls_[i].end);
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1) != 0 || calls_[i].start > first_end) continue;
      Model next = model;
      if (apply(next, calls_[i]) == calls_[i].answer && search(done | 1U << i, next)) return true;
    }
    return false;
  }

  const std::vector<Call>& calls_;
  std::set<std::pair<std::uint32_t, Model>> seen_;
};

/// Calls `tier` as `call` says, with `key` in the place of its key.
template <class Tier>
U64 perform(Tier& tier, const Call& call, U64 key) {
  using Value = typename Tier::mapped_type;
  const auto number = [](const std::optional<Value>& value) { return value ? number_of(*value) : none; };
  switch (call.op) {
    case Op::get: return number(tier.get(key));
    case Op::contains: return tier.contains(key);
    case Op::put: return stored(tier.put(key, Value{call.value}));
    case Op::insert_if_absent: return tier.insert_if_absent(key, Value{call.value});
    case Op::compare_and_swap: return tier.compare_and_swap(key, Value{call.expected}, Value{call.value});
    case Op::increment: {
      U64 answer = 0;
      tier.compute(key, [&](const Value* current) -> std::optional<Value> {
        answer = (current == nullptr ? none : number_of(*current)) + 1;
        return Value{answer};
      });
      return answer;
    }
    case Op::erase: return tier.erase(key);
    case Op::take: return number(tier.take(key));
    case Op::visit: {
      U64 answer = none;
      tier.visit(key, [&](const Value& value) { answer = number_of(value); });
      return answer;
    }
    case Op::get_many: return number(tier.get_many(std::span{&key, 1})[0]);
    case Op::erase_matching: return tier.erase_matching([&](U64 other) { return other == key; });
    case Op::compute_nothing: {
      U64 answer = none;
      tier.compute(key, [&](const Value* current) -> std::optional<Value> {
        if (current != nullptr) answer = number_of(*current);
        return std::nullopt;
      });
      return answer;
    }
  }
  return 0;
}

/// Did calls of two threads, each of which made `each` of them, run at one time?
bool overlap(const std::vector<Call>& calls, std::size_t each) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (std::size_t j = (i / each + 1) * each; j < calls.size(); ++j) {
      if (calls[i].start < calls[j].end && calls[j].start < calls[i].end) return true;
    }
  }
  return false;
}

/// Runs histories of `threads` with `each` calls at once; `next(calls)` writes the next ones, false at the end.
/// Several histories, each on keys of its own, make one round, and only rounds wait for each other without limit:
/// on a busy machine each such wait costs the rest of somebody's time slice.
template <class Tier, class Next>
void explore(Tier& tier, std::size_t threads, std::size_t each, Next&& next) {
  constexpr std::size_t most = 16;
  std::vector<std::vector<Call>> round;
  std::atomic<std::uint64_t> time{0}, arrived{0};
  std::barrier gate{static_cast<std::ptrdiff_t>(threads) + 1};
  std::vector<std::thread> crowd;
  for (std::size_t t = 0; t < threads; ++t) {
    crowd.emplace_back([&, t] {
      for (;;) {
        gate.arrive_and_wait();
        if (round.empty()) return;
        for (std::size_t h = 0; h < round.size(); ++h) {
          ++arrived;
          // Longer at first, when those who slept at the gate come.
          for (int i = h == 0 ? -20'000 : 0; i < 500 && arrived < threads * (h + 1); ++i) continue;
          for (std::size_t i = t * each; i < (t + 1) * each; ++i) {
            Call& call = round[h][i];
            call.start = time.fetch_add(1);
            call.answer = perform(tier, call, 2 * h + call.key);
            call.end = time.fetch_add(1);
          }
        }
        gate.arrive_and_wait();
      }
    });
  }
  bool all_explained = true;
  std::size_t overlapping = 0;
  for (bool more = true; more && all_explained;) {
    round.clear();
    std::vector<Call> calls(threads * each);
    while (round.size() < most && (more = next(calls))) round.push_back(calls);
    if (round.empty()) break;
    tier.clear();
    arrived = 0;
    gate.arrive_and_wait();
    gate.arrive_and_wait();
    for (const std::vector<Call>& history : round) {
      overlapping += overlap(history, each) ? 1 : 0;
      if (Explained{history}()) continue;
      all_explained = false;
      for (const Call& call : history) {
        UNSCOPED_INFO("op " << static_cast<int>(call.op) << " key " << call.key << " value " << call.value
                            << " expected " << call.expected << " answer " << call.answer << " from " << call.start
                            << " to " << call.end);
      }
    }
  }
  round.clear();
  gate.arrive_and_wait();
  for (std::thread& thread : crowd) thread.join();
  CHECK(all_explained);
  if (overlapping == 0) WARN("no two calls overlapped: nothing concurrent was seen");
}

/// Random calls of three threads on two keys.
template <class Tier>
void explore_some(Tier& tier, int rounds, unsigned kinds = ops) {
  std::mt19937 random{2024};
  explore(tier, 3, 3, [&, round = 0](std::vector<Call>& calls) mutable {
    for (Call& call : calls) {
      call = Call{static_cast<Op>(random() % kinds), random() % 2, random() % 3 + 1, random() % 3 + 1};
    }
    return round++ < rounds;
  });
}

/// Every program of two threads, the one with two calls and the other with two, on one key.
template <class Tier>
void explore_all(Tier& tier) {
  explore(tier, 2, 2, [program = 0u](std::vector<Call>& calls) mutable {
    unsigned rest = program++;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      calls[i] = Call{static_cast<Op>(rest % ops), 0, i + 1, i};
      rest /= ops;
    }
    return rest == 0;
  });
}

/// A value whose words must agree.
struct Whole {
  std::array<U64, 8> words{};
  Whole() = default;
  explicit Whole(U64 number) { words.fill(number); }
  bool is_whole() const {
    return std::all_of(words.begin(), words.end(), [this](U64 word) { return word == words[0]; });
  }
};
bool is_whole(const Whole& value) { return value.is_whole(); }
bool is_whole(const Boxed&) { return true; }
U64 version_of(const Whole& value) { return value.words[0]; }
U64 version_of(const Boxed& value) { return value.number(); }

/// Each key has one writer, which steps its version. A read may show any version that was begun before the read ended
/// and not overwritten before it began; to miss is always legal in a cache.
template <class Tier>
void stress(Tier& tier, int writes) {
  constexpr U64 keys = 64, writers = 2, readers = 2;
  using Value = typename Tier::mapped_type;
  struct Key {
    std::atomic<U64> begun{0}, done{0};
  };
  std::vector<Key> state(keys);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0}, stale{0}, early{0};
  std::vector<std::thread> crowd;
  for (U64 w = 0; w < writers; ++w) {
    crowd.emplace_back([&, w] {
      std::mt19937_64 random{w};
      for (int i = 0; i < writes; ++i) {
        const U64 key = random() % (keys / writers) * writers + w;
        const U64 version = state[key].begun.load() + 1;
        state[key].begun = version;
        if (random() % 8 == 0) {
          tier.erase(key);
        } else {
          tier.put(key, Value{version});
        }
        state[key].done = version;
      }
    });
  }
  for (U64 r = 0; r < readers; ++r) {
    crowd.emplace_back([&, r] {
      std::mt19937_64 random{100 + r};
      while (!stop) {
        const U64 key = random() % keys;
        const U64 done = state[key].done;
        const std::optional<Value> found = tier.get(key);
        const U64 begun = state[key].begun;
        if (!found) continue;
        torn += !is_whole(*found);
        stale += version_of(*found) < done;
        early += version_of(*found) > begun;
      }
    });
  }
  for (U64 w = 0; w < writers; ++w) crowd[w].join();
  stop = true;
  for (U64 r = 0; r < readers; ++r) crowd[writers + r].join();
  CHECK(torn == 0);
  CHECK(stale == 0);
  CHECK(early == 0);
}

struct Ignore {
  void operator()(U64, const Boxed&, ashlar::RemovalCause) const noexcept {}
};

const int rounds = static_cast<int>(6000 * soak());
const int writes = static_cast<int>(60000 * soak());

}  // namespace

TEST_CASE("the specification tells an impossible history") {
  std::vector<Call> calls(2);
  calls[0] = {Op::put, 0, 1, 0, 1, 0, 1};
  calls[1] = {Op::get, 0, 0, 0, none, 2, 3};
  CHECK_FALSE(Explained{calls}());
  CHECK_FALSE(overlap(calls, 1));
  calls[1].start = 0;
  CHECK(Explained{calls}());
  CHECK(overlap(calls, 1));
  CHECK_FALSE(overlap(calls, 2));
}

TEST_CASE("short histories on two keys can be explained by one order: words without lock") {
  ashlar::MemoryTier<U64, U64> tier{ashlar::entries(100)};
  explore_some(tier, rounds);
}
TEST_CASE("short histories on two keys can be explained by one order: objects under a shared lock") {
  ashlar::MemoryTier<U64, Boxed> tier{ashlar::entries(100)};
  explore_some(tier, rounds);
}
TEST_CASE("short histories on two keys can be explained by one order: with every option") {
  ashlar::MemoryTier<U64, U64, ashlar::ExpireAfterAccess<>, ashlar::WeighBy<UpToFour>, ashlar::CountHits, ashlar::Lru>
      words{ashlar::units(1'000), ashlar::ExpireAfterAccess<>{std::chrono::hours{1}}};
  explore_some(words, rounds / 2);
  ashlar::MemoryTier<U64, Boxed, ashlar::ExpirePerEntry<>, ashlar::WeighBytes, ashlar::OnRemoval<Ignore>, ashlar::Sieve>
      objects{ashlar::bytes(100'000)};
  explore_some(objects, rounds / 2);
}
TEST_CASE("short histories on two keys can be explained by one order: while the table is rebuilt") {
  ashlar::MemoryTier<U64, U64, ashlar::Fifo> words{ashlar::entries(100)};
  ashlar::MemoryTier<U64, Boxed, ashlar::TinyLfu> objects{ashlar::entries(100)};
  std::atomic<bool> stop{false};
  std::thread resizer{[&] {
    for (std::size_t i = 0; !stop && i < 2'000; ++i) {
      words.resize_capacity(ashlar::entries(i % 2 == 0 ? 400 : 100));
      objects.resize_capacity(ashlar::entries(i % 2 == 0 ? 400 : 100));
      std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
  }};
  explore_some(words, rounds / 2, ops_of_one_step);
  explore_some(objects, rounds / 2, ops_of_one_step);
  stop = true;
  resizer.join();
}
TEST_CASE("every program of two threads with two calls each has one order: words") {
  ashlar::MemoryTier<U64, U64> tier{ashlar::entries(100)};
  explore_all(tier);
}
TEST_CASE("every program of two threads with two calls each has one order: objects") {
  ashlar::MemoryTier<U64, Boxed> tier{ashlar::entries(100)};
  explore_all(tier);
}

TEMPLATE_TEST_CASE("under stress no read shows a torn, overwritten or future value", "", ashlar::Fifo, ashlar::Lru,
                   ashlar::Sieve, ashlar::S3Fifo, ashlar::TinyLfu, ashlar::Adaptive) {
  ashlar::MemoryTier<U64, Whole, TestType> words{ashlar::entries(40)};
  stress(words, writes / 2);
  ashlar::MemoryTier<U64, Boxed, TestType> objects{ashlar::entries(40)};
  stress(objects, writes / 6);
}
TEST_CASE("under stress no read shows a torn, overwritten or future value: with every option") {
  ashlar::MemoryTier<U64, Whole, ashlar::ExpireAfterAccess<>, ashlar::WeighBy<UpToFour>, ashlar::CountHits> words{
      ashlar::units(80), ashlar::ExpireAfterAccess<>{std::chrono::milliseconds{1}}};
  stress(words, writes / 2);
  ashlar::MemoryTier<U64, Boxed, ashlar::ExpireAfterWrite<>, ashlar::WeighBytes, ashlar::OnRemoval<Ignore>> objects{
      ashlar::bytes(8'000), ashlar::ExpireAfterWrite<>{std::chrono::milliseconds{1}}};
  stress(objects, writes / 4);
}

TEST_CASE("under stress no read shows a wrong value while the table grows") {
  ashlar::MemoryTier<U64, Whole, ashlar::Unbounded> words;
  ashlar::MemoryTier<U64, Boxed, ashlar::Unbounded> objects;
  std::atomic<bool> stop{false};
  std::thread filler{[&] {
    for (U64 i = 0; !stop && i < 20'000; ++i) {
      words.put(1000 + i, Whole{i});
      objects.put(1000 + i, Boxed{i});
    }
  }};
  stress(words, writes / 2);
  stress(objects, writes / 4);
  stop = true;
  filler.join();
}

TEST_CASE("eight threads on four keys lose no increment") {
  const auto contend = [](auto& tier) {
    using Value = typename std::remove_reference_t<decltype(tier)>::mapped_type;
    const int each = static_cast<int>(1500 * soak());
    std::vector<std::thread> crowd;
    for (int t = 0; t < 8; ++t) {
      crowd.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          const U64 key = static_cast<U64>(i + t) % 4;
          tier.compute(key, [](const Value* current) -> std::optional<Value> {
            return Value{(current == nullptr ? 0 : number_of(*current)) + 1};
          });
          tier.get(key);
          tier.contains(key + 1);
        }
      });
    }
    for (std::thread& thread : crowd) thread.join();
    U64 sum = 0;
    tier.for_each([&](U64, const Value& value) { sum += number_of(value); });
    CHECK(sum == static_cast<U64>(8 * each));
  };
  ashlar::MemoryTier<U64, U64> words{ashlar::entries(100)};
  contend(words);
  ashlar::MemoryTier<U64, Boxed> objects{ashlar::entries(100)};
  contend(objects);
}

TEST_CASE("a reader of values that need no destructor never sees the next entry of its place") {
  using Value = std::pair<long, long>;  // not of words: readers share a lock
  ashlar::MemoryTier<int, Value> tier{ashlar::entries(64)};
  constexpr int keys = 200;
  const auto of = [](int key) { return Value{key * 1'000'003L, key * 1'000'003L}; };
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      for (int key = 0; !stop; key = (key + 7) % keys) {
        tier.visit(key, [&](const Value& seen) { wrong += seen != of(key); });
      }
    });
  }
  std::vector<std::thread> writers;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([&, t] {
      int key = t;
      for (int i = 0; i < 3'000; ++i) {
        key = (key + 13) % keys;
        tier.put(key, of(key));
        if (i % 3 == 0) tier.erase((key + 5) % keys);
      }
    });
  }
  for (auto& writer : writers) writer.join();
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
}
