// SPDX-License-Identifier: BSL-1.0
// What do the array kernels gain over the plain loop or the standard algorithm one would write instead?
#include <support/bench.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <ashlar/simd.hpp>

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Nanoseconds an element, over as many rounds as it takes to see something.
template <class Work>
std::function<double()> per_element(std::size_t size, Work work) {
  return [size, work] {
    const std::size_t rounds = std::max<std::size_t>(1, 4'000'000 / size);
    const double start = cpu_seconds();
    for (std::size_t round = 0; round < rounds; ++round) {
      bench::keep(work());
    }
    return (cpu_seconds() - start) * 1e9 / static_cast<double>(rounds * size);
  };
}

void require(bool same, const char* what) {
  if (!same) {
    std::fprintf(stderr, "%s: wrong result\n", what);
    std::exit(1);
  }
}

void compare(bench::Report& report, const std::string& name, const char* plain, std::function<double()> ours,
             std::function<double()> theirs, const char* bar) {
  report.run(name, "time", "ns/element",
             {{"ashlar", std::move(ours), bench::Bar{plain, bar}}, {plain, std::move(theirs)}});
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"simd_kernels", argc, argv};
  std::printf("target: %s\n", ashlar::simd_target());
  std::mt19937_64 random{1};
  constexpr std::size_t million = 1'000'000;
  std::vector<double> values(million);
  std::vector<std::uint64_t> ids(64'000);
  std::vector<std::uint32_t> deadlines(64'000);
  std::vector<std::byte> text(million);
  for (double& value : values) value = static_cast<double>(random() >> 11);
  for (std::uint64_t& id : ids) id = random();
  for (std::uint32_t& deadline : deadlines) deadline = static_cast<std::uint32_t>(random() % 1000);
  for (std::byte& byte : text) byte = static_cast<std::byte>(random() % 40 == 0 ? '\n' : 'a' + random() % 26);
  const std::span<const double> column = values;

  for (const std::size_t k : {std::size_t{10}, std::size_t{100}, std::size_t{1000}}) {
    std::vector<double> best(k);
    const auto theirs = [&, k] {
      best.resize(k);
      std::partial_sort_copy(values.begin(), values.end(), best.begin(), best.end(), std::greater<>{});
      return best[0];
    };
    theirs();
    require(std::ranges::equal(ashlar::top_k(column, k), best, {}, &ashlar::RankedValue::value), "top_k");
    compare(report, "top " + std::to_string(k) + " of a million", "std::partial_sort_copy",
            per_element(million, [=] { return ashlar::top_k(column, k).size(); }), per_element(million, theirs), "<=1");
  }

  const auto plain_stats = [&] {
    ashlar::ColumnStats<double> stats{.count = values.size()};
    for (const double value : values) {
      stats.sum += value;
      stats.min = std::min(stats.min, value);
      stats.max = std::max(stats.max, value);
    }
    return stats.sum + stats.min + stats.max;
  };
  compare(report, "sum, min, max of a column", "loop",
          per_element(million, [=] { return ashlar::column_stats(column).sum; }), per_element(million, plain_stats),
          "<=1");

  std::vector<std::uint64_t> bitmap(deadlines.size() / 64);
  std::vector<std::uint32_t> list(deadlines.size());
  const auto plain_scan = [&] {
    std::size_t count = 0;
    for (std::size_t i = 0; i < deadlines.size(); ++i) {
      list[count] = static_cast<std::uint32_t>(i);
      count += deadlines[i] <= 500 ? 1 : 0;
    }
    return count;
  };
  require(ashlar::expiry_scan(deadlines, 500, bitmap) == plain_scan(), "expiry_scan");
  compare(report, "expiry scan", "loop that lists",
          per_element(deadlines.size(), [&] { return ashlar::expiry_scan(deadlines, 500, bitmap); }),
          per_element(deadlines.size(), plain_scan), "<=1");

  std::vector<std::uint64_t> hashes(ids.size());
  const auto plain_hash = [&] {
    for (std::size_t i = 0; i < ids.size(); ++i) hashes[i] = ashlar::hash_id(ids[i]);
    return hashes[0];
  };
  compare(report, "hash of ids", "loop",
          per_element(ids.size(),
                      [&] {
                        ashlar::hash_ids(ids, hashes);
                        return hashes[0];
                      }),
          per_element(ids.size(), plain_hash), "<=1");

  const auto plain_count = [&] { return static_cast<std::size_t>(std::ranges::count(text, std::byte{'\n'})); };
  require(ashlar::count_newlines(text) == plain_count(), "count_newlines");
  compare(report, "count newlines", "std::ranges::count",
          per_element(text.size(), [&] { return ashlar::count_newlines(text); }), per_element(text.size(), plain_count),
          "<=1");

  const auto plain_histogram = [&] {
    ashlar::ByteHistogram counts{};
    for (const std::byte byte : text) ++counts[std::to_integer<std::size_t>(byte)];
    return counts[10];
  };
  require(ashlar::byte_histogram(text)[10] == plain_histogram(), "byte_histogram");
  compare(report, "byte histogram", "loop", per_element(text.size(), [&] { return ashlar::byte_histogram(text)[10]; }),
          per_element(text.size(), plain_histogram), "<=1");

  const std::span<const std::uint8_t> counters{reinterpret_cast<const std::uint8_t*>(text.data()), 64};
  compare(report, "smallest of 64 counters", "std::ranges::min_element",
          per_element(64, [=] { return ashlar::min_index(counters); }),
          per_element(64, [=] { return std::ranges::min_element(counters) - counters.begin(); }), "<=1");
}
