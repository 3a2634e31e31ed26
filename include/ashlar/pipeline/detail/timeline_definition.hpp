// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/detail/report_text_definition.hpp>
#include <ashlar/pipeline/run_report.hpp>
#include <ashlar/pipeline/timeline.hpp>

namespace ashlar::inline v0::detail {

inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}
inline const char* colour(std::size_t stage) noexcept {
  static constexpr const char* colours[] = {"#8c8c8c", "#4477aa", "#ee6677", "#228833", "#ccbb44",
                                            "#66ccee", "#aa3377", "#ee9944", "#555599", "#99aa55"};
  return colours[stage % 10];
}

/// The next larger of 1, 2, 5, 10, 20, 50, …
inline double round_step(double step) noexcept {
  double ten = 1;
  while (ten * 10 <= step) ten *= 10;
  return step <= ten ? ten : step <= 2 * ten ? 2 * ten : step <= 5 * ten ? 5 * ten : 10 * ten;
}

/// What one thread did, in slices of equal length: how high the pile of the stages' shares is behind each stage, in so
/// many steps. However many stretches fall into a slice, none hides another.
class Slices {
 public:
  Slices(const RunReport& report, std::uint32_t worker, std::size_t slices, int steps)
      : stages_{report.stages.size()}, levels_(slices * stages_) {
    const double slice = std::max(1.0, static_cast<double>(report.wall.count()) / static_cast<double>(slices));
    std::vector<double> busy(levels_.size());
    for (const Span& span : report.spans) {
      if (span.worker != worker || span.stage >= stages_) continue;
      double from = static_cast<double>(span.start.count()) / slice;
      const double to = std::min(static_cast<double>(span.end.count()) / slice, static_cast<double>(slices));
      while (from < to) {
        const auto at = static_cast<std::size_t>(from);
        const double until = std::min(to, static_cast<double>(at + 1));
        busy[at * stages_ + span.stage] += until - from;
        from = until;
      }
    }
    for (std::size_t i = 0; i < slices; ++i) {
      double pile = 0;
      for (std::size_t k = 0; k < stages_; ++k) {
        pile += busy[i * stages_ + k];
        level(i, k) = static_cast<int>(std::min(1.0, pile) * steps + 0.5);
      }
    }
  }
  int from(std::size_t slice, std::size_t stage) const noexcept {
    return stage == 0 ? 0 : levels_[slice * stages_ + stage - 1];
  }
  int to(std::size_t slice, std::size_t stage) const noexcept { return levels_[slice * stages_ + stage]; }
  bool equal(std::size_t one, std::size_t other) const noexcept {
    for (std::size_t k = 0; k < stages_; ++k) {
      if (to(one, k) != to(other, k)) return false;
    }
    return true;
  }

 private:
  int& level(std::size_t slice, std::size_t stage) noexcept { return levels_[slice * stages_ + stage]; }

  std::size_t stages_;
  std::vector<int> levels_;
};

template <class Unit>
[[gnu::cold]] std::string timeline_svg_of(const RunReport& report) {
  constexpr int left = 90;
  constexpr int width = 1000;
  constexpr int row = 26;
  constexpr int bar = row - 4;
  constexpr std::size_t slices = 500;
  const double wall = std::max(1.0, static_cast<double>(report.wall.count()));
  const auto x = [&](std::chrono::nanoseconds t) { return left + width * static_cast<double>(t.count()) / wall; };
  std::vector<std::uint32_t> workers;
  for (const Span& span : report.spans) {
    if (workers.empty() || workers.back() != span.worker) workers.push_back(span.worker);
  }
  const int legend = 24;
  const int height = legend + row * static_cast<int>(workers.size()) + 30;
  std::string out = print(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n",
      left + width + 60, height);
  int at = left;
  for (std::size_t i = 0; i < report.stages.size(); ++i) {
    out += print("<rect x=\"%d\" y=\"4\" width=\"12\" height=\"12\" fill=\"%s\"/>", at, colour(i));
    out += print("<text x=\"%d\" y=\"14\">", at + 16) + escaped(report.stages[i].name) + "</text>\n";
    at += 36 + 7 * static_cast<int>(report.stages[i].name.size());
  }
  for (std::size_t r = 0; r < workers.size(); ++r) {
    const int y = legend + row * static_cast<int>(r);
    const bool own = workers[r] >= report.workers;
    out += print("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s %u</text>", left - 8, y + 16,
                 own ? "thread" : "worker", workers[r]);
    out += print("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#f2f2f2\"/>\n", left, y + 2, width, bar);
    const Slices pile{report, workers[r], slices, bar};
    for (std::size_t first = 0, end = 1; first < slices; first = end++) {
      while (end < slices && pile.equal(first, end)) ++end;
      for (std::size_t k = 0; k < report.stages.size(); ++k) {
        const int tall = pile.to(first, k) - pile.from(first, k);
        if (tall == 0) continue;
        out += print("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\">",
                     left + width / static_cast<int>(slices) * static_cast<int>(first), y + 2 + bar - pile.to(first, k),
                     width / static_cast<int>(slices) * static_cast<int>(end - first), tall, colour(k));
        const auto time = [&](std::size_t slice) {
          return short_time(std::chrono::nanoseconds{
              static_cast<std::int64_t>(wall * static_cast<double>(slice) / static_cast<double>(slices))});
        };
        out += "<title>" + escaped(report.stages[k].name) +
               print(": %d %%, %s to %s", 100 * tall / bar, time(first).c_str(), time(end).c_str()) +
               "</title></rect>\n";
      }
    }
  }
  const int axis = height - 26;
  const double step = round_step(wall / 10);
  for (double at_time = 0; at_time <= wall; at_time += step) {
    const std::chrono::nanoseconds t{static_cast<std::int64_t>(at_time)};
    out += print("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#999\"/>", x(t), x(t), axis, axis + 5);
    out +=
        print("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x(t), axis + 18, short_time(t).c_str());
  }
  return out += "</svg>\n";
}

template <class Unit>
[[gnu::cold]] std::string timeline_page_of(const RunReport& report) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>pipeline run</title></head>\n"
         "<body style=\"margin:2em\">\n" +
         timeline_svg_of<Unit>(report) + "<pre>\n" + escaped(report_table_of<Unit>(report)) +
         "</pre>\n</body></html>\n";
}

}  // namespace ashlar::inline v0::detail
