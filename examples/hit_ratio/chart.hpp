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

/// Draws the charts below each other into an SVG file: capacity from left to right, as its logarithm, miss ratio upwards.
/// Where curves coincide, the dashes of their lines take turns and their points lie within one another.
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
  static constexpr double left = 70, right = 600, top = 40, bottom = 380;
  static constexpr int dash = 8;
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

  static const char* colour(std::size_t curve) { return colours[curve % colours.size()]; }

  /// Which curve this is of those that coincide, and of how many.
  struct Turn {
    int is = 0;
    int of = 0;
  };
  /// At the points `from` and `to`; `apart` are the pixels between two miss ratios.
  template <class Apart>
  static Turn turn_of(const Chart& chart, std::size_t curve, std::size_t from, std::size_t to, Apart apart) {
    const auto first_with = [&](std::size_t one) {
      const auto& points = chart.curves[one].points;
      const auto coincides = [&](const Curve& other) {
        return std::abs(apart(points[from].second, other.points[from].second)) < 1.5 &&
               std::abs(apart(points[to].second, other.points[to].second)) < 1.5;
      };
      return std::find_if(chart.curves.begin(), chart.curves.end(), coincides) - chart.curves.begin();
    };
    Turn turn;
    for (std::size_t other = 0; other < chart.curves.size(); ++other) {
      if (first_with(other) != first_with(curve)) continue;
      if (other < curve) ++turn.is;
      ++turn.of;
    }
    return turn;
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
    const auto apart = [&](double one, double other) { return y(one) - y(other); };

    std::string out = text("<text x='%.0f' y='24' font-size='15'>", left) + escaped(chart.title) + "</text>\n";
    for (double miss = low; miss < high + step / 2; miss += step) {
      out += text("<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#ddd'/>", left, right, y(miss), y(miss));
      out += text("<text x='%.1f' y='%.1f' text-anchor='end'>%.0f %%</text>\n", left - 14, y(miss) + 4, miss * 100);
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
    out += text("<text x='%.1f' y='%.1f' text-anchor='middle'>capacity in entries, logarithmic scale</text>",
                (left + right) / 2, bottom + 40);
    out += text("<text x='16' y='%.1f' text-anchor='middle' transform='rotate(-90 16 %.1f)'>miss ratio</text>\n",
                (top + bottom) / 2, (top + bottom) / 2);
    for (std::size_t i = 0; i < chart.curves.size(); ++i) {
      const auto& points = chart.curves[i].points;
      for (std::size_t at = 0; at + 1 < points.size(); ++at) {
        const auto& [from, miss_from] = points[at];
        const auto& [to, miss_to] = points[at + 1];
        out += text("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s' stroke-width='2'",
                    x(static_cast<double>(from)), y(miss_from), x(static_cast<double>(to)), y(miss_to), colour(i));
        const Turn turn = turn_of(chart, i, at, at + 1, apart);
        if (turn.of > 1) {
          out += text(" stroke-dasharray='%d %d' stroke-dashoffset='%d'", dash, dash * (turn.of - 1), -dash * turn.is);
        }
        out += "/>\n";
      }
    }
    for (std::size_t i = 0; i < chart.curves.size(); ++i) {
      const auto& points = chart.curves[i].points;
      for (std::size_t at = 0; at < points.size(); ++at) {
        const Turn turn = turn_of(chart, i, at, at, apart);
        out += text("<circle r='%.1f' fill='%s' cx='%.1f' cy='%.1f'/>", 3 + 1.5 * (turn.of - 1 - turn.is), colour(i),
                    x(static_cast<double>(points[at].first)), y(points[at].second));
      }
      const double row = top + 10 + 20 * static_cast<double>(i);
      out += text("\n<line x1='%.0f' x2='%.0f' y1='%.1f' y2='%.1f' stroke='%s' stroke-width='2'/>", right + 20,
                  right + 45, row, row, colour(i));
      out += text("<text x='%.0f' y='%.1f'>", right + 52, row + 4) + escaped(chart.curves[i].policy) + "</text>\n";
    }
    return out;
  }
};
