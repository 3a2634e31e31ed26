// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>
#include <string>

#include <ashlar/core/detail/std_function.hpp>
#include <ashlar/pipeline/detail/engine_unit.hpp>
#include <ashlar/pipeline/run_options.hpp>

namespace ashlar::inline v0 {

namespace detail {
template <class Unit>
std::string progress_line_of(const Progress& progress);
template <class Unit>
bool progress_lines_show(const std::ostream& out) noexcept;
template <class Unit>
std::function<void(const Progress&)> progress_lines_on(std::ostream& out, bool always);
}  // namespace detail

/// One line of text for a state of a run: `1,234 / 8,000  15 %  812/s  ETA 0:08  2 failed`.
inline std::string to_line(const Progress& progress) { return detail::progress_line_of<detail::EngineUnit>(progress); }

/// Whether a standard stream writes to a terminal; false for every other stream.
inline bool is_terminal(const std::ostream& out) noexcept {
  return detail::progress_lines_show<detail::EngineUnit>(out);
}

/// A progress callback that keeps one line of a terminal up to date; silent where `out` is not a terminal (files,
/// pipes), unless `always`. `out` must outlive the run.
inline std::function<void(const Progress&)> progress_line(std::ostream& out, bool always = false) {
  return detail::progress_lines_on<detail::EngineUnit>(out, always);
}

}  // namespace ashlar::inline v0

#ifndef ASHLAR_DETAIL_ENGINE_IS_LINKED
#include <ashlar/pipeline/detail/progress_line_definition.hpp>
#endif
