// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/monitor/stats_node.hpp>

namespace ashlar::inline v0 {

namespace detail {

/// A number in the fewest digits; whole numbers without a point, `NaN`, `+Inf` and `-Inf` as Prometheus spells them.
inline void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    char text[32];
    const bool whole = std::abs(value) < 9e15 && value == std::floor(value);
    const std::to_chars_result end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value))
                                           : std::to_chars(text, text + sizeof text, value);
    out.append(text, end.ptr);
  }
}

/// The Prometheus text format, version 0.0.4, of one tree of statistics.
class PrometheusText {
 public:
  PrometheusText(const StatsNode& root, std::string_view prefix) {
    walk_stats(root, [&](const StatsNode& node, const std::string& path, std::size_t) {
      const std::string labels = labels_of(node, path);
      for (const Metric& metric : node.metrics) add(prefix, metric, labels);
      if (node.load_times) add_times(prefix, *node.load_times, labels);
    });
  }

  std::string text() const {
    std::string out;
    for (const Family& family : families_) {
      out += "# HELP " + family.name + ' ' + family.help + "\n# TYPE " + family.name + ' ';
      (out += family.type) += '\n';
      out += family.samples;
    }
    return out;
  }

 private:
  struct Family {
    std::string name;
    std::string help;
    std::string_view type;
    std::string samples;
  };

  // All samples of a name must stand together, whichever part they come from.
  Family& family(std::string name, std::string_view help, std::string_view type) {
    for (Family& one : families_) {
      if (one.name == name) return one;
    }
    return families_.emplace_back(Family{std::move(name), escaped(help, false), type, {}});
  }

  void add(std::string_view prefix, const Metric& metric, const std::string& labels) {
    const bool counter = metric.what.kind == MetricKind::counter;
    std::string name = named(prefix, metric.what.name);
    if (counter) name += "_total";
    Family& to = family(std::move(name), metric.what.help, counter ? "counter" : "gauge");
    to.samples += to.name + '{' + labels;
    if (!metric.what.label.empty()) {
      to.samples += ',' + named({}, metric.what.label) + "=\"" + escaped(metric.what.choice, true) + '"';
    }
    to.samples += "} ";
    append_number(to.samples, metric.value);
    to.samples += '\n';
  }

  // One bucket for every fourth power of two, from a microsecond to four minutes.
  void add_times(std::string_view prefix, const DurationCounts& times, const std::string& labels) {
    Family& to = family(named(prefix, "load_seconds"), "How long loader calls took.", "histogram");
    const std::uint64_t count = times.count();
    for (unsigned power = 10; power <= 38; power += 2) {
      const std::chrono::nanoseconds limit{std::int64_t{1} << power};
      sample(to, "_bucket", labels, std::chrono::duration<double>{limit}.count(),
             static_cast<double>(times.up_to(limit)));
    }
    sample(to, "_bucket", labels, HUGE_VAL, static_cast<double>(count));
    to.samples += to.name + "_sum{" + labels + "} ";
    append_number(to.samples, std::chrono::duration<double>{times.sum}.count());
    to.samples += '\n' + to.name + "_count{" + labels + "} ";
    append_number(to.samples, static_cast<double>(count));
    to.samples += '\n';
  }
  static void sample(Family& to, std::string_view suffix, const std::string& labels, double limit, double count) {
    (to.samples += to.name) += suffix;
    to.samples += '{' + labels + ",le=\"";
    append_number(to.samples, limit);
    to.samples += "\"} ";
    append_number(to.samples, count);
    to.samples += '\n';
  }

  static std::string labels_of(const StatsNode& node, const std::string& path) {
    return "part=\"" + escaped(path, true) + "\",kind=\"" + escaped(node.kind, true) + '"';
  }
  // What may not stand in a name becomes '_'.
  static std::string named(std::string_view prefix, std::string_view name) {
    std::string out{prefix};
    if (!prefix.empty()) out += '_';
    out += name;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const char c = out[i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      if (!letter && !(c >= '0' && c <= '9' && i > 0)) out[i] = '_';
    }
    return out;
  }
  static std::string escaped(std::string_view text, bool in_label) {
    std::string out;
    for (const char c : text) {
      if (c == '\\') {
        out += "\\\\";
      } else if (c == '\n') {
        out += "\\n";
      } else if (c == '"' && in_label) {
        out += "\\\"";
      } else {
        out += c;
      }
    }
    return out;
  }

  std::vector<Family> families_;
};

}  // namespace detail

/// Statistics in the text format of Prometheus, version 0.0.4 (serve it as `text/plain; version=0.0.4`): families
/// `<prefix>_<metric>`, counters with `_total`, load times as the histogram `<prefix>_load_seconds`; every sample has
/// the labels `part` (the path, such as "cache/lower/upper") and `kind` (the type).
inline std::string prometheus_text(const StatsNode& stats, std::string_view prefix = "ashlar_cache") {
  return detail::PrometheusText{stats, prefix}.text();
}

}  // namespace ashlar::inline v0
