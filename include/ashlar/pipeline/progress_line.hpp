// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>

#include <unistd.h>

#include <ashlar/pipeline/run_options.hpp>

namespace ashlar::inline v0 {

/// One line of text for a state of a run: `1,234 / 8,000  15 %  812/s  ETA 0:08  2 failed`.
inline std::string to_line(const Progress& progress) {
  const auto grouped = [](std::uint64_t n) {
    std::string digits = std::to_string(n);
    for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, ",");
    return digits;
  };
  const auto clock = [](double seconds) {
    const auto s = static_cast<std::uint64_t>(seconds + 0.5);
    char text[32];
    if (s >= 3600) {
      std::snprintf(text, sizeof text, "%llu:%02u:%02u", static_cast<unsigned long long>(s / 3600),
                    static_cast<unsigned>(s / 60 % 60), static_cast<unsigned>(s % 60));
    } else {
      std::snprintf(text, sizeof text, "%u:%02u", static_cast<unsigned>(s / 60), static_cast<unsigned>(s % 60));
    }
    return std::string{text};
  };
  std::string line = grouped(progress.finished);
  if (progress.total != 0) {
    line += " / " + grouped(progress.total) + "  " + std::to_string(progress.finished * 100 / progress.total) + " %";
  }
  char rate[32];
  std::snprintf(rate, sizeof rate, progress.rate() < 10 ? "  %.1f/s" : "  %.0f/s", progress.rate());
  line += rate;
  const double eta = progress.eta().count();
  if (progress.last) {
    line += "  in " + clock(std::chrono::duration<double>(progress.elapsed).count());
  } else if (eta >= 0) {
    line += "  ETA " + clock(eta);
  }
  if (progress.failed != 0) line += "  " + grouped(progress.failed) + " failed";
  return line;
}

/// Whether a standard stream writes to a terminal; false for every other stream.
inline bool is_terminal(const std::ostream& out) noexcept {
  if (&out == &std::cout) return ::isatty(1) == 1;
  if (&out == &std::cerr || &out == &std::clog) return ::isatty(2) == 1;
  return false;
}

/// A progress callback that keeps one line of a terminal up to date; silent where `out` is not a terminal (files,
/// pipes), unless `always`. `out` must outlive the run.
inline std::function<void(const Progress&)> progress_line(std::ostream& out, bool always = false) {
  if (!always && !is_terminal(out)) return {};
  return [&out](const Progress& progress) {
    out << '\r' << to_line(progress) << "\x1b[K";
    if (progress.last) out << '\n';
    out.flush();
  };
}

}  // namespace ashlar::inline v0
