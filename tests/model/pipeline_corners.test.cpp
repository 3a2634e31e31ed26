// SPDX-License-Identifier: BSL-1.0
// What goes wrong at the edges of a run: items that throw when they are moved, sources and sinks that throw, runs that
// are over before they begin, runs inside runs.
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

/// Counts those alive, and throws when it is copied or moved for the so-manieth time.
struct Touchy {
  explicit Touchy(int i) : id{i} { ++alive; }
  Touchy(const Touchy& other) : id{other.id} { touch(); }
  Touchy(Touchy&& other) : id{other.id} { touch(); }
  Touchy& operator=(const Touchy&) = delete;
  ~Touchy() { --alive; }

  static void touch() {
    if (--until == 0) throw std::runtime_error{"do not touch"};
    ++alive;
  }
  static inline std::atomic<int> alive{0};
  static inline std::atomic<int> until{-1};
  int id;
};

/// Has something only now and then.
struct Hesitant {
  using value_type = int;
  int asked = 0;
  ashlar::SourceState pull(auto& out, std::size_t) {
    if (++asked % 3 == 0) out.emplace(asked);
    return asked == 30 ? ashlar::SourceState::end : ashlar::SourceState::more;
  }
};
/// Does something after each pull.
struct Thorough {
  using value_type = int;
  std::atomic<int>* heard;
  int next = 0;
  ashlar::SourceState pull(auto& out, std::size_t) {
    out.emplace(next++);
    return next == 200 ? ashlar::SourceState::end : ashlar::SourceState::more;
  }
  void after_pull() noexcept {
    std::this_thread::yield();
    ++*heard;
  }
};
/// Emits before it knows whether it can.
struct Rash : ashlar::StageDefaults {
  static constexpr bool one_to_one = true;
  template <class In>
  static constexpr bool takes = true;
  template <class In>
  using output = int;
  void operator()(int i, ashlar::StageContext&, auto& emit) const {
    emit(i);
    if (i % 5 == 2) throw std::runtime_error{"too late"};
  }
};

std::vector<int> numbers(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

void check_sums(const ashlar::RunReport& report) {
  CHECK(report.pulled == report.finished + report.failed + report.cancelled);
}

}  // namespace

TEST_CASE("an item that throws when it is moved or copied fails or ends the run, and none is lost or alive after it") {
  for (int when = 1; when < 120; when += 3) {
    CAPTURE(when);
    std::vector<Touchy> items;
    items.reserve(20);
    for (int i = 0; i < 20; ++i) items.emplace_back(i);
    std::atomic<int> arrived{0};
    Touchy::until = when;
    const auto report = (ashlar::from(items) | ashlar::transform([](Touchy item) { return item; }) |
                         ashlar::filter([](const Touchy&) { return true; }) | ashlar::sink<0>([&](const Touchy&) {
                           ++arrived;
                         })).run({.on_error = ashlar::OnError::collect, .workers = 2});
    Touchy::until = -1;
    check_sums(report);
    CHECK(report.finished == static_cast<std::uint64_t>(arrived));
    CHECK(report.failed <= 1);
    CHECK(Touchy::alive == 20);
  }
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{64}}) {
    for (int when = 1; when < 80; when += 3) {
      CAPTURE(when, bytes);
      int next = 0;
      std::atomic<int> arrived{0};
      Touchy::until = when;
      const auto report = (ashlar::generate([&]() -> std::optional<Touchy> {
                             if (next == 20) return std::nullopt;
                             return std::optional<Touchy>{std::in_place, next++};
                           }) |
                           ashlar::sink<0>([&](const Touchy&) {
                             ++arrived;
                           })).run({.on_error = ashlar::OnError::collect, .bytes = bytes, .workers = 2});
      Touchy::until = -1;
      check_sums(report);
      CHECK(report.finished == static_cast<std::uint64_t>(arrived));
      CHECK(Touchy::alive == 0);
    }
  }
}

TEST_CASE("an element that cannot be copied out of a range fails alone, with its position") {
  struct Picky {
    int id;
    explicit Picky(int i) : id{i} {}
    Picky(const Picky& other) : id{other.id} {
      if (id % 7 == 3) throw std::runtime_error{"not this one"};
    }
    Picky(Picky&&) noexcept = default;
  };
  std::vector<Picky> items;
  for (int i = 0; i < 50; ++i) items.emplace_back(i);
  std::vector<int> got;
  const auto report = (ashlar::from(items) | ashlar::ordered() | ashlar::sink([&](const Picky& item) {
                         if (item.id == 20) throw std::runtime_error{"nor that one"};
                         got.push_back(item.id);
                       })).run({.on_error = ashlar::OnError::collect, .grain = 16, .workers = 2});
  check_sums(report);
  CHECK(report.failed == 8);
  CHECK(got.size() == 42);
  CHECK(std::is_sorted(got.begin(), got.end()));
  for (const ashlar::Failure& failure : report.failures) CHECK((failure.item % 7 == 3 || failure.item == 20));
}

TEST_CASE("a source that throws counts as one failed item behind those it gave") {
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1} << 20}) {
    int next = 0;
    int arrived = 0;
    auto source = ashlar::generate([&]() -> std::optional<int> {
      if (next == 10) throw std::runtime_error{"dry"};
      return next++;
    });
    const auto report = (std::move(source) | ashlar::sink([&](int) {
                           ++arrived;
                         })).run({.on_error = ashlar::OnError::collect, .bytes = bytes, .grain = 4});
    CHECK(arrived == 10);
    CHECK(report.pulled == 11);
    CHECK(report.finished == 10);
    CHECK(report.failed == 1);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].item == 10);
  }
}

TEST_CASE("a source that has nothing for the moment, without saying that it will call, is asked again") {
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1000}}) {
    CHECK((Hesitant{} | ashlar::collect()).run({.bytes = bytes}).items.size() == 10);
  }
}

TEST_CASE("a stage that emits and then throws leaves nothing of its item behind") {
  const auto done =
      (ashlar::from(numbers(40)) | Rash{} | ashlar::collect()).run({.on_error = ashlar::OnError::collect});
  CHECK(done.items.size() == 32);
  for (const int i : done.items) CHECK(i % 5 != 2);
  for (const ashlar::Failure& failure : done.report.failures) CHECK(failure.item % 5 == 2);
}

TEST_CASE("the last batch may fail when it is handed out") {
  int batches = 0;
  const auto report = (ashlar::from(numbers(10)) | ashlar::batch<4>() | ashlar::sink([&](const std::vector<int>& b) {
                         ++batches;
                         if (b.size() < 4) throw std::runtime_error{"short"};
                       })).run({.on_error = ashlar::OnError::collect});
  CHECK(batches == 3);
  CHECK(report.failed == 1);
  REQUIRE_THROWS_AS((ashlar::from(numbers(10)) | ashlar::batch<4>() | ashlar::sink([&](const std::vector<int>& b) {
                       if (b.size() < 4) throw std::runtime_error{"short"};
                     })).run(),
                    ashlar::StageError);
}

TEST_CASE("nothing to do, one worker, no time at all: every run ends") {
  std::stop_source stopped;
  stopped.request_stop();
  for (const unsigned workers : {1U, 3U}) {
    for (const bool blocking : {false, true}) {
      int got = 0;
      auto job = ashlar::from(std::vector<int>{}) | ashlar::transform<2>([](int i) { return i; }).blocking(blocking) |
                 ashlar::batch<3>() | ashlar::unbatch() | ashlar::ordered() | ashlar::sink([&](int) { ++got; });
      CHECK(job.run({.workers = workers}).pulled == 0);
      auto full = ashlar::from(numbers(100)) | ashlar::transform<2>([](int i) { return i; }).blocking(blocking) |
                  ashlar::ordered() | ashlar::sink([&](int) { ++got; });
      CHECK(full.run({.in_flight = 1, .window = 1, .workers = workers}).finished == 100);
      CHECK(got == 100);
      const auto report = full.run({.stop = stopped.get_token(), .workers = workers});
      CHECK(report.outcome == ashlar::Outcome::stopped);
      check_sums(report);
      CHECK(got == 100);
      check_sums(full.run({.timeout = std::chrono::nanoseconds{1}, .workers = workers}));
    }
  }
}

TEST_CASE("limits beyond all bounds are no limits") {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  ashlar::Channel<int> channel{most};
  for (int i = 0; i < 1000; ++i) CHECK(channel.try_push(int{i}));
  channel.close();
  std::atomic<int> calls{0};
  const auto report = (ashlar::from(channel) | ashlar::transform<most>([](int i) { return i; }).blocking() |
                       ashlar::batch<most>() | ashlar::unbatch() | ashlar::ordered() | ashlar::sink([&](int i) {
                         if (i == calls) ++calls;
                       }))
                          .run({.progress = [](const ashlar::Progress&) {},
                                .progress_every = milliseconds::max(),
                                .keep_failures = most,
                                .in_flight = most / 1000,
                                .window = most,
                                .bytes = std::numeric_limits<std::uint64_t>::max(),
                                .grain = most,
                                .timeout = std::chrono::nanoseconds::max(),
                                .workers = 2});
  CHECK(report.finished == 1000);
  CHECK(calls == 1000);
}

TEST_CASE("a stop may come from inside a stage, a source, a sink or the callbacks") {
  for (int place = 0; place < 5; ++place) {
    CAPTURE(place);
    std::stop_source stop;
    int next = 0;
    const auto at = [&](int here, int i) {
      if (here == place && i == 60) stop.request_stop();
    };
    const auto report = (ashlar::generate([&]() -> std::optional<int> {
                           at(0, next);
                           return next == 100'000 ? std::nullopt : std::optional<int>{next++};
                         }) |
                         ashlar::transform<2>([&](int i) {
                           at(1, i);
                           if (i == 60 && place == 3) throw std::runtime_error{"x"};
                           return i;
                         }).blocking() |
                         ashlar::sink([&](int i) { at(2, i); }))
                            .run({.stop = stop.get_token(),
                                  .progress = [&](const ashlar::Progress&) { at(4, 60); },
                                  .progress_every = milliseconds{1},
                                  .on_error = ashlar::OnError::collect,
                                  .failed = [&](const ashlar::Failure&) { at(3, 60); }});
    check_sums(report);
    CHECK(report.pulled <= 100'000);
  }
}

TEST_CASE("a stop request waits for a sink that does not look for it, and for nothing else") {
  for (const bool blocking : {false, true}) {
    std::stop_source stop;
    std::atomic<bool> inside{false}, release{false};
    std::atomic<int> arrived{0};
    ashlar::RunReport report;
    std::jthread run{[&] {
      report =
          (ashlar::from(numbers(1000)) | ashlar::transform<2>([](int i) { return i; }) | ashlar::sink([&](int) {
                                                                                           inside = true;
                                                                                           while (!release)
                                                                                             std::this_thread::yield();
                                                                                           ++arrived;
                                                                                         }).blocking(blocking))
              .run({.stop = stop.get_token(), .in_flight = 16, .workers = 2});
    }};
    while (!inside) std::this_thread::yield();
    stop.request_stop();
    release = true;
    run.join();
    CHECK(report.outcome == ashlar::Outcome::stopped);
    CHECK(report.finished == static_cast<std::uint64_t>(arrived));
    check_sums(report);
  }
}

TEST_CASE("a source hears of every pull after it, from any thread, and may take its time") {
  std::atomic<int> heard{0};
  CHECK((Thorough{&heard} | ashlar::collect()).run({.workers = 3}).items.size() == 200);
  CHECK(heard == 200);
}

TEST_CASE("runs inside the stages of runs, on one executor, do not wait for each other for ever") {
  for (const unsigned threads : {1U, 2U}) {
    ashlar::Executor shared{threads};
    std::atomic<int> sum{0};
    const auto inner = [&](int i) {
      (ashlar::from(numbers(i)) | ashlar::transform<2>([](int k) { return k; }) | ashlar::ordered() |
       ashlar::sink([&](int) {
         ++sum;
       })).run({.in_flight = 4, .executor = &shared});
      return i;
    };
    const auto deeper = [&](int i) {
      (ashlar::from(numbers(3)) | ashlar::transform(inner) | ashlar::sink<0>([](int) {})).run({.executor = &shared});
      return i;
    };
    (ashlar::from(numbers(20)) | ashlar::transform(deeper) | ashlar::transform<2>(inner).blocking() |
     ashlar::sink<0>([](int) {
     })).run({.executor = &shared});
    CHECK(sum == 20 * 3 + 190);
  }
  ashlar::Executor alone{ashlar::inline_execution};
  int got = 0;
  (ashlar::from(numbers(5)) | ashlar::transform([&](int i) {
     (ashlar::from(numbers(i)) | ashlar::sink([&](int) { ++got; })).run({.executor = &alone});
     return i;
   }) |
   ashlar::sink([](int) {
   })).run({.executor = &alone});
  CHECK(got == 10);
}

TEST_CASE("a run inside a stage that fails fails its item, with the words of both") {
  ashlar::Executor shared{1};
  try {
    (ashlar::from(numbers(3)) | ashlar::transform([&](int i) {
       (ashlar::from(numbers(2)) | ashlar::sink([](int k) {
          if (k == 1) throw std::runtime_error{"inner"};
        })).run({.executor = &shared});
       return i;
     }) |
     ashlar::sink([](int) {
     })).run({.executor = &shared});
    FAIL("must throw");
  } catch (const ashlar::StageError& error) {
    CHECK(error.failure().stage == 1);
    CHECK(error.failure().reason.find("inner") != std::string::npos);
  }
}

TEST_CASE("a deadline is a stop request to the functions that look for one") {
  std::atomic<int> woken{0};
  const auto report = (ashlar::from(numbers(4)) | ashlar::transform<4>([&](int i, const std::stop_token& stop) {
                                                    while (!stop.stop_requested())
                                                      std::this_thread::sleep_for(milliseconds{1});
                                                    ++woken;
                                                    return i;
                                                  }).blocking() |
                       ashlar::sink([](int) {
                       })).run({.timeout = milliseconds{20}});
  CHECK(report.outcome == ashlar::Outcome::timed_out);
  CHECK(woken >= 1);
  check_sums(report);
}

TEST_CASE("a channel that closes at any moment loses nothing that was accepted") {
  for (int round = 0; round < 30; ++round) {
    ashlar::Channel<std::unique_ptr<int>> channel{4};
    std::atomic<int> accepted{0};
    std::vector<std::jthread> feeders;
    for (int f = 0; f < 3; ++f) {
      feeders.emplace_back([&] {
        while (channel.push(std::make_unique<int>(1))) ++accepted;
      });
    }
    feeders.emplace_back([&] {
      while (accepted < round * 5) std::this_thread::yield();
      channel.close();
    });
    int got = 0;
    const auto report = (ashlar::from(channel) | ashlar::sink([&](const std::unique_ptr<int>& p) { got += *p; })).run();
    feeders.clear();
    CHECK(got == accepted);
    check_sums(report);
  }
}
