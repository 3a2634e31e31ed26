// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <ashlar/cache/memory/options.hpp>
#include <ashlar/cache/memory_tier.hpp>

namespace {

/// Counts what it hands out.
template <class T>
struct Counting {
  using value_type = T;
  std::shared_ptr<long> balance = std::make_shared<long>(0);

  Counting() = default;
  template <class U>
  Counting(const Counting<U>& other) : balance{other.balance} {}
  T* allocate(std::size_t n) {
    *balance += static_cast<long>(n * sizeof(T));
    return std::allocator<T>{}.allocate(n);
  }
  void deallocate(T* p, std::size_t n) {
    *balance -= static_cast<long>(n * sizeof(T));
    std::allocator<T>{}.deallocate(p, n);
  }
  friend bool operator==(const Counting&, const Counting&) = default;
};

}  // namespace

TEST_CASE("options take their type from the value they are made of") {
  const ashlar::HashWith hash{std::hash<int>{}};
  const ashlar::EqualWith equal{std::equal_to<int>{}};
  CHECK(hash.hash(3) == std::hash<int>{}(3));
  CHECK(equal.equal(1, 1));
}

TEST_CASE("the table comes from the allocator that is given, and goes back to it") {
  const Counting<int> allocator;
  {
    ashlar::MemoryTier<int, std::string, ashlar::Unbounded, ashlar::AllocateWith<Counting<int>>> tier{
        ashlar::AllocateWith{allocator}};
    for (int i = 0; i < 20'000; ++i) tier.put(i, std::to_string(i));
    for (int i = 0; i < 20'000; ++i) REQUIRE(tier.get(i) == std::to_string(i));
    CHECK(*allocator.balance >= static_cast<long>(tier.table_bytes()));
  }
  CHECK(*allocator.balance == 0);
}

TEST_CASE("a hash with state is passed to the constructor") {
  struct Salted {
    std::size_t salt;
    std::size_t operator()(int key) const noexcept { return static_cast<std::size_t>(key) ^ salt; }
  };
  struct Wrapped {
    Salted salted{0};
    std::size_t operator()(int key) const noexcept { return salted(key); }
  };
  ashlar::MemoryTier<int, int, ashlar::HashWith<Wrapped>> tier{ashlar::entries(100),
                                                               ashlar::HashWith{Wrapped{Salted{7}}}};
  for (int i = 0; i < 100; ++i) tier.put(i, i);
  CHECK(tier.size() == 100);
  CHECK(tier.get(42) == 42);
}
