// SPDX-License-Identifier: BSL-1.0
// Random pipelines of the stages that change how many items there are, of channels, limits of bytes, retries and dead
// letters: whatever happens, no item comes twice, and each is delivered, refused for a reason, or reported cancelled.
#include <support/catch.hpp>
#include <support/soak.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Bytes alive at the moment, and the most there ever were.
struct Scale {
  std::atomic<std::int64_t> now{0};
  std::atomic<std::int64_t> most{0};
  void add(std::int64_t bytes) {
    const std::int64_t n = now += bytes;
    for (std::int64_t m = most; n > m && !most.compare_exchange_weak(m, n);) {
    }
  }
};

struct Parcel {
  Parcel(int i, std::uint64_t b, Scale& s) : id{i}, bytes{b}, scale{&s} { s.add(static_cast<std::int64_t>(b)); }
  Parcel(Parcel&& other) noexcept : id{other.id}, bytes{other.bytes}, scale{std::exchange(other.scale, nullptr)} {}
  Parcel& operator=(Parcel&&) = delete;
  ~Parcel() {
    if (scale != nullptr) scale->add(-static_cast<std::int64_t>(bytes));
  }
  std::uint64_t weight() const { return bytes; }
  int id;
  std::uint64_t bytes;
  Scale* scale;
};

/// What became of each of so many things.
class Fates {
 public:
  explicit Fates(std::size_t n) : delivered_(n), refused_(n) {}
  void deliver(int i) { ++delivered_[static_cast<std::size_t>(i)]; }
  void refuse(int i) { ++refused_[static_cast<std::size_t>(i)]; }
  std::size_t delivered() const { return count(delivered_); }
  std::size_t refused() const { return count(refused_); }
  bool once() const {
    for (std::size_t i = 0; i < delivered_.size(); ++i) {
      if (delivered_[i] + refused_[i] > 1) return false;
    }
    return true;
  }

 private:
  static std::size_t count(const std::vector<std::atomic<int>>& all) {
    std::size_t n = 0;
    for (const auto& one : all) n += static_cast<std::size_t>(one.load());
    return n;
  }
  std::vector<std::atomic<int>> delivered_, refused_;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_{seed} {}
  int operator()(int low, int high) { return std::uniform_int_distribution<int>{low, high}(random_); }
  ashlar::RunOptions options() {
    ashlar::RunOptions options;
    options.on_error = ashlar::OnError::collect;
    options.in_flight = static_cast<std::size_t>((*this)(1, 50));
    options.window = options.in_flight + static_cast<std::size_t>((*this)(0, 100));
    options.grain = static_cast<std::size_t>((*this)(0, 6));
    options.workers = static_cast<unsigned>((*this)(1, 4));
    return options;
  }

 private:
  std::mt19937 random_;
};

unsigned rounds(double n) { return static_cast<unsigned>(n * ashlar_test::soak()); }

}  // namespace

TEST_CASE("items that become many, and are gathered again, come once each and in order") {
  for (unsigned seed = 0; seed < rounds(60); ++seed) {
    Dice dice{seed};
    const int items = dice(0, 400);
    const int fail_every = dice(0, 2) == 0 ? dice(2, 60) : 0;
    const int stop_at = dice(0, 4) == 0 ? dice(0, 400) : -1;
    CAPTURE(seed, items, fail_every, stop_at);
    Fates fates{static_cast<std::size_t>(items) * 3 + 1};
    std::stop_source stop;
    ashlar::RunOptions options = dice.options();
    options.stop = stop.get_token();
    int next = 0;
    std::atomic<int> parents_failed{0};
    bool sorted = true;
    int last = -1;
    const auto report = (ashlar::generate([&]() { return next == items ? std::nullopt : std::optional<int>{next++}; }) |
                         ashlar::flat_map([&](int i) {
                           if (i == stop_at) stop.request_stop();
                           if (fail_every != 0 && i % fail_every == 1) {
                             ++parents_failed;
                             throw std::runtime_error{"no children"};
                           }
                           std::vector<int> children;
                           for (int k = 0; k < i % 4; ++k) children.push_back(i * 3 + k);
                           return children;
                         }) |
                         ashlar::batch<5>() | ashlar::transform([](std::vector<int> batch) { return batch; }) |
                         ashlar::unbatch() | ashlar::ordered() | ashlar::sink([&](int child) {
                           sorted = sorted && child > last;
                           last = child;
                           fates.deliver(child);
                         })).run(options);
    CHECK(fates.once());
    CHECK(sorted);
    CHECK(report.pulled == static_cast<std::uint64_t>(next));
    CHECK(report.failed == static_cast<std::uint64_t>(parents_failed));
    if (report.outcome == ashlar::Outcome::finished) {
      std::size_t expected = 0;
      for (int i = 0; i < items; ++i) {
        if (fail_every == 0 || i % fail_every != 1) expected += static_cast<std::size_t>(i % 4);
      }
      CHECK(fates.delivered() == expected);
      CHECK(report.cancelled == 0);
    } else {
      CHECK(stop_at >= 0);
    }
  }
}

TEST_CASE("no more bytes are alive than the limit and the one item that waits at the source") {
  for (unsigned seed = 0; seed < rounds(60); ++seed) {
    Dice dice{seed + 500};
    const int items = dice(0, 300);
    const auto limit = static_cast<std::uint64_t>(dice(100, 5000));
    const int heaviest = dice(1, 6000);
    const int stop_at = dice(0, 5) == 0 ? dice(0, 300) : -1;
    const bool blocking = dice(0, 1) == 0;
    CAPTURE(seed, items, limit, heaviest, stop_at, blocking);
    Scale scale;
    Fates fates{static_cast<std::size_t>(items) + 1};
    std::stop_source stop;
    ashlar::RunOptions options = dice.options();
    options.bytes = limit;
    options.stop = stop.get_token();
    options.failed = [&](const ashlar::Failure& failure) { fates.refuse(static_cast<int>(failure.item)); };
    int next = 0;
    std::size_t too_heavy = 0;
    const auto report = (ashlar::generate([&]() -> std::optional<Parcel> {
                           if (next == items) return std::nullopt;
                           const auto bytes = static_cast<std::uint64_t>(dice(0, heaviest));
                           too_heavy += bytes > limit ? 1 : 0;
                           return std::optional<Parcel>{std::in_place, next++, bytes, scale};
                         }) |
                         ashlar::transform<2>([&](Parcel parcel) {
                           if (parcel.id == stop_at) stop.request_stop();
                           return parcel;
                         }).blocking(blocking) |
                         ashlar::sink<0>([&](const Parcel& parcel) {
                           fates.deliver(parcel.id);
                         })).run(options);
    CHECK(scale.now == 0);
    CHECK(scale.most <= static_cast<std::int64_t>(limit) + heaviest);
    CHECK(report.most_bytes <= limit);
    CHECK(fates.once());
    CHECK(report.pulled == report.finished + report.failed + report.cancelled);
    CHECK(report.finished == fates.delivered());
    CHECK(report.failed == fates.refused());
    if (report.outcome == ashlar::Outcome::finished) {
      CHECK(report.failed == too_heavy);
      CHECK(report.pulled == static_cast<std::uint64_t>(items));
    }
  }
}

TEST_CASE("retried, given up and lettered items are each accounted for once") {
  for (unsigned seed = 0; seed < rounds(50); ++seed) {
    Dice dice{seed + 1000};
    const int items = dice(0, 200);
    const unsigned times = static_cast<unsigned>(dice(0, 3));
    const int stop_at = dice(0, 4) == 0 ? dice(0, 200) : -1;
    const bool letters = dice(0, 1) == 0;
    CAPTURE(seed, items, times, stop_at, letters);
    std::vector<std::atomic<unsigned>> tries(static_cast<std::size_t>(items) + 1);
    Fates fates{tries.size()};
    std::atomic<std::size_t> lettered{0};
    std::stop_source stop;
    ashlar::RunOptions options = dice.options();
    options.stop = stop.get_token();
    if (letters) options.on_error = ashlar::OnError::stop;
    options.failed = [&](const ashlar::Failure& failure) { fates.refuse(static_cast<int>(failure.item)); };
    const auto flaky = [&](const int& i) {  // item i works at the (i % 5)th retry
      if (i == stop_at) stop.request_stop();
      if (tries[static_cast<std::size_t>(i)]++ < static_cast<unsigned>(i % 5)) throw std::runtime_error{"again"};
      return i;
    };
    std::vector<int> input(static_cast<std::size_t>(items));
    for (int i = 0; i < items; ++i) input[static_cast<std::size_t>(i)] = i;
    const ashlar::RetryPolicy policy{.times = times, .first = std::chrono::microseconds{20}};
    const auto end = [&] { return ashlar::sink<0>([&](int i) { fates.deliver(i); }); };
    const auto report =
        letters ? (ashlar::from(input) |
                   ashlar::dead_letter(ashlar::retry(ashlar::transform<3>(flaky), policy),
                                       [&](int, const std::string&) { ++lettered; }) |
                   end())
                      .run(options)
                : (ashlar::from(input) | ashlar::retry(ashlar::transform<3>(flaky).blocking(), policy) | end())
                      .run(options);
    CHECK(fates.once());
    CHECK(report.pulled == report.finished + report.failed + report.cancelled);
    CHECK(report.finished == fates.delivered());
    CHECK(report.failed == fates.refused());
    if (letters) CHECK(lettered == fates.refused());
    if (report.outcome == ashlar::Outcome::finished) {
      std::size_t hopeless = 0;
      for (int i = 0; i < items; ++i) hopeless += static_cast<unsigned>(i % 5) > times ? 1 : 0;
      CHECK(report.failed == hopeless);
    }
  }
}

TEST_CASE("what several threads feed through a channel arrives once each, or is refused at the door") {
  for (unsigned seed = 0; seed < rounds(30); ++seed) {
    Dice dice{seed + 2000};
    const int each = dice(0, 150);
    const int stop_at = dice(0, 3) == 0 ? dice(0, 200) : -1;
    CAPTURE(seed, each, stop_at);
    ashlar::Channel<Parcel> channel{static_cast<std::size_t>(dice(1, 20))};
    Scale scale;
    Fates fates{static_cast<std::size_t>(3 * each) + 1};
    std::atomic<std::size_t> accepted{0};
    std::stop_source stop;
    ashlar::RunOptions options = dice.options();
    options.stop = stop.get_token();
    std::vector<std::jthread> feeders;
    std::atomic<int> left{3};
    for (int f = 0; f < 3; ++f) {
      feeders.emplace_back([&, f] {
        for (int i = 0; i < each; ++i) {
          if (!channel.push(Parcel{f * each + i, 1, scale})) break;
          ++accepted;
        }
        if (--left == 0) channel.close();
      });
    }
    const auto report = (ashlar::from(channel) | ashlar::transform<2>([&](Parcel parcel) {
                           if (parcel.id == stop_at) stop.request_stop();
                           return parcel;
                         }) |
                         ashlar::sink<0>([&](const Parcel& parcel) {
                           fates.deliver(parcel.id);
                         })).run(options);
    channel.close();
    feeders.clear();
    CHECK(fates.once());
    CHECK(report.pulled == report.finished + report.cancelled);
    CHECK(report.finished == fates.delivered());
    if (report.outcome == ashlar::Outcome::finished) CHECK(report.finished == accepted);
    const auto rest = (ashlar::from(channel) | ashlar::sink([](const Parcel&) {})).run();
    CHECK(report.pulled + rest.pulled == accepted);
    CHECK(scale.now == 0);
  }
}
