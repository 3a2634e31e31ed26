// SPDX-License-Identifier: BSL-1.0
// The arithmetic of a run's measurements and of autotune, on machines that are made up.
#include <support/catch.hpp>

#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/detail/tuner.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace {

/// Lets the tuner work on a machine that gets `rate(settings)` done, with so much noise, and counts the periods in
/// which it had put up less than nine tenths of the best.
template <class Rate>
int play(ashlar::detail::Tuner& tuner, std::size_t dials, int periods, double noise, unsigned seed, double best,
         Rate rate) {
  std::mt19937 random{seed};
  std::uniform_real_distribution<double> shake{1 - noise, 1 + noise};
  int poor = 0;
  for (int i = 0; i < periods; ++i) {
    std::vector<std::size_t> settings;
    for (std::size_t d = 0; d < dials; ++d) settings.push_back(tuner.setting(d));
    const double now = rate(settings);
    poor += now < 0.9 * best ? 1 : 0;
    tuner.judge(now * shake(random));
  }
  return poor;
}

}  // namespace

TEST_CASE("the tuner gives up what gains nothing and keeps what does") {
  const auto machine = [](const std::vector<std::size_t>& s) {
    // Four processors, readers that wait: eight of them keep the processors busy, and thirty items in flight all.
    const double compute = static_cast<double>(std::min<std::size_t>(s[0], 4)) * 100;
    const double reading = static_cast<double>(std::min<std::size_t>(s[1], 8)) * 50;
    const double flight = static_cast<double>(std::min<std::size_t>(s[2], 30)) * 400 / 30;
    return std::min({compute, reading, flight});
  };
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    ashlar::detail::Tuner tuner;
    tuner.add(1, 16);
    tuner.add(1, 32);
    tuner.add(2, 256);
    const int poor = play(tuner, 3, 600, 0.01, seed, 400, machine);
    CHECK(machine({tuner.chosen(0), tuner.chosen(1), tuner.chosen(2)}) >= 0.85 * 400);
    CHECK(tuner.chosen(0) <= 6);
    CHECK(tuner.chosen(1) <= 12);
    CHECK(tuner.chosen(2) <= 48);
    CHECK(poor <= 60);
  }
}

TEST_CASE("the tuner leaves limits alone that are all needed, and stays within them") {
  ashlar::detail::Tuner tuner;
  tuner.add(1, 2);
  tuner.add(3, 3);
  const auto machine = [](const std::vector<std::size_t>& s) {
    CHECK(s[0] >= 1);
    CHECK(s[0] <= 2);
    CHECK(s[1] == 3);
    return static_cast<double>(s[0]);
  };
  const int poor = play(tuner, 2, 1000, 0, 1, 2, machine);
  CHECK(tuner.chosen(0) == 2);
  CHECK(poor <= 25);

  ashlar::detail::Tuner fixed;
  fixed.add(1, 1);
  for (int i = 0; i < 100; ++i) {
    fixed.judge(i);
    CHECK(fixed.setting(0) == 1);
  }
}

TEST_CASE("the tuner follows a machine that changes") {
  ashlar::detail::Tuner tuner;
  tuner.add(1, 16);
  const auto with = [](double useful) {
    return [useful](const std::vector<std::size_t>& s) { return std::min(static_cast<double>(s[0]), useful); };
  };
  static_cast<void>(play(tuner, 1, 300, 0, 1, 2, with(2)));
  CHECK(tuner.chosen(0) == 2);
  static_cast<void>(play(tuner, 1, 2000, 0, 1, 12, with(12)));
  CHECK(tuner.chosen(0) >= 12);
}

TEST_CASE("small losses of the tuner's steps down do not add up") {
  const auto machine = [](const std::vector<std::size_t>& s) {
    return std::pow(static_cast<double>(s[0]) / 64, 0.07);  // a step down costs less than three in a hundred
  };
  ashlar::detail::Tuner tuner;
  tuner.add(1, 64);
  static_cast<void>(play(tuner, 1, 2000, 0, 1, 1, machine));
  CHECK(tuner.chosen(0) < 64);
  CHECK(machine({tuner.chosen(0)}) >= 0.97);

  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    ashlar::detail::Tuner shaken;
    shaken.add(1, 64);
    double worst = 1;
    for (unsigned part = 0; part < 200; ++part) {
      static_cast<void>(play(shaken, 1, 10, 0.05, 200 * seed + part, 1, machine));
      worst = std::min(worst, machine({shaken.chosen(0)}));
    }
    CHECK(worst >= 0.92);
  }
}

TEST_CASE("the tuner does not judge by a few items, and gives up a step that stops them") {
  using ashlar::detail::Tuner;
  Tuner tuner;
  tuner.add(1, 16);
  CHECK_FALSE(tuner.look(49, 1000 * Tuner::period));
  CHECK(tuner.look(100, 40 * Tuner::period));
  const std::size_t tried = tuner.setting(0);
  CHECK(tried < 16);
  CHECK_FALSE(tuner.look(0, 2 * Tuner::period));
  CHECK_FALSE(tuner.look(20, 159 * Tuner::period));
  CHECK(tuner.setting(0) == tried);
  CHECK(tuner.look(20, 160 * Tuner::period));
  CHECK(tuner.setting(0) == 16);
  CHECK(tuner.chosen(0) == 16);
  CHECK_FALSE(tuner.look(20, 1000 * Tuner::period));  // nothing is tried, so nothing is to be given up

  Tuner fast;
  fast.add(1, 16);
  CHECK(fast.look(10'000, Tuner::period));
  CHECK_FALSE(fast.look(10, 19 * Tuner::period));
  CHECK(fast.look(10, 20 * Tuner::period));
  CHECK(fast.setting(0) == 16);
}

TEST_CASE("stretches that overlap are counted once") {
  ashlar::detail::Stretches stretches;
  CHECK(stretches.sum() == 0);
  stretches.add(10, 20);
  stretches.add(15, 25);
  CHECK(stretches.sum() == 15);
  stretches.add(30, 40);
  CHECK(stretches.sum() == 25);
  stretches.add(28, 41);  // begins before the last one, in the gap
  CHECK(stretches.sum() == 28);
  stretches.add(5, 50);  // and over the gap: what was settled is not counted again
  CHECK(stretches.sum() == 40);

  std::mt19937 random{5};
  for (int round = 0; round < 50; ++round) {  // in a queue what came first goes first
    std::vector<bool> covered(1000);
    ashlar::detail::Stretches line;
    int from = 1;
    int to = 1;
    while (to < 900) {
      from += static_cast<int>(random() % 20);
      to = std::max(to, from) + static_cast<int>(random() % 20);
      line.add(from, to);
      std::fill(covered.begin() + from, covered.begin() + to, true);
    }
    CHECK(line.sum() == std::count(covered.begin(), covered.end(), true));
  }
}
