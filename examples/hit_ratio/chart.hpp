// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// Miss ratio by capacity, one line for each policy.
struct Curve {
  std::string policy;
  std::vector<std::pair<std::uint64_t, double>> points;
};
struct Chart {
  std::string title;
  std::vector<Curve> curves;
};

/// Draws the charts below each other into an SVG file: capacity from left to right by powers, miss ratio upwards.
class ChartWriter {
 public:
  static void write(const std::string& file, const std::vector<Chart>& charts) {
    std::ofstream out{file};
    if (!out) throw std::runtime_error{file + ": cannot be written"};
    out << text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12'>\n",
        width, static_cast<int>(charts.size()) * height);
    out << "<rect width='100%' height='100%' fill='white'/>\n";
    for (std::size_t i = 0; i < charts.size(); ++i) {
      out << text("<g transform='translate(0 %d)'>\n", static_cast<int>(i) * height) << draw(charts[i]) << "</g>\n";
    }
    out << "</svg>\n";
    if (!out.flush()) throw std::runtime_error{file + ": could not be written to the end"};
  }

 private:
  static constexpr int width = 760;
  static constexpr int height = 440;
  static constexpr double left = 60, right = 600, top = 40, bottom = 380;
  static constexpr std::array<const char*, 7> colours{"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                                      "#66ccee", "#aa3377", "#888888"};

  template <class... Part>
  static std::string text(const char* format, const Part&... part) {
    char line[512];
    std::snprintf(line, sizeof line, format, part...);
    return line;
  }
  static std::string escaped(const std::string& plain) {
    std::string out;
    for (const char c : plain) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return out;
  }

  static std::string draw(const Chart& chart) {
    double least = 1e300;
    double most = 0;
    double low = 1;
    double high = 0;
    for (const Curve& curve : chart.curves) {
      for (const auto& [capacity, miss] : curve.points) {
        least = std::min(least, static_cast<double>(capacity));
        most = std::max(most, static_cast<double>(capacity));
        low = std::min(low, miss);
        high = std::max(high, miss);
      }
    }
    const double step = high - low > 0.3 ? 0.1 : high - low > 0.08 ? 0.02 : 0.01;
    low = std::max(0.0, std::floor(low / step) * step);
    high = std::min(1.0, std::max(low + step, std::ceil(high / step) * step));
    const auto x = [&](double capacity) {
      return most > least ? left + (right - left) * std::log(capacity / least) / std::log(most / least)
                          : (left + right) / 2;
    };
    const auto y = [&](double miss) { return bottom - (bottom - top) * (miss - low) / (high - low); };

    std::string out = text("<text x='%.0f' y='24' font-size='15'>", left) + escaped(chart.title) + "</text>\n";
    for (double miss = low; miss < high + step / 2; miss += step) {
      out += text("<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#ddd'/>", left, right, y(miss), y(miss));
      out += text("<text x='%.1f' y='%.1f' text-anchor='end'>%.0f %%</text>\n", left - 8, y(miss) + 4, miss * 100);
    }
    double last_label = -100;
    for (const auto& [capacity, miss] : chart.curves.front().points) {
      const double at = x(static_cast<double>(capacity));
      out += text("<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#ddd'/>", at, at, top, bottom);
      if (at - last_label < 48) continue;
      last_label = at;
      out += text("<text x='%.1f' y='%.1f' text-anchor='middle'>%llu</text>\n", at, bottom + 18,
                  static_cast<unsigned long long>(capacity));
    }
    out +=
        text("<text x='%.1f' y='%.1f' text-anchor='middle'>capacity, entries</text>", (left + right) / 2, bottom + 40);
    out += text("<text x='16' y='%.1f' text-anchor='middle' transform='rotate(-90 16 %.1f)'>miss ratio</text>\n",
                (top + bottom) / 2, (top + bottom) / 2);
    for (std::size_t i = 0; i < chart.curves.size(); ++i) {
      const char* colour = colours[i % colours.size()];
      out += text("<polyline fill='none' stroke='%s' stroke-width='2' points='", colour);
      for (const auto& [capacity, miss] : chart.curves[i].points) {
        out += text("%.1f,%.1f ", x(static_cast<double>(capacity)), y(miss));
      }
      out += "'/>\n";
      for (const auto& [capacity, miss] : chart.curves[i].points) {
        out += text("<circle r='3' fill='%s' cx='%.1f' cy='%.1f'/>", colour, x(static_cast<double>(capacity)), y(miss));
      }
      const double row = top + 10 + 20 * static_cast<double>(i);
      out += text("<line x1='%.0f' x2='%.0f' y1='%.1f' y2='%.1f' stroke='%s' stroke-width='2'/>", right + 20,
                  right + 45, row, row, colour);
      out += text("<text x='%.0f' y='%.1f'>", right + 52, row + 4) + escaped(chart.curves[i].policy) + "</text>\n";
    }
    return out;
  }
};
