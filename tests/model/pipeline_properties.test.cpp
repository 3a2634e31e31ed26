// SPDX-License-Identifier: BSL-1.0
// Random pipelines, delays, failures, stops and limits: every item is finished, failed or cancelled, exactly once.
#include <support/catch.hpp>
#include <support/soak.hpp>
#include <support/temp_directory.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Counts how many are in a place at once.
class Gauge {
 public:
  void enter() {
    const int n = ++now_;
    for (int most = most_; n > most && !most_.compare_exchange_weak(most, n);) {
    }
  }
  void leave() { --now_; }
  int now() const { return now_; }
  int most() const { return most_; }

 private:
  std::atomic<int> now_{0};
  std::atomic<int> most_{0};
};

/// An item that knows when it is alive.
class Item {
 public:
  Item(int i, Gauge& gauge) : id{i}, gauge_{&gauge} { gauge.enter(); }
  Item(Item&& other) noexcept : id{other.id}, gauge_{std::exchange(other.gauge_, nullptr)} {}
  Item& operator=(Item&&) = delete;
  ~Item() {
    if (gauge_ != nullptr) gauge_->leave();
  }
  int id;

 private:
  Gauge* gauge_;
};

struct Script {
  std::mt19937 random;
  int items, fail_every, slow_every, stop_at;
  bool collect, blocking, filter, inline_run;
  ashlar::RunOptions options;

  explicit Script(unsigned seed) : random{seed} {
    items = pick(0, 600);
    fail_every = pick(0, 3) == 0 ? pick(1, 200) : 0;
    slow_every = pick(0, 1) == 0 ? pick(5, 60) : 0;
    stop_at = pick(0, 4) == 0 ? pick(0, 500) : -1;
    collect = pick(0, 3) != 0;
    blocking = pick(0, 1) == 0;
    filter = pick(0, 1) == 0;
    inline_run = pick(0, 9) == 0;
    options.on_error = collect ? ashlar::OnError::collect : ashlar::OnError::stop;
    options.in_flight = static_cast<std::size_t>(pick(1, 40));
    options.window = options.in_flight + static_cast<std::size_t>(pick(0, 100));
    options.grain = static_cast<std::size_t>(pick(0, 5));
    options.workers = inline_run ? 0U : static_cast<unsigned>(pick(1, 4));
    options.autotune = pick(0, 3) == 0;
  }
  int pick(int low, int high) { return std::uniform_int_distribution<int>{low, high}(random); }
};

template <std::size_t A, std::size_t B, std::size_t C, bool InOrder>
void play(unsigned seed) {
  Script script{seed};
  CAPTURE(seed, script.items, script.fail_every, script.stop_at, script.options.in_flight, script.options.window,
          script.options.grain, script.options.workers, A, B, C, InOrder);
  Gauge alive, in_a, in_b, in_c;
  std::stop_source stop;
  std::vector<std::atomic<int>> delivered(static_cast<std::size_t>(script.items) + 1);
  std::vector<std::atomic<int>> refused(static_cast<std::size_t>(script.items) + 1);
  std::atomic<int> left_out{0}, failures_told{0};
  std::atomic<bool> ordered{true};
  int last = -1;
  int next = 0;

  const auto visit = [&](Gauge& gauge, const Item& item, int salt) {
    gauge.enter();
    if (script.slow_every != 0 && (item.id + salt) % script.slow_every == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds{50});
    }
    if (item.id == script.stop_at && salt == 1) stop.request_stop();
    gauge.leave();
    if (script.fail_every != 0 && (item.id * 7 + salt) % script.fail_every == 0) throw std::runtime_error{"scripted"};
  };
  auto source = ashlar::generate([&]() -> std::optional<Item> {
    if (next == script.items) return std::nullopt;
    return std::optional<Item>{std::in_place, next++, alive};
  });
  auto a = ashlar::transform<A>([&](Item item) {
    visit(in_a, item, 1);
    return item;
  });
  auto b = ashlar::transform<B>([&](Item item) {
             visit(in_b, item, 2);
             return item;
           }).blocking(script.blocking);
  auto keep = ashlar::filter([&](const Item& item) {
    const bool stays = !script.filter || item.id % 3 != 0;
    if (!stays) ++left_out;
    return stays;
  });
  auto end = ashlar::sink<C>([&](Item item) {
    visit(in_c, item, 3);
    if (InOrder && C == 1) {
      if (item.id <= last) ordered = false;
      last = item.id;
    }
    ++delivered[static_cast<std::size_t>(item.id)];
  });

  ashlar::Executor alone{ashlar::inline_execution};
  script.options.stop = stop.get_token();
  if (script.inline_run) script.options.executor = &alone;
  script.options.failed = [&](const ashlar::Failure& failure) {
    ++failures_told;
    ++refused[static_cast<std::size_t>(failure.item)];
  };

  std::optional<ashlar::RunReport> report;
  bool threw = false;
  try {
    if constexpr (InOrder) {
      report = (std::move(source) | std::move(a) | std::move(keep) | std::move(b) | ashlar::ordered() | std::move(end))
                   .run(script.options);
    } else {
      report = (std::move(source) | std::move(a) | std::move(keep) | std::move(b) | std::move(end)).run(script.options);
    }
  } catch (const ashlar::StageError& error) {
    threw = true;
    CHECK(error.failure().reason == "scripted");
  }
  CHECK(alive.now() == 0);
  CHECK(threw == (!script.collect && failures_told > 0));
  CHECK(ordered);
  const auto limit = [&](std::size_t n) { return n == 0 ? 4 : static_cast<int>(n); };
  CHECK(in_a.most() <= limit(A));
  CHECK(in_b.most() <= limit(B));
  CHECK(in_c.most() <= limit(C));
  const auto bound =
      static_cast<int>(InOrder ? std::max(script.options.window, script.options.in_flight) : script.options.in_flight);
  CHECK(alive.most() <= bound);
  int arrived = 0;
  bool once = true;
  for (std::size_t i = 0; i < delivered.size(); ++i) {
    arrived += delivered[i];
    once = once && delivered[i] + refused[i] <= 1;
  }
  CHECK(once);
  if (report) {
    CHECK(report->pulled == static_cast<std::uint64_t>(next));
    CHECK(report->failed == static_cast<std::uint64_t>(failures_told));
    CHECK(report->pulled == report->finished + report->failed + report->cancelled);
    CHECK(report->finished == static_cast<std::uint64_t>(arrived + left_out));
    if (script.stop_at < 0) CHECK(report->cancelled == 0);
    if (report->outcome == ashlar::Outcome::finished) CHECK(next == script.items);
  }
}

std::size_t threads_now() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    if (word == "Threads:") {
      std::size_t n = 0;
      status >> n;
      return n;
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("every item is delivered, failed or cancelled exactly once, within the limits, whatever happens") {
  const auto rounds = static_cast<unsigned>(40 * ashlar_test::soak());
  for (unsigned seed = 0; seed < rounds; ++seed) {
    play<0, 0, 0, false>(seed);
    play<2, 1, 3, false>(seed + 1'000'000);
    play<0, 3, 1, true>(seed + 2'000'000);
    play<1, 2, 2, true>(seed + 3'000'000);
  }
}

TEST_CASE("starting and stopping leaks no thread, buffer or descriptor") {
  const auto cycles = static_cast<int>(1000 * std::min(1.0, ashlar_test::soak()));
  const ashlar_test::TempDirectory directory;
  const auto path = directory / "input";
  std::ofstream{path} << std::string(5000, 'x');
  const std::vector<std::string> paths(20, path.string());
  ashlar::BufferPool pool;
  ashlar::Executor shared{2};
  const auto descriptors = [] {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++n;
    return n;
  };
  const std::size_t threads = threads_now();
  const std::size_t files = descriptors();
  for (int i = 0; i < cycles; ++i) {
    std::stop_source stop;
    std::atomic<int> seen{0};
    auto report =
        (ashlar::files(paths) | ashlar::read<2>(pool).blocking() | ashlar::sink<0>([&](const ashlar::FileData& file) {
           if (file.size() != 5000) throw std::runtime_error{"short"};
           if (++seen == i % 25) stop.request_stop();
         })).run({.stop = stop.get_token(), .in_flight = 8, .executor = &shared});
    if (report.pulled != report.finished + report.cancelled) FAIL("an item was lost");
  }
  CHECK(threads_now() == threads);
  CHECK(descriptors() == files);
  CHECK(pool.outstanding() == 0);
}
