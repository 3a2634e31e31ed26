// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <map>
#include <optional>
#include <random>

#include <support/memory_tiers.hpp>
#include <support/soak.hpp>

using namespace ashlar_test;

namespace {

/// Random operations on a tier and a map: the tier may have forgotten, but never knows anything else.
template <class Tier>
void compare(Tier& tier, unsigned seed, bool may_forget) {
  using Value = typename Tier::mapped_type;
  std::map<U64, U64> model;
  std::mt19937 random{seed};
  const int steps = static_cast<int>(2500 * soak());
  for (int i = 0; i < steps; ++i) {
    const U64 key = random() % 150, value = random() % 10;
    const bool known = tier.contains(key);
    REQUIRE((known || may_forget || !model.contains(key)));
    REQUIRE((!known || model.contains(key)));
    if (!known) model.erase(key);
    switch (random() % 12) {
      case 0:
      case 1:
      case 2:
        if (stored(tier.put(key, Value{value}))) model[key] = value;
        break;
      case 3:
        REQUIRE(tier.insert_if_absent(key, Value{value}) == !known);
        model.try_emplace(key, value);
        break;
      case 4: {
        const bool expected = known && model[key] == value;
        REQUIRE(tier.compare_and_swap(key, Value{value}, Value{value + 1}) == expected);
        if (expected) model[key] = value + 1;
        break;
      }
      case 5:
        REQUIRE(tier.erase(key) == known);
        model.erase(key);
        break;
      case 6: {
        const auto taken = tier.take(key);
        REQUIRE(taken.has_value() == known);
        if (taken) REQUIRE(number_of(*taken) == model[key]);
        model.erase(key);
        break;
      }
      case 7: {
        const bool there = tier.compute(key, [&](const Value* current) -> std::optional<Value> {
          REQUIRE((current != nullptr) == known);
          if (current != nullptr && number_of(*current) == value) return std::nullopt;
          return Value{value};
        });
        if (there) {
          model[key] = value;
        } else {
          model.erase(key);
        }
        break;
      }
      case 8:
        if (random() % 40 == 0) {
          tier.erase_matching([&](U64 k) { return k % 3 == value % 3; });
          std::erase_if(model, [&](const auto& entry) { return entry.first % 3 == value % 3; });
        }
        break;
      case 9:
        if (random() % 100 == 0) tier.resize_capacity(capacity_for<Tier>(may_forget ? random() % 100 + 1 : 400));
        break;
      default: {
        const auto found = tier.get(key);
        REQUIRE(found.has_value() == known);
        if (found) REQUIRE(number_of(*found) == model[key]);
      }
    }
    REQUIRE(tier.weight() <= tier.capacity());
  }
  std::size_t shown = 0;
  tier.for_each([&](U64 key, const Value& value) {
    REQUIRE(model.contains(key));
    REQUIRE(model[key] == number_of(value));
    ++shown;
  });
  REQUIRE(shown == tier.size());
  const auto stats = tier.stats();
  REQUIRE(stats.inserted == tier.size() + stats.evicted + stats.erased + stats.expired);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("random operations agree with a map while nothing is evicted", "", Tiers) {
  for (unsigned seed = 0; seed < 2; ++seed) {
    TestType tier{capacity_for<TestType>(400)};
    compare(tier, seed, false);
  }
}

TEMPLATE_LIST_TEST_CASE("random operations agree with a map that may forget", "", Tiers) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    TestType tier{capacity_for<TestType>(20 + 20 * seed)};
    compare(tier, seed, true);
  }
}
