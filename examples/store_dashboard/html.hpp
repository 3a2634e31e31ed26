// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dashboard.hpp"

/// `printf` into a string.
template <class... A>
std::string text_of(const char* format, A... arguments) {
  char text[512];
  std::snprintf(text, sizeof text, format, arguments...);
  return text;
}
inline std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

/// Charts as SVG, 640 pixels wide, without scripts.
struct Charts {
  static constexpr double width = 640;

  static std::string open(double height) {
    return text_of(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' font-family='sans-serif' "
        "font-size='12' fill='#334155'>\n",
        width, height);
  }
  static std::string label(double x, double y, std::string_view anchor, std::string_view text) {
    return text_of("<text x='%.1f' y='%.1f' text-anchor='%s'>", x, y, std::string{anchor}.c_str()) +
           html_escaped(text) + "</text>\n";
  }
  /// The next round number that is not below `value`, and can be halved twice.
  static double round_up(double value) {
    const double power = std::pow(10, std::floor(std::log10(std::max(value, 1e-9))));
    for (const double step : {1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 5.0, 6.0, 8.0}) {
      if (value <= step * power) return step * power;
    }
    return 10 * power;
  }
  static std::string euros(double amount) { return ashlar::detail::stats_number(amount) + " €"; }

  /// A line over days, with the area below it.
  static std::string by_day(const std::vector<double>& values, std::int32_t first) {
    constexpr double height = 260, left = 64, right = 16, top = 12, bottom = 32;
    const double most = round_up(*std::max_element(values.begin(), values.end()));
    const auto x = [&](std::size_t i) {
      return left + (width - left - right) * static_cast<double>(i) /
                        static_cast<double>(std::max<std::size_t>(values.size() - 1, 1));
    };
    const auto y = [&](double value) { return top + (height - top - bottom) * (1 - value / most); };
    std::string svg = open(height);
    for (int i = 0; i <= 4; ++i) {
      const double value = most * i / 4;
      svg += text_of("<line x1='%.0f' x2='%.0f' y1='%.1f' y2='%.1f' stroke='#e2e8f0'/>\n", left, width - right,
                     y(value), y(value));
      svg += label(left - 8, y(value) + 4, "end", euros(value));
    }
    std::string line;
    for (std::size_t i = 0; i < values.size(); ++i) line += text_of("%.1f,%.1f ", x(i), y(values[i]));
    svg += text_of("<polygon fill='#bfdbfe' fill-opacity='0.6' points='%.1f,%.1f ", x(0), y(0)) + line +
           text_of("%.1f,%.1f'/>\n", x(values.size() - 1), y(0));
    svg += "<polyline fill='none' stroke='#2563eb' stroke-width='2' points='" + line + "'/>\n";
    const std::size_t marks = std::min<std::size_t>(values.size(), 5);
    for (std::size_t i = 0; i < marks; ++i) {
      const std::size_t day = marks < 2 ? 0 : i * (values.size() - 1) / (marks - 1);
      svg += label(x(day), height - 10,
                   i == 0           ? "start"
                   : i + 1 == marks ? "end"
                                    : "middle",
                   date_text(first + static_cast<std::int32_t>(day)));
    }
    return svg + "</svg>\n";
  }

  struct Bar {
    std::string name;
    double value = 0;
    std::string text;
    std::string_view colour = "#2563eb";
  };
  /// Horizontal bars of `most` at full length.
  static std::string bars(const std::vector<Bar>& all, double most, double names = 110) {
    constexpr double row = 24, texts = 150;
    std::string svg = open(row * static_cast<double>(all.size()) + 8);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double y = 4 + row * static_cast<double>(i);
      const double full = width - names - texts;
      const double length = most > 0 ? full * std::min(all[i].value / most, 1.0) : 0;
      svg += label(names - 8, y + 16, "end", all[i].name);
      svg += text_of("<rect x='%.0f' y='%.1f' width='%.1f' height='16' rx='3' fill='#f1f5f9'/>\n", names, y + 4, full);
      svg += text_of("<rect x='%.0f' y='%.1f' width='%.1f' height='16' rx='3' fill='%s'/>\n", names, y + 4,
                     std::max(length, 1.0), std::string{all[i].colour}.c_str());
      svg += label(names + full + 8, y + 16, "start", all[i].text);
    }
    return svg + "</svg>\n";
  }

  /// How many durations fall into each power of two, on a scale of powers of ten upwards.
  static std::string durations(const ashlar::DurationCounts& counts) {
    constexpr double height = 240, left = 64, right = 16, top = 12, bottom = 32;
    std::vector<std::pair<unsigned, double>> octaves;
    std::uint64_t before = 0;
    for (unsigned power = 4; power <= 40; ++power) {
      const std::uint64_t now = counts.up_to(std::chrono::nanoseconds{std::int64_t{1} << power});
      if (now > before || !octaves.empty()) octaves.emplace_back(power, static_cast<double>(now - before));
      before = now;
    }
    while (!octaves.empty() && octaves.back().second == 0) octaves.pop_back();
    double most = 10;
    for (const auto& octave : octaves) most = std::max(most, octave.second);
    const double decades = std::ceil(std::log10(most));
    const auto y = [&](double count) {
      return top + (height - top - bottom) * (1 - (count < 1 ? 0 : (std::log10(count) + 0.1) / (decades + 0.1)));
    };
    std::string svg = open(height);
    for (double decade = 0; decade <= decades; ++decade) {
      const double at = y(std::pow(10, decade));
      svg += text_of("<line x1='%.0f' x2='%.0f' y1='%.1f' y2='%.1f' stroke='#e2e8f0'/>\n", left, width - right, at, at);
      svg += label(left - 8, at + 4, "end", ashlar::detail::stats_number(std::pow(10, decade)));
    }
    const double step = (width - left - right) / static_cast<double>(std::max<std::size_t>(octaves.size(), 1));
    for (std::size_t i = 0; i < octaves.size(); ++i) {
      const auto& [power, count] = octaves[i];
      const double x = left + step * static_cast<double>(i);
      svg += text_of("<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='#0d9488'/>\n", x + 2, y(count), step - 4,
                     y(0) - y(count));
      if (i % std::max<std::size_t>((octaves.size() + 5) / 6, 1) == 0) {
        const std::chrono::nanoseconds limit{std::int64_t{1} << power};
        svg += label(x + step / 2, height - 10, "middle", "≤ " + ashlar::detail::stats_time(limit));
      }
    }
    return svg + "</svg>\n";
  }
};

/// One line of the comparison: what it is, document's figure, ours, and how many times better.
struct Figure {
  std::string name;
  std::string theirs;
  std::string ours;
  double factor = 0;
  double wanted = 0;
};

/// The report: one file that needs nothing else.
class HtmlReport {
 public:
  HtmlReport& section(std::string_view title, std::string_view note, std::string content, bool wide = false) {
    body_ += std::string{wide ? "<section class='wide'>" : "<section>"} + "<h2>" + html_escaped(title) + "</h2><p>" +
             html_escaped(note) + "</p>\n" + std::move(content) + "</section>\n";
    return *this;
  }
  static std::string preformatted(std::string_view text) { return "<pre>" + html_escaped(text) + "</pre>\n"; }
  static std::string list(const std::vector<std::string>& lines, std::size_t most) {
    std::string out = "<ul>";
    for (std::size_t i = 0; i < std::min(lines.size(), most); ++i) out += "<li>" + html_escaped(lines[i]) + "</li>";
    if (lines.size() > most) out += text_of("<li>and %zu more</li>", lines.size() - most);
    return out + (lines.empty() ? "<li>nothing to report</li></ul>\n" : "</ul>\n");
  }
  static std::string tiles(const std::vector<std::pair<std::string, std::string>>& all) {
    std::string out = "<div class='tiles'>";
    for (const auto& [value, name] : all) {
      out += "<div><b>" + html_escaped(value) + "</b><span>" + html_escaped(name) + "</span></div>";
    }
    return out + "</div>\n";
  }
  static std::string table(const std::vector<Figure>& figures) {
    std::string out = "<table><tr><th>figure</th><th>document</th><th>here</th><th>better by</th></tr>\n";
    for (const Figure& figure : figures) {
      out += "<tr><td>" + html_escaped(figure.name) + "</td><td>" + html_escaped(figure.theirs) + "</td><td>" +
             html_escaped(figure.ours) + "</td><td class='" + (figure.factor >= figure.wanted ? "good" : "bad") + "'>" +
             ashlar::detail::stats_number(figure.factor) + " ×</td></tr>\n";
    }
    return out + "</table>\n";
  }

  void write(const std::string& file, std::string_view title) const {
    std::ofstream out{file, std::ios::binary};
    out << "<!doctype html>\n<html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        << "<title>" << title << "</title>\n<style>\n"
        << "body{font:15px/1.5 sans-serif;color:#0f172a;background:#f8fafc;margin:0 "
           "auto;max-width:1400px;padding:16px}\n"
        << "main{display:flex;flex-wrap:wrap;gap:16px}\n"
        << "section{background:#fff;border:1px solid #e2e8f0;border-radius:8px;padding:12px 16px;box-sizing:border-box;"
        << "flex:1 1 620px;min-width:0;overflow-x:auto}\n"
        << "h1{font-size:24px;margin:8px 0 16px}h2{font-size:17px;margin:0}p{margin:2px 0 10px;color:#64748b}\n"
        << "svg{width:100%;height:auto;display:block}pre{font-size:12px;margin:0;overflow-x:auto}\n"
        << "ul{margin:0;padding-left:20px}table{border-collapse:collapse;width:100%}\n"
        << "td,th{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #e2e8f0}\n"
        << ".wide{flex-basis:100%}.good{color:#15803d;font-weight:bold}.bad{color:#b91c1c;font-weight:bold}\n"
        << ".tiles{display:flex;flex-wrap:wrap;gap:24px}.tiles b{display:block;font-size:24px}"
        << ".tiles span{color:#64748b}\n"
        << "</style>\n<h1>" << title << "</h1>\n<main>\n"
        << body_ << "</main></html>\n";
    if (!out.flush()) throw std::runtime_error{file + ": cannot be written"};
  }

 private:
  std::string body_;
};
