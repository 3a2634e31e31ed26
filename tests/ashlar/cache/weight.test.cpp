// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ashlar/cache/weight.hpp>

static_assert(ashlar::weigher<ashlar::WeighEntries, int, int> && ashlar::weigher<ashlar::WeighBytes, int, std::string>);
static_assert(!ashlar::weigher<int, int, int>);

TEST_CASE("an entry weighs one, its bytes, or what the user says") {
  CHECK(ashlar::WeighEntries{}.weight(1, 2) == 1);
  CHECK(ashlar::WeighBytes{}.weight(1, 2) == 2 * sizeof(int) + 16);
  const ashlar::WeighBy by{[](int key, int value) { return key + value; }};
  CHECK(by.weight(1, 2) == 3);
}

TEST_CASE("bytes outside of the object count, once") {
  const ashlar::WeighBytes bytes;
  const std::uint64_t in_place = bytes.weight(1, std::string("short"));
  CHECK(in_place == sizeof(int) + sizeof(std::string) + 16);
  CHECK(bytes.weight(1, std::string(1000, 'x')) >= in_place + 1000);
  CHECK(bytes.weight(1, std::vector<int>(100)) >= 100 * sizeof(int));
  const std::vector<std::string> nested(10, std::string(1000, 'x'));
  CHECK(bytes.weight(1, nested) >= 10 * (1000 + sizeof(std::string)));
  const std::map<int, int> map{{1, 1}, {2, 2}};
  CHECK(bytes.weight(1, map) > sizeof(map) + 16 + 2 * 2 * sizeof(int));
}
