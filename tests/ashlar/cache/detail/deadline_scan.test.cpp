// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/deadline_scan.hpp>

#include <array>
#include <cstdint>
#include <random>

using ashlar::detail::Deadline;
using ashlar::detail::DeadlineScan;

TEST_CASE("sixteen deadlines at once are told as one by one") {
  std::mt19937 random{3};
  const std::array<Deadline, 8> corners{0, 1, 2, 0x7fff'ffff, 0x8000'0000, 0x8000'0001, 0xffff'fffe, 0xffff'ffff};
  const auto word = [&] { return random() % 2 == 0 ? static_cast<Deadline>(random()) : corners[random() % 8]; };
  const std::array<std::int64_t, 8> spans{
      -1, 0, 1, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, 0x1'0000'0000, -0x1'0000'0000};
  for (int round = 0; round < 5'000; ++round) {
    const DeadlineScan scan{word(), word(), spans[random() % 8]};
    std::array<Deadline, DeadlineScan::width> deadlines;
    std::uint32_t expected = 0;
    for (std::size_t i = 0; i < deadlines.size(); ++i) {
      // Half of them near what they are compared with.
      const Deadline near = (random() % 2 == 0 ? scan.now : scan.last) + static_cast<Deadline>(random() % 5) - 2;
      deadlines[i] = random() % 2 == 0 ? near : word();
      expected |= static_cast<std::uint32_t>(scan.is_past(deadlines[i])) << i;
    }
    REQUIRE(scan(deadlines) == expected);
  }
}

TEST_CASE("a deadline is over from its moment on, for half the circle, and while it follows the last sweep") {
  const DeadlineScan scan{1'000, 400, 600};
  CHECK(scan.is_past(1'000));
  CHECK_FALSE(scan.is_past(1'001));
  CHECK(scan.is_past(400));
  CHECK_FALSE(scan.is_past(0));
  const DeadlineScan without{1'000, 0x8000'03e8, -1};
  CHECK_FALSE(without.is_past(0x8000'03e8));
  const DeadlineScan with{1'000, 0x8000'03e8, 0};
  CHECK(with.is_past(0x8000'03e8));
}
