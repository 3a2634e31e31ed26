// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The frame of every benchmark: contenders of a case take turns, their medians are compared in the same run.
namespace bench {

/// Keeps the compiler from dropping the work that made `value`.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

/// A target: the ratio of our median to that of the contender `against`, or to the least of several ("a|b|c"; those that
/// do not run do not count), and the bar it must meet, such as "<=1.3".
struct Bar {
  std::string against;
  std::string bar;
};

/// One thing that is measured. `run` does the work once and returns the figure in the case's unit (seconds, ns per
/// operation, …), so that set-up stays outside of it.
struct Contender {
  std::string name;
  std::function<double()> run;
  std::optional<Bar> bar = std::nullopt;
};

/// One question's output: a table on standard output and, with `--json FILE`, one JSON object per line.
class Report {
 public:
  /// Reads `--json FILE`, `--repeat N` (5 or more) and `--only TEXT`; exits with 2 and a message on anything else.
  Report(std::string question, int argc, char** argv) : question_{std::move(question)} {
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument{argv[i]};
      if (argument == "--json" && i + 1 < argc) {
        json_ = std::fopen(argv[++i], "w");
        if (json_ == nullptr) fail(std::string{"cannot write "} + argv[i]);
      } else if (argument == "--repeat" && i + 1 < argc) {
        repeat_ = std::max(5, std::atoi(argv[++i]));
      } else if (argument == "--only" && i + 1 < argc) {
        only_ = argv[++i];
      } else {
        fail("unknown argument '" + std::string{argument} + "'; known: --json FILE, --repeat N, --only TEXT");
      }
    }
    std::printf("# %s\n%-28s %-28s %12s %12s %12s %-10s %s\n", question_.c_str(), "case", "contender", "median", "min",
                "max", "unit", "ratio");
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    if (json_ != nullptr) std::fclose(json_);
  }

  int repeat() const { return repeat_; }
  /// Is this case asked for, since its name holds the TEXT of `--only`? The others are not run; whoever asks here first
  /// saves their set-up too.
  bool wants(const std::string& which) const { return which.find(only_) != std::string::npos; }

  /// Runs the contenders in turns, `repeat()` times each after one unmeasured round, and prints their medians.
  void run(const std::string& which, const std::string& metric, const std::string& unit,
           const std::vector<Contender>& contenders) {
    if (!wants(which)) return;
    std::vector<std::vector<double>> figures(contenders.size());
    for (int round = -1; round < repeat_; ++round) {
      for (std::size_t i = 0; i < contenders.size(); ++i) {
        const double figure = contenders[i].run();
        if (round >= 0) figures[i].push_back(figure);
      }
    }
    for (auto& figure : figures) std::sort(figure.begin(), figure.end());
    const auto median = [&](std::size_t i) { return figures[i][figures[i].size() / 2]; };
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const Contender& contender = contenders[i];
      std::optional<double> ratio;
      std::optional<Bar> bar = contender.bar;
      for (std::size_t j = 0; contender.bar && j < contenders.size(); ++j) {
        if (!is_among(contenders[j].name, contender.bar->against)) continue;
        if (ratio && median(i) / median(j) < *ratio) continue;
        ratio = median(i) / median(j);
        bar->against = contenders[j].name;
      }
      std::printf("%-28s %-28s %12.4g %12.4g %12.4g %-10s", which.c_str(), contender.name.c_str(), median(i),
                  figures[i].front(), figures[i].back(), unit.c_str());
      if (ratio) {
        std::printf(" %.3f x %s (bar %s)", *ratio, bar->against.c_str(), bar->bar.c_str());
      }
      std::printf("\n");
      std::fflush(stdout);
      write(which, contender.name, metric, unit, median(i), ratio, bar);
    }
  }

  /// A figure that is counted, not timed: bytes, ratios of size, miss ratios. `ratio` and `bar` where a target is set.
  void figure(const std::string& which, const std::string& contender, const std::string& metric,
              const std::string& unit, double value, std::optional<double> ratio = std::nullopt,
              std::optional<Bar> bar = std::nullopt) {
    if (!wants(which)) return;
    std::printf("%-28s %-28s %12.6g %12s %12s %-10s", which.c_str(), contender.c_str(), value, "", "", unit.c_str());
    if (ratio && bar) std::printf(" %.3f x %s (bar %s)", *ratio, bar->against.c_str(), bar->bar.c_str());
    std::printf("\n");
    write(which, contender, metric, unit, value, ratio, bar);
  }

  /// Lists a peer that is not installed.
  void skipped(const std::string& which, const std::string& contender) {
    std::printf("%-28s %-28s %12s\n", which.c_str(), contender.c_str(), "skipped");
  }

 private:
  static bool is_among(std::string_view name, std::string_view list) {
    for (;;) {
      const std::size_t end = std::min(list.find('|'), list.size());
      if (list.substr(0, end) == name) return true;
      if (end == list.size()) return false;
      list.remove_prefix(end + 1);
    }
  }
  [[noreturn]] static void fail(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
    std::exit(2);
  }

  void write(const std::string& which, const std::string& contender, const std::string& metric, const std::string& unit,
             double value, const std::optional<double>& ratio, const std::optional<Bar>& bar) {
    if (json_ == nullptr) return;
    std::fprintf(json_, R"({"question":"%s","case":"%s","contender":"%s","metric":"%s","unit":"%s","value":%.9g)",
                 question_.c_str(), which.c_str(), contender.c_str(), metric.c_str(), unit.c_str(), value);
    if (ratio && bar) {
      std::fprintf(json_, R"(,"ratio":%.6g,"against":"%s","bar":"%s")", *ratio, bar->against.c_str(), bar->bar.c_str());
    }
    std::fprintf(json_, "}\n");
    std::fflush(json_);
  }

  std::string question_;
  std::FILE* json_ = nullptr;
  std::string only_;
  int repeat_ = 5;
};

/// Seconds that `work` takes.
template <class F>
double seconds(F&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace bench
