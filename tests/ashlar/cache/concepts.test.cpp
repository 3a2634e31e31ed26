// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/concepts.hpp>

#include <memory>
#include <optional>

#include <support/cache_tiers.hpp>

namespace {

struct Key {
  int id = 0;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  std::size_t operator()(const Key& key) const noexcept { return static_cast<std::size_t>(key.id); }
};
// Copyable, and nothing more.
struct Value {
  explicit Value(int number) : n{number} {}
  Value(const Value&) = default;
  Value& operator=(const Value&) = delete;
  int n;
};

// The archetype: the least that models tier. It keeps one entry.
class Least {
 public:
  using key_type = Key;
  using mapped_type = Value;
  using hasher = KeyHash;
  explicit Least(int) {}
  Least(const Least&) = delete;
  Least& operator=(const Least&) = delete;
  ashlar::Result<std::optional<Value>> get(const Key& key) {
    if (entry_ && entry_->first == key) return std::optional<Value>{entry_->second};
    return std::optional<Value>{};
  }
  void put(const Key& key, const Value& value) { entry_ = std::make_unique<std::pair<Key, Value>>(key, value); }
  bool erase(const Key& key) {
    const bool there = entry_ && entry_->first == key;
    if (there) entry_.reset();
    return there;
  }

 private:
  std::unique_ptr<std::pair<Key, Value>> entry_;
};
static_assert(ashlar::tier<Least> && ashlar::explain_tier<Least>());
static_assert(!ashlar::expiring_tier<Least> && !ashlar::atomic_tier<Least> && !ashlar::scannable_tier<Least> &&
              !ashlar::batch_tier<Least> && !ashlar::clearable_tier<Least>);

// Near misses: one for each row of the concept's table.
using Map = ashlar_test::MapTier<int, int>;
static_assert(ashlar::tier<Map>);
struct NoKey {
  using mapped_type = int;
  std::optional<int> get(int);
  void put(int, int);
  bool erase(int);
};
struct NoValue {
  using key_type = int;
  std::optional<int> get(int);
  void put(int, int);
  bool erase(int);
};
struct MoveOnlyValue {
  using key_type = int;
  using mapped_type = std::unique_ptr<int>;
  std::optional<std::unique_ptr<int>> get(int);
  void put(int, const std::unique_ptr<int>&);
  bool erase(int);
};
struct GetsAPointer : Map {
  int* get(int);
};
struct NoPut : Map {
  void put(int, int) = delete;
};
struct ErasesIntoVoid : Map {
  void erase(int);
};
static_assert(!ashlar::tier<NoKey>);
static_assert(!ashlar::tier<NoValue>);
static_assert(!ashlar::tier<MoveOnlyValue>);
static_assert(!ashlar::tier<GetsAPointer>);
static_assert(!ashlar::tier<NoPut>);
static_assert(!ashlar::tier<ErasesIntoVoid>);
static_assert(!ashlar::tier<int>);

// Near misses of the refinements.
struct TimedPutOnly : Map {
  using Map::put;
  void put(int, int, std::chrono::nanoseconds);
};
static_assert(!ashlar::expiring_tier<TimedPutOnly>);
struct ScansKeysOnly : Map {
  template <class F>
  void for_each(F&& f)
    requires std::invocable<F, int>;
};
static_assert(!ashlar::scannable_tier<ScansKeysOnly>);
struct BatchIntoVoid : Map {
  void get_many(std::span<const int>, std::span<std::optional<int>>);
};
static_assert(!ashlar::batch_tier<BatchIntoVoid>);

// The least that models strategy, and its near misses.
struct LeastStrategy {
  template <class Levels>
  class Writer {
   public:
    Writer(const LeastStrategy&, Levels& levels) : levels_{levels} {}
    ashlar::Result<void> put(const typename Levels::key_type& key, const typename Levels::mapped_type& value,
                             ashlar::Lifetime life) {
      return levels_.put_above(key, value, life);
    }
    ashlar::Result<bool> erase(const typename Levels::key_type& key) { return levels_.drop_above(key); }

   private:
    Levels& levels_;
  };
};
static_assert(ashlar::strategy<LeastStrategy> && ashlar::explain_strategy<LeastStrategy>());
static_assert(!ashlar::deferring_strategy<LeastStrategy>);
struct NoWriter {};
struct NoLevels {
  template <class>
  struct Writer : LeastStrategy::Writer<ashlar::detail::ExampleLevels> {
    Writer() = delete;
  };
};
struct NoStrategyPut {
  template <class Levels>
  struct Writer : LeastStrategy::Writer<Levels> {
    Writer(const NoStrategyPut&, Levels& levels) : LeastStrategy::Writer<Levels>{{}, levels} {}
    void put() = delete;
  };
};
struct NoStrategyErase {
  template <class Levels>
  struct Writer : LeastStrategy::Writer<Levels> {
    Writer(const NoStrategyErase&, Levels& levels) : LeastStrategy::Writer<Levels>{{}, levels} {}
    void erase() = delete;
  };
};
static_assert(!ashlar::strategy<NoWriter>);
static_assert(!ashlar::strategy<NoLevels>);
static_assert(!ashlar::strategy<NoStrategyPut>);
static_assert(!ashlar::strategy<NoStrategyErase>);

template <class C>
void use_everything_that_needs_no_more(C& cache) {
  CHECK(cache.put(Key{1}, Value{10}));
  CHECK(cache.get(Key{1})->n == 10);
  CHECK(cache.peek(Key{1})->n == 10);
  CHECK(cache.contains(Key{1}));
  CHECK(cache.visit(Key{1}, [](const Value& value) { CHECK(value.n == 10); }));
  CHECK(cache.compute(Key{1}, [](const Value* value) { return std::optional<Value>{Value{value->n + 1}}; }));
  CHECK(*cache.insert_if_absent(Key{1}, Value{0}) == false);
  CHECK(cache.get_or_load(Key{2}, [](const Key& key) { return Value{key.id}; }).n == 2);
  CHECK(cache.invalidate(Key{2}));
  CHECK(*cache.erase(Key{2}) == false);
}

}  // namespace

TEST_CASE("a cache asks nothing of its tiers and its strategy but what the concepts say") {
  ashlar::Cache<Least> one{0};
  use_everything_that_needs_no_more(one);
  ashlar::Cache<Least, Least> two{0, 0};
  use_everything_that_needs_no_more(two);
  ashlar::Cache<Least, Least, LeastStrategy> own_strategy{0, 0};
  use_everything_that_needs_no_more(own_strategy);
}
