// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/cache/monitor/stats_node.hpp>

namespace ashlar::inline v0 {

namespace detail {

/// A number with three digits and a letter for thousands: 999, 1.23 k, 45.6 M. `step` is 1000 or 1024.
inline std::string stats_number(double value, double step = 1000, std::string_view unit = {}) {
  constexpr std::array<std::string_view, 6> letters{"", "k", "M", "G", "T", "P"};
  std::size_t at = 0;
  while (value >= 999.5 && at + 1 < letters.size()) {
    value /= step;
    ++at;
  }
  char text[32];
  const bool whole = at == 0 && value == static_cast<double>(static_cast<long long>(value));
  std::snprintf(text, sizeof text, whole || value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f", value);
  std::string out = text;
  if (at > 0 || !unit.empty()) out += ' ';
  out += letters[at];
  return out += unit;
}
/// A duration with three digits and its unit.
inline std::string stats_time(std::chrono::nanoseconds time) {
  const auto ns = static_cast<double>(time.count());
  if (ns < 999.5) return stats_number(ns) + " ns";
  if (ns < 999.5e3) return stats_number(ns / 1e3) + " us";
  if (ns < 999.5e6) return stats_number(ns / 1e6) + " ms";
  return stats_number(ns / 1e9) + " s";
}

}  // namespace detail

/// Statistics as a table for people: a line for each part, indented by depth; '-' where a part does not count.
/// `entries`, `used` and `of` are what there is and may be (bytes where the tier weighs bytes), `packed` stored bytes by
/// bytes as objects.
inline std::string table_text(const StatsNode& stats) {
  namespace m = metrics;
  constexpr std::size_t columns = 13;
  constexpr std::array<std::string_view, columns> heads{"part", "kind",    "hits", "misses", "hit %",   "loads", "p50",
                                                        "p99",  "entries", "used", "of",     "evicted", "packed"};
  std::vector<std::array<std::string, columns>> rows;
  std::array<std::size_t, columns> widths{};
  const auto add = [&](std::array<std::string, columns> row) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
    rows.push_back(std::move(row));
  };
  std::array<std::string, columns> head;
  std::copy(heads.begin(), heads.end(), head.begin());
  add(head);
  detail::walk_stats(stats, [&](const StatsNode& node, const std::string&, std::size_t depth) {
    const auto number = [&](const MetricInfo& what) {
      const auto value = node.own(what);
      return value ? detail::stats_number(*value) : "-";
    };
    const auto filled = [&](const MetricInfo& in_bytes, const MetricInfo& in_units, const MetricInfo& in_entries) {
      if (const auto value = node.own(in_bytes)) return detail::stats_number(*value, 1024, "B");
      if (const auto value = node.own(in_units)) return detail::stats_number(*value);
      return number(in_entries);
    };
    const auto percent = [](std::optional<double> ratio) {
      char text[16] = "-";
      if (ratio) std::snprintf(text, sizeof text, "%.1f", 100 * *ratio);
      return std::string{text};
    };
    const bool timed = node.load_times && node.load_times->count() > 0;
    const auto quantile = [&](double q) {
      return timed ? detail::stats_time(node.load_times->quantile(q)) : std::string{"-"};
    };
    add({std::string(2 * depth, ' ') + node.name, node.kind, number(m::hits), number(m::misses),
         percent(node.hit_ratio()), number(m::loads), quantile(0.5), quantile(0.99), number(m::entries),
         filled(m::bytes, m::units, m::entries), filled(m::bytes_allowed, m::units_allowed, m::entries_allowed),
         number(m::evicted), percent(node.own(m::compression_ratio))});
  });
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      if (i > 0) line += "  ";
      line += i < 2 ? row[i] + gap : gap + row[i];
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace ashlar::inline v0
