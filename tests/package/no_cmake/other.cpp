// SPDX-License-Identifier: BSL-1.0
// A second file of the program: it runs a pipeline, and calls what the engine's unit holds besides.
#include <ashlar/pipeline.hpp>

#include <atomic>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

bool another_pipeline_runs();
bool another_pipeline_runs() {
  std::vector<int> doubled;
  ashlar::Pipeline doubling{ashlar::from(std::vector{1, 2, 3}), ashlar::transform<2>([](int n) { return 2 * n; }),
                            ashlar::ordered(), ashlar::sink<1>([&](int n) { doubled.push_back(n); })};
  doubling.run();
  return doubled == std::vector{2, 4, 6};
}

bool the_rest_of_the_engine_runs();
bool the_rest_of_the_engine_runs() {
  std::atomic<int> tries{0};
  const auto third_time = [&](const int& n) {
    if (++tries < 3) throw std::runtime_error{"not yet"};
    return n;
  };
  std::ostringstream lines;
  ashlar::Pipeline pipeline{ashlar::from(std::vector{7}),
                            ashlar::retry(ashlar::transform<1>(third_time).named("again"),
                                          {.times = 2, .first = std::chrono::nanoseconds{1}}),
                            ashlar::sink<1>([](int) {})};
  const ashlar::RunReport report =
      pipeline.run({.progress = ashlar::progress_line(lines, true), .workers = 1, .trace = true});
  return report.finished == 1 && report.stages[1].retries == 2 && has(lines.str(), "1 / 1") &&
         has(ashlar::to_line({.pulled = 8, .finished = 2, .total = 8}), "2 / 8") && !ashlar::is_terminal(lines) &&
         has(ashlar::to_table(report), "again") && has(ashlar::to_json(report), "\"again\"") &&
         has(ashlar::timeline_svg(report), "again") && has(ashlar::timeline_html(report), "</html>");
}
