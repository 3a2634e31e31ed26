// SPDX-License-Identifier: BSL-1.0
// What Binary asks of the heap. The program's own new counts, for all that runs in it.
#include <support/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <support/own_new.hpp>

namespace {

/// Numbers, truth values and two strings.
struct Item {
  std::uint64_t id = 0;
  std::string name;
  std::string shelf;
  double price = 0;
  std::int16_t stock = 0;
  bool active = false;
  bool operator==(const Item&) const = default;
};

template <class F>
std::size_t allocations_of(F work) {
  const std::size_t before = ashlar_test::allocations;
  work();
  return ashlar_test::allocations - before;
}

}  // namespace

TEST_CASE("a struct is encoded and decoded with no allocation but those of its long strings") {
  std::vector<std::byte> bytes;
  bytes.reserve(1000);
  for (const std::size_t size : {std::size_t{3}, std::size_t{100}, std::size_t{200}}) {
    const Item item{7, std::string(size, 'n'), std::string(size, 'c'), 3.39, -1, true};
    bytes.clear();
    bool same = false;
    CHECK(allocations_of([&] { ashlar::Binary{}.encode(item, bytes); }) == 0);
    const std::size_t decoding = allocations_of([&] {
      const auto back = ashlar::Binary{}.decode<Item>(bytes);
      same = back && *back == item;
    });
    CHECK(decoding == (size < 15 ? 0u : 2u));
    CHECK(same);
  }
}
