// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ashlar/cache/monitor/stats_node.hpp>
#include <ashlar/core/json/writer.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline void write_stats(JsonWriter& json, const StatsNode& node) {
  json.begin_object().member("name", node.name).member("kind", node.kind);
  for (const Metric& metric : node.metrics) {
    json.key(metric.what.key());
    if (std::abs(metric.value) < 9e15 && metric.value == std::floor(metric.value)) {
      json.value(static_cast<std::int64_t>(metric.value));
    } else {
      json.value(metric.value);
    }
  }
  if (const auto ratio = node.hit_ratio()) json.member("hit_ratio", *ratio);
  if (node.load_times && node.load_times->count() > 0) {
    const auto seconds = [](std::chrono::nanoseconds time) { return std::chrono::duration<double>{time}.count(); };
    json.key("load_seconds").begin_object();
    json.member("count", node.load_times->count()).member("mean", seconds(node.load_times->mean()));
    constexpr std::array<std::pair<std::string_view, double>, 4> quantiles{
        {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1.0}}};
    for (const auto& [name, q] : quantiles) json.member(name, seconds(node.load_times->quantile(q)));
    json.end_object();
  }
  if (!node.parts.empty()) {
    json.key("parts").begin_array();
    for (const StatsNode& part : node.parts) write_stats(json, part);
    json.end_array();
  }
  json.end_object();
}

}  // namespace detail

/// Statistics as JSON: for every part its name, kind, numbers by `MetricInfo::key()`, hit ratio, load times in seconds,
/// and its parts as an array. `indent` spaces per level; 0 writes one line.
inline std::string json_text(const StatsNode& stats, unsigned indent = 2) {
  std::string out;
  JsonWriter json{out, indent};
  detail::write_stats(json, stats);
  return out;
}

}  // namespace ashlar::inline v0
