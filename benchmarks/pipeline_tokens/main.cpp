// SPDX-License-Identifier: BSL-1.0
// What does moving an item through three stages cost, and how well do skewed costs spread?
#include <support/bench.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#if ASHLAR_PEER_tbb
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>
#endif

namespace {

constexpr std::uint64_t items = 1'000'000;
constexpr unsigned workers = 2;

struct Batch {
  std::uint64_t v[32];
};

void check(std::uint64_t got, std::uint64_t wanted, const char* who) {
  if (got == wanted) return;
  std::fprintf(stderr, "%s: wrong result\n", who);
  std::exit(1);
}
/// The sum of i + 1 for every item i.
constexpr std::uint64_t expected = items * (items - 1) / 2 + items;

constexpr auto one_more = [](std::uint64_t x) {
  bench::keep(x);
  return x + 1;
};

/// Counts up: a source of a million numbers, or of batches of them.
struct Numbers {
  using value_type = std::uint64_t;
  std::uint64_t next = 0;
  void begin_run(const auto&) { next = 0; }
  template <class Out>
  ashlar::SourceState pull(Out& out, std::size_t want) {
    for (; want != 0 && next < items; --want) out.emplace(next++);
    return next == items ? ashlar::SourceState::end : ashlar::SourceState::more;
  }
};
struct Batches {
  using value_type = Batch;
  std::uint64_t next = 0;
  void begin_run(const auto&) { next = 0; }
  template <class Out>
  ashlar::SourceState pull(Out& out, std::size_t want) {
    for (; want != 0 && next < items; --want) {
      Batch& batch = out.emplace();
      for (std::uint64_t& v : batch.v) v = next++;
    }
    return next == items ? ashlar::SourceState::end : ashlar::SourceState::more;
  }
};

/// A sum without contention: each worker has a line of its own.
struct Sums {
  struct alignas(64) Line {
    std::uint64_t sum = 0;
  };
  Line lines[16];
  std::uint64_t take() {
    std::uint64_t all = 0;
    for (Line& line : lines) all += std::exchange(line.sum, 0);
    return all;
  }
};
Sums sums;
struct AddUp : ashlar::StageDefaults {
  template <class In>
  static constexpr bool takes = true;
  template <class In>
  using output = void;
  void operator()(std::uint64_t x, ashlar::StageContext& context, const auto&) const {
    sums.lines[context.worker].sum += x;
  }
  void operator()(const Batch& b, ashlar::StageContext& context, const auto&) const {
    for (const std::uint64_t v : b.v) sums.lines[context.worker].sum += v;
  }
};
static_assert(ashlar::stage<AddUp>);

constexpr auto same = [](std::uint64_t x) {
  bench::keep(x);
  return x;
};
constexpr auto same_batch = [](Batch b) {
  bench::keep(b.v[0]);
  return b;
};
constexpr auto one_more_each = [](Batch b) {
  for (std::uint64_t& v : b.v) v = one_more(v);
  return b;
};

double per_item(std::chrono::nanoseconds wall) {
  return static_cast<double>(wall.count()) / static_cast<double>(items);
}

/// Costs in microseconds: most items are cheap, a few are two hundred times dearer.
std::vector<int> skewed_costs() {
  std::vector<int> costs(4000);
  std::uint64_t state = 42;
  for (int& cost : costs) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    cost = (state >> 33) % 100 == 0 ? 4000 : 20;
  }
  return costs;
}
void burn(int microseconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds{microseconds};
  while (std::chrono::steady_clock::now() < until) bench::keep(until);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"pipeline_tokens", argc, argv};
  ashlar::Executor executor{workers};
  const ashlar::RunOptions options{.executor = &executor};

  // The source, and three stages behind it that do next to nothing.
  auto parallel = Numbers{} | ashlar::transform(same) | ashlar::transform(one_more) | AddUp{};
  std::uint64_t serial_sum = 0;
  auto serial = Numbers{} | ashlar::ordered() | ashlar::serial(same) | ashlar::serial(one_more) |
                ashlar::sink([&](std::uint64_t x) { serial_sum += x; });
  auto batched = Batches{} | ashlar::transform(same_batch) | ashlar::transform(one_more_each) | AddUp{};

#if ASHLAR_PEER_tbb
  tbb::global_control threads{tbb::global_control::max_allowed_parallelism, workers};
  std::atomic<std::uint64_t> tbb_sum{0};
  const auto with_tbb = [&](tbb::filter_mode mode) {
    std::uint64_t next = 0;
    tbb_sum = 0;
    const double s = bench::seconds([&] {
      tbb::parallel_pipeline(
          64, tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order,
                                                    [&](tbb::flow_control& control) -> std::uint64_t {
                                                      if (next == items) {
                                                        control.stop();
                                                        return 0;
                                                      }
                                                      return next++;
                                                    }) &
                  tbb::make_filter<std::uint64_t, std::uint64_t>(mode, same) &
                  tbb::make_filter<std::uint64_t, std::uint64_t>(mode, one_more) &
                  tbb::make_filter<std::uint64_t, void>(mode, [&](std::uint64_t x) {
                    sums.lines[static_cast<std::size_t>(tbb::this_task_arena::current_thread_index()) & 15].sum += x;
                  }));
    });
    check(sums.take(), expected, "tbb");
    return s * 1e9 / static_cast<double>(items);
  };
  const auto tbb_batches = [&] {
    std::uint64_t next = 0;
    const double s = bench::seconds([&] {
      tbb::parallel_pipeline(
          64, tbb::make_filter<void, Batch>(tbb::filter_mode::serial_in_order,
                                            [&](tbb::flow_control& control) {
                                              Batch batch{};
                                              if (next == items) {
                                                control.stop();
                                                return batch;
                                              }
                                              for (std::uint64_t& v : batch.v) v = next++;
                                              return batch;
                                            }) &
                  tbb::make_filter<Batch, Batch>(tbb::filter_mode::parallel, same_batch) &
                  tbb::make_filter<Batch, Batch>(tbb::filter_mode::parallel, one_more_each) &
                  tbb::make_filter<Batch, void>(tbb::filter_mode::parallel, [&](const Batch& b) {
                    auto& line =
                        sums.lines[static_cast<std::size_t>(tbb::this_task_arena::current_thread_index()) & 15];
                    for (const std::uint64_t v : b.v) line.sum += v;
                  }));
    });
    check(sums.take(), expected, "tbb");
    return s * 1e9 / static_cast<double>(items);
  };
#endif

  const auto ours = [&](auto& pipeline, auto&& sum) {
    const auto wall = pipeline.run(options).wall;
    check(sum(), expected, "ashlar");
    return per_item(wall);
  };
  // `most`: the bar in nanoseconds, where there is one besides that against the peer.
  const auto run = [&](const char* which, const char* bar, const char* most, std::function<double()> mine,
                       [[maybe_unused]] std::function<double()> peer) {
    std::vector<double> figures;
    std::vector<bench::Contender> all;
    all.push_back({"ashlar",
                   [&] {
                     figures.push_back(mine());
                     return figures.back();
                   },
                   bar == nullptr ? std::nullopt : std::optional{bench::Bar{"oneTBB", bar}}});
#if ASHLAR_PEER_tbb
    all.push_back({"oneTBB", std::move(peer)});
#else
    report.skipped(which, "oneTBB");
#endif
    report.run(which, "time per item", "ns", all);
    if (most == nullptr) return;
    figures.erase(figures.begin());  // of the round that is not measured
    std::sort(figures.begin(), figures.end());
    const double median = figures[figures.size() / 2];
    report.figure(which, "ashlar", "time per item", "ns", median, median, bench::Bar{"1 ns", most});
  };
#if ASHLAR_PEER_tbb
  const std::function<double()> peers[] = {[&] { return with_tbb(tbb::filter_mode::parallel); },
                                           [&] { return with_tbb(tbb::filter_mode::serial_in_order); }, tbb_batches};
#else
  const std::function<double()> peers[3];
#endif
  run("3 parallel stages", "<=0.25", "<=15", [&] { return ours(parallel, [] { return sums.take(); }); }, peers[0]);
  run(
      "3 serial in order", "<=0.5", nullptr, [&] { return ours(serial, [&] { return std::exchange(serial_sum, 0); }); },
      peers[1]);
  run("batches of 32", nullptr, "<=3", [&] { return ours(batched, [] { return sums.take(); }); }, peers[2]);

  // Skewed costs: time over the ideal, which is the sum of the costs shared by the workers.
  const std::vector<int> costs = skewed_costs();
  double ideal = 0;
  for (const int cost : costs) ideal += cost * 1e-6 / workers;
  const auto work = [](int cost) {
    burn(cost);
    return cost;
  };
  auto unordered = ashlar::from(costs) | ashlar::transform(work) | ashlar::sink<0>([](int) {});
  auto in_order = ashlar::from(costs) | ashlar::transform(work) | ashlar::ordered() | ashlar::sink([](int) {});
  const auto share = [&](auto& pipeline) {
    const auto wall = pipeline.run({.in_flight = 64, .executor = &executor}).wall;
    return ideal / std::chrono::duration<double>(wall).count();
  };
#if ASHLAR_PEER_tbb
  const auto tbb_share = [&](tbb::filter_mode end) {
    std::size_t next = 0;
    return ideal / bench::seconds([&] {
             tbb::parallel_pipeline(64, tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                                                    [&](tbb::flow_control& control) {
                                                                      if (next == costs.size()) {
                                                                        control.stop();
                                                                        return 0;
                                                                      }
                                                                      return costs[next++];
                                                                    }) &
                                            tbb::make_filter<int, int>(tbb::filter_mode::parallel, work) &
                                            tbb::make_filter<int, void>(end, [](int) {}));
           });
  };
#endif
  // No more in flight than asked for, at any size of the items.
  for (const std::size_t limit : {std::size_t{1}, std::size_t{64}}) {
    const auto done = unordered.run({.in_flight = limit, .executor = &executor});
    const double seen = static_cast<double>(done.most_in_flight);
    report.figure("items in flight", "ashlar", "most in flight", "items", seen, seen / static_cast<double>(limit),
                  bench::Bar{std::to_string(limit) + " asked for", "<=1"});
  }
  const auto skew = [&](const char* which, const char* bar, std::function<double()> mine,
                        [[maybe_unused]] std::function<double()> peer) {
    std::vector<bench::Contender> all;
    all.push_back({"ideal", [] { return 1.0; }});
    all.push_back({"ashlar", std::move(mine), bench::Bar{"ideal", bar}});
#if ASHLAR_PEER_tbb
    all.push_back({"oneTBB", std::move(peer)});
#else
    report.skipped(which, "oneTBB");
#endif
    report.run(which, "share of the ideal", "", all);
  };
#if ASHLAR_PEER_tbb
  const std::function<double()> skew_peers[] = {[&] { return tbb_share(tbb::filter_mode::serial_in_order); },
                                                [&] { return tbb_share(tbb::filter_mode::parallel); }};
#else
  const std::function<double()> skew_peers[2];
#endif
  skew("skewed costs, in order", ">=0.85", [&] { return share(in_order); }, skew_peers[0]);
  skew("skewed costs, any order", ">=0.95", [&] { return share(unordered); }, skew_peers[1]);
}
