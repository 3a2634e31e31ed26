// SPDX-License-Identifier: BSL-1.0
// A function given to a tier that calls the tier again is stopped in debug builds, where it would wait for itself.
#include <support/catch.hpp>

#include <cstdio>
#include <functional>
#include <optional>

#include <ashlar/cache/simulate.hpp>
#include <support/memory_tiers.hpp>
#include <support/processes.hpp>

using namespace ashlar_test;

namespace {

/// True when a process of its own lives through `body`.
template <class Body>
bool survives(Body&& body) {
  Process child{[&] {
    std::fclose(stderr);
    body();
    return true;
  }};
  return child.succeeded();
}

template <class T>
struct Full {
  using Value = typename T::mapped_type;
  T tier{ashlar::entries(10)};
  Full() { tier.put(1, Value{1}); }
};

}  // namespace

TEMPLATE_TEST_CASE("a function that a tier calls may read it", "", (Tier<U64, U64>), (Tier<U64, Boxed>),
                   (Tier<U64, Boxed, ashlar::SingleThreaded>)) {
  using Value = typename TestType::mapped_type;
  Full<TestType> full;
  full.tier.compute(1, [&](const Value*) {
    CHECK(full.tier.contains(1));
    return std::optional<Value>{Value{2}};
  });
  Full<TestType> other;
  full.tier.visit(1, [&](const Value& value) { other.tier.put(1, value); });
  full.tier.for_each([&](U64 key, const Value& value) { other.tier.put(key, value); });
  CHECK(other.tier.get(1) == Value{2});
}

#ifndef NDEBUG
TEMPLATE_TEST_CASE("a function that a tier calls must not write to it", "", (Tier<U64, U64>), (Tier<U64, Boxed>),
                   (Tier<U64, Boxed, ashlar::SingleThreaded>)) {
  using Value = typename TestType::mapped_type;
  Full<TestType> full;
  TestType& tier = full.tier;
  CHECK(survives([&] { tier.put(1, Value{3}); }));
  CHECK_FALSE(survives([&] {
    tier.compute(1, [&](const Value*) {
      tier.put(1, Value{3});
      return std::optional<Value>{};
    });
  }));
  CHECK_FALSE(survives([&] { tier.for_each([&](U64 key, const Value&) { tier.erase(key); }); }));
  CHECK(survives([&] { tier.visit(1, [&](const Value&) { tier.contains(1); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.put(1, Value{3}); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.put(2, Value{3}); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.erase(1); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.clear(); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.resize_capacity(ashlar::entries(1)); }); }));
  CHECK(survives([&] {
    TestType other{ashlar::entries(10)};
    tier.visit(1, [&](const Value&) { other.put(1, Value{3}); });
    tier.put(1, Value{3});
  }));
  CHECK_FALSE(survives([&] {
    tier.erase_matching([&](U64 key) {
      tier.put(key, Value{3});
      return true;
    });
  }));
}
#endif
