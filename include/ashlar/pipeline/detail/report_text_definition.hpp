// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/report_text.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0::detail {

template <class... Args>
std::string print(const char* format, Args... args) {
  char text[256];
  const int n = std::snprintf(text, sizeof text, format, args...);
  return {text, static_cast<std::size_t>(n < 0 ? 0 : n > 255 ? 255 : n)};
}
inline double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}
inline std::string short_time(std::chrono::nanoseconds time) {
  const auto ns = static_cast<double>(time.count());
  if (ns < 1e3) return print("%.0f ns", ns);
  if (ns < 1e6) return print("%.3g us", ns / 1e3);
  if (ns < 1e9) return print("%.3g ms", ns / 1e6);
  return print("%.3g s", ns / 1e9);
}
inline const char* name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::finished: return "finished";
    case Outcome::stopped: return "stopped";
    case Outcome::timed_out: return "timed out";
  }
  return "";
}
inline std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += print("\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out += '"';
}

template <class Unit>
[[gnu::cold]] std::string report_table_of(const RunReport& report) {
  std::string out =
      print("%s: %llu items in %s (%.0f/s), %llu failed, %llu cancelled, %zu of %zu workers\n", name_of(report.outcome),
            static_cast<unsigned long long>(report.finished), short_time(report.wall).c_str(), report.rate(),
            static_cast<unsigned long long>(report.failed), static_cast<unsigned long long>(report.cancelled),
            report.workers_chosen, report.workers);
  out += print("%-14s %6s %10s %8s %10s %6s %10s %10s %9s %9s %7s\n", "stage", "limit", "items", "failed", "busy",
               "use", "waiting", "blocked", "p50", "p99", "queue");
  for (const StageReport& stage : report.stages) {
    std::string limit = stage.limit == 0 ? "any" : std::to_string(stage.limit) + (stage.blocking ? "b" : "");
    if (stage.chosen != stage.limit) limit = std::to_string(stage.chosen) + "/" + limit;
    out += print("%-14.14s %6s %10llu %8llu %10s %5.0f%% %10s %10s %9s %9s %7zu\n", stage.name.c_str(), limit.c_str(),
                 static_cast<unsigned long long>(stage.items), static_cast<unsigned long long>(stage.failed),
                 short_time(stage.busy).c_str(), 100 * report.utilisation(stage), short_time(stage.waiting).c_str(),
                 short_time(stage.blocked).c_str(), short_time(stage.p50).c_str(), short_time(stage.p99).c_str(),
                 stage.deepest_queue);
  }
  if (report.blocked.count() > 0) {
    out += "the source was held back for " + short_time(report.blocked) + " by the limits of the run\n";
  }
  if (const StageReport* worst = report.bottleneck()) {
    out += "bottleneck: " + worst->name + print(", busy %.0f %% of its limit", 100 * report.utilisation(*worst)) + "\n";
  }
  for (std::size_t i = 0; i < 5 && i < report.failures.size(); ++i) {
    const Failure& failure = report.failures[i];
    out += "failed: item " + std::to_string(failure.item) + " in " + failure.stage_name + ": " + failure.reason + "\n";
  }
  return out;
}

template <class Unit>
[[gnu::cold]] std::string report_json_of(const RunReport& report) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string out =
      "{\"outcome\":" + json_string(name_of(report.outcome)) + ",\"pulled\":" + number(report.pulled) +
      ",\"finished\":" + number(report.finished) + ",\"failed\":" + number(report.failed) +
      ",\"cancelled\":" + number(report.cancelled) +
      print(",\"wall_ms\":%.3f,\"blocked_ms\":%.3f", milliseconds(report.wall), milliseconds(report.blocked)) +
      ",\"workers\":" + number(report.workers) + ",\"workers_chosen\":" + number(report.workers_chosen) +
      ",\"in_flight_chosen\":" + number(report.in_flight_chosen) +
      ",\"most_in_flight\":" + number(report.most_in_flight) + ",\"most_bytes\":" + number(report.most_bytes);
  if (const StageReport* worst = report.bottleneck()) out += ",\"bottleneck\":" + json_string(worst->name);
  out += ",\"stages\":[";
  for (const StageReport& stage : report.stages) {
    if (&stage != report.stages.data()) out += ',';
    out +=
        "{\"name\":" + json_string(stage.name) + ",\"limit\":" + number(stage.limit) +
        ",\"chosen\":" + number(stage.chosen) + (stage.blocking ? ",\"blocking\":true" : ",\"blocking\":false") +
        ",\"items\":" + number(stage.items) + ",\"out\":" + number(stage.out) + ",\"failed\":" + number(stage.failed) +
        ",\"cancelled\":" + number(stage.cancelled) + ",\"retries\":" + number(stage.retries) +
        ",\"bytes\":" + number(stage.bytes) +
        print(
            ",\"busy_ms\":%.3f,\"waiting_ms\":%.3f,\"blocked_ms\":%.3f,\"p50_ms\":%.6f,\"p99_ms\":%.6f,\"utilisation\":"
            "%.4f",
            milliseconds(stage.busy), milliseconds(stage.waiting), milliseconds(stage.blocked), milliseconds(stage.p50),
            milliseconds(stage.p99), report.utilisation(stage)) +
        ",\"deepest_queue\":" + number(stage.deepest_queue) + "}";
  }
  out += "],\"failures\":[";
  for (const Failure& failure : report.failures) {
    if (&failure != report.failures.data()) out += ',';
    out += "{\"item\":" + number(failure.item) + ",\"stage\":" + number(failure.stage) +
           ",\"stage_name\":" + json_string(failure.stage_name) + ",\"reason\":" + json_string(failure.reason) + "}";
  }
  return out += "]}";
}

}  // namespace ashlar::inline v0::detail
