// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>

#include <unistd.h>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/core/detail/std_function.hpp>
#include <ashlar/pipeline/progress_line.hpp>
#include <ashlar/pipeline/run_options.hpp>

namespace ashlar::inline v0::detail {

template <class Unit>
[[gnu::cold]] std::string progress_line_of(const Progress& progress) {
  const auto grouped = [](std::uint64_t n) {
    std::string digits = std::to_string(n);
    for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, 1, ',');
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

template <class Unit>
[[gnu::cold]] bool progress_lines_show(const std::ostream& out) noexcept {
  if (&out == &std::cout) return ::isatty(1) == 1;
  if (&out == &std::cerr || &out == &std::clog) return ::isatty(2) == 1;
  return false;
}

template <class Unit>
[[gnu::cold]] std::function<void(const Progress&)> progress_lines_on(std::ostream& out, bool always) {
  if (!always && !progress_lines_show<Unit>(out)) return {};
  return [&out](const Progress& progress) {
    out << '\r' << progress_line_of<Unit>(progress) << "\x1b[K";
    if (progress.last) out << '\n';
    out.flush();
  };
}

}  // namespace ashlar::inline v0::detail
