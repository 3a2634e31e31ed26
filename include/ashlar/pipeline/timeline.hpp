// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/pipeline/report_text.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0 {

namespace detail {

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

/// Neighbouring stretches of one thread and stage that a reader could not tell apart become one.
inline std::vector<Span> visible_spans(const RunReport& report, std::int64_t pixel) {
  std::vector<Span> seen;
  std::vector<std::size_t> last(report.stages.size(), ~std::size_t{0});  // of this worker and each stage
  for (const Span& span : report.spans) {
    if (!seen.empty() && seen.back().worker != span.worker) last.assign(last.size(), ~std::size_t{0});
    const std::size_t before = span.stage < last.size() ? last[span.stage] : ~std::size_t{0};
    if (before != ~std::size_t{0} && (span.start - seen[before].end).count() < pixel) {
      seen[before].end = std::max(seen[before].end, span.end);
      seen[before].items += span.items;
      continue;
    }
    if (span.stage < last.size()) last[span.stage] = seen.size();
    seen.push_back(span);
  }
  return seen;
}

}  // namespace detail

/// What each thread did when, as one SVG picture: a row for each thread, a colour for each stage. Empty rows are left
/// out. The report must come from a run with `RunOptions::trace`.
inline std::string timeline_svg(const RunReport& report) {
  constexpr int left = 90;
  constexpr int width = 1000;
  constexpr int row = 26;
  const double wall = std::max(1.0, static_cast<double>(report.wall.count()));
  const auto x = [&](std::chrono::nanoseconds t) { return left + width * static_cast<double>(t.count()) / wall; };
  const std::vector<Span> spans = detail::visible_spans(report, static_cast<std::int64_t>(wall / width));
  std::vector<std::uint32_t> workers;
  for (const Span& span : spans) {
    if (workers.empty() || workers.back() != span.worker) workers.push_back(span.worker);
  }
  const int legend = 24;
  const int height = legend + row * static_cast<int>(workers.size()) + 30;
  using detail::print;
  std::string out = print(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n",
      left + width + 60, height);
  int at = left;
  for (std::size_t i = 0; i < report.stages.size(); ++i) {
    out += print("<rect x=\"%d\" y=\"4\" width=\"12\" height=\"12\" fill=\"%s\"/>", at, detail::colour(i));
    out += print("<text x=\"%d\" y=\"14\">", at + 16) + detail::escaped(report.stages[i].name) + "</text>\n";
    at += 36 + 7 * static_cast<int>(report.stages[i].name.size());
  }
  for (std::size_t r = 0; r < workers.size(); ++r) {
    const int y = legend + row * static_cast<int>(r);
    const bool own = workers[r] >= report.workers;
    out += print("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s %u</text>", left - 8, y + 16,
                 own ? "thread" : "worker", workers[r]);
    out +=
        print("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#f2f2f2\"/>\n", left, y + 2, width, row - 4);
    for (const Span& span : spans) {
      if (span.worker != workers[r]) continue;
      out += print("<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\">", x(span.start), y + 2,
                   std::max(0.4, x(span.end) - x(span.start)), row - 4, detail::colour(span.stage));
      const std::string name = span.stage < report.stages.size() ? report.stages[span.stage].name : std::string{};
      out += "<title>" + detail::escaped(name) +
             print(": %u items, %s from %s", span.items, detail::short_time(span.end - span.start).c_str(),
                   detail::short_time(span.start).c_str()) +
             "</title></rect>\n";
    }
  }
  const int axis = height - 26;
  const double step = detail::round_step(wall / 10);
  for (double at_time = 0; at_time <= wall; at_time += step) {
    const std::chrono::nanoseconds t{static_cast<std::int64_t>(at_time)};
    out += print("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#999\"/>", x(t), x(t), axis, axis + 5);
    out += print("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x(t), axis + 18,
                 detail::short_time(t).c_str());
  }
  return out += "</svg>\n";
}

/// The report as a self-contained page: the timeline and the table.
inline std::string timeline_html(const RunReport& report) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>pipeline run</title></head>\n"
         "<body style=\"margin:2em\">\n" +
         timeline_svg(report) + "<pre>\n" + detail::escaped(to_table(report)) + "</pre>\n</body></html>\n";
}

}  // namespace ashlar::inline v0
