// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/weight.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {
struct Picture {
  std::uint64_t weight() const { return 4096; }
};
}  // namespace

TEST_CASE("an item weighs what it says, its contents, or its size") {
  CHECK(ashlar::weight_of(Picture{}) == 4096);
  CHECK(ashlar::weight_of(std::vector<std::uint32_t>(10)) == 40);
  CHECK(ashlar::weight_of(std::string{"hello"}) == 5);
  const double numbers[3] = {};
  CHECK(ashlar::weight_of(std::span{numbers}) == 24);
  CHECK(ashlar::weight_of(std::uint16_t{1}) == 2);
}
