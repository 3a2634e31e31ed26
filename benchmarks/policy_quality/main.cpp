// SPDX-License-Identifier: BSL-1.0
// How good are the eviction policies on real traces? Each is replayed through the production tier at 0.1 %, 1 % and 10 %
// of the trace's keys; what counts is how much of the way from LRU to the clairvoyant policy it goes.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ashlar/cache/eviction/adaptive.hpp>
#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/s3_fifo.hpp>
#include <ashlar/cache/eviction/sieve.hpp>
#include <ashlar/cache/eviction/tiny_lfu.hpp>
#include <ashlar/cache/simulate.hpp>

#include <support/data.hpp>

#include "known_rows.hpp"
#include "traces.hpp"

namespace {

using policy_quality::Trace;

struct Contender {
  const char* name;
  std::function<double(const Trace&, std::size_t)> miss_ratio;
};

template <class... Option>
double replay(const Trace& trace, std::size_t capacity) {
  using Tier = ashlar::MemoryTier<std::uint64_t, std::uint32_t, Option...>;
  return ashlar::simulate<Tier>(trace.keys, ashlar::entries(capacity)).miss_ratio();
}

const std::vector<Contender> contenders{
    {"Lru", replay<ashlar::Lru, ashlar::SingleThreaded>},
    {"Fifo", replay<ashlar::Fifo, ashlar::SingleThreaded>},
    {"Sieve", replay<ashlar::Sieve, ashlar::SingleThreaded>},
    {"S3Fifo", replay<ashlar::S3Fifo, ashlar::SingleThreaded>},
    {"TinyLfu", replay<ashlar::TinyLfu, ashlar::SingleThreaded>},
    {"Adaptive", replay<ashlar::Adaptive, ashlar::SingleThreaded>},
    {"Lru/shared", replay<ashlar::Lru>},
    {"Adaptive/shared", replay<ashlar::Adaptive>},
};

/// The share of the gap that is closed, over the rows where there is one.
struct Summary {
  double sum = 0;
  int rows = 0;
  double worst = 1;
  double worst_tiny = 1;
};

class Json {
 public:
  explicit Json(const char* file) : out_{file == nullptr ? nullptr : std::fopen(file, "w")} {}
  Json(const Json&) = delete;
  Json& operator=(const Json&) = delete;
  ~Json() {
    if (out_ != nullptr) std::fclose(out_);
  }
  void line(const std::string& which, const char* contender, const char* metric, double value,
            const char* bar = nullptr) {
    if (out_ == nullptr) return;
    std::fprintf(out_,
                 R"({"question":"policy_quality","case":"%s","contender":"%s","metric":"%s","unit":"1","value":%.6f)",
                 which.c_str(), contender, metric, value);
    if (bar != nullptr) std::fprintf(out_, R"(,"bar":"%s")", bar);
    std::fprintf(out_, "}\n");
  }

 private:
  std::FILE* out_;
};

/// How far a policy is from another program's, in miss ratio.
struct Distance {
  const char* policy;
  std::size_t contender;
  std::optional<double> (*known)(const policy_quality::KnownRow&);
  double most = 0;
  int rows = 0;
  std::string where{};

  void compare(const std::string& trace, double percent, std::size_t capacity, double miss_ratio) {
    for (const auto& row : policy_quality::known_rows) {
      if (row.trace != trace || row.percent != percent || row.capacity != capacity || !known(row)) continue;
      ++rows;
      const double distance = miss_ratio - *known(row);
      if (std::abs(distance) < std::abs(most)) continue;
      most = distance;
      where = trace + " " + std::to_string(capacity);
    }
  }
};

void judge(Json& json, const char* what, double value, double bar) {
  std::printf("Adaptive, %-44s %6.3f  bar >= %.2f  %s\n", what, value, bar, value >= bar ? "met" : "MISSED");
  json.line(what, "Adaptive", "gap_closed", value, (">=" + std::to_string(bar)).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const char* json_file = argc == 3 && std::strcmp(argv[1], "--json") == 0 ? argv[2] : nullptr;
  if (argc != 1 && json_file == nullptr) {
    std::fprintf(stderr, "usage: bench_policy_quality [--json FILE]\n");
    return 2;
  }
  const auto folder = ashlar_test::access_traces();
  if (folder.empty()) {
    std::printf("skipped: there are no traces; name their folder in ASHLAR_TRACES\n");
    return 0;
  }
  Json json{json_file};
  std::printf("%-18s %14s %11s", "trace", "capacity", "clairvoyant");
  for (const auto& contender : contenders) std::printf(" %15s", contender.name);
  std::printf("\n");
  std::vector<Summary> summaries(contenders.size());
  double best_of_row = 0;
  using policy_quality::KnownRow;
  std::vector<Distance> distances{
      {"Lru", 0, [](const KnownRow& row) { return std::optional{row.lru}; }},
      {"Fifo", 1, [](const KnownRow& row) { return std::optional{row.fifo}; }},
      {"Sieve", 2, [](const KnownRow& row) { return std::optional{row.sieve}; }},
      {"S3Fifo", 3, [](const KnownRow& row) { return row.s3_fifo; }},
  };
  for (const auto& file : policy_quality::trace_files(folder)) {
    std::string name = file.filename().string();
    name.resize(name.find(".u64"));
    const Trace trace = policy_quality::number(name, policy_quality::read_keys(file));
    if (trace.keys.empty()) std::printf("%-18s unreadable\n", name.c_str());
    for (const double percent : {0.1, 1.0, 10.0}) {
      const auto capacity = static_cast<std::size_t>(std::lround(static_cast<double>(trace.unique) * percent / 100));
      if (capacity < 10) continue;
      char which[64];
      std::snprintf(which, sizeof which, "%s %g %% = %zu", name.c_str(), percent, capacity);
      const double least = policy_quality::clairvoyant(trace, capacity);
      std::vector<double> misses;
      for (const auto& contender : contenders) misses.push_back(contender.miss_ratio(trace, capacity));
      for (Distance& distance : distances) distance.compare(name, percent, capacity, misses[distance.contender]);
      const double gap = misses[0] - least;
      json.line(which, "clairvoyant", "miss_ratio", least);
      std::printf("%-18s %6g %% %6zu %11.4f", name.c_str(), percent, capacity, least);
      std::optional<double> best;
      for (std::size_t i = 0; i < contenders.size(); ++i) {
        json.line(which, contenders[i].name, "miss_ratio", misses[i]);
        const double closed = (misses[0] - misses[i]) / gap;
        if (gap > 0.01) {
          std::printf("  %.4f %6.3f", misses[i], closed);
          json.line(which, contenders[i].name, "gap_closed", closed);
          Summary& summary = summaries[i];
          if (percent < 0.5) {
            summary.worst_tiny = std::min(summary.worst_tiny, closed);
          } else {
            summary.sum += closed;
            summary.worst = std::min(summary.worst, closed);
            ++summary.rows;
            best = std::max(best.value_or(closed), closed);
          }
        } else {
          std::printf("  %.4f       ", misses[i]);
        }
      }
      best_of_row += best.value_or(0);
      std::printf("\n");
      std::fflush(stdout);
    }
  }
  if (summaries[0].rows == 0) {
    std::printf("skipped: no trace left a gap to close\n");
    return 0;
  }
  const auto line = [&](const char* what, auto figure) {
    std::printf("%-44s", what);
    for (const auto& summary : summaries) std::printf(" %15.3f", figure(summary));
    std::printf("\n");
  };
  std::printf("\nshare of the gap from LRU to clairvoyant that is closed, where the gap is above 0.01\n");
  line("mean of the rows at 1 % and 10 %", [](const Summary& s) { return s.sum / s.rows; });
  line("worst of them", [](const Summary& s) { return s.worst; });
  line("worst at 0.1 %", [](const Summary& s) { return s.worst_tiny; });
  std::printf("best of these policies picked for each row: %.3f\n\n", best_of_row / summaries[0].rows);
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    json.line("mean at 1 % and 10 %", contenders[i].name, "gap_closed", summaries[i].sum / summaries[i].rows);
  }
  const Summary& ours = summaries[5];
  judge(json, "mean gap closed at 1 % and 10 %", ours.sum / ours.rows, 0.28);
  judge(json, "worst gap closed at 1 % and 10 %", ours.worst, -0.15);
  judge(json, "worst gap closed at 0.1 %", ours.worst_tiny, -0.2);
  for (const Distance& distance : distances) {
    std::printf("%-8s furthest from libCacheSim's, of %2d rows: %+.4f (%s)  bar <= 0.005  %s\n", distance.policy,
                distance.rows, distance.most, distance.where.c_str(),
                std::abs(distance.most) <= 0.005 ? "met" : "MISSED");
    json.line("furthest from libCacheSim's", distance.policy, "distance", std::abs(distance.most), "<=0.005");
  }
  return 0;
}
