// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <ashlar/pipeline/detail/engine_unit.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0 {

namespace detail {
template <class Unit>
std::string timeline_svg_of(const RunReport& report);
template <class Unit>
std::string timeline_page_of(const RunReport& report);
}  // namespace detail

/// What each thread did when, as one SVG picture: a row for each thread, a colour for each stage; where stages took
/// turns faster than the eye can follow, the heights are their shares. Threads that did nothing are left out. The
/// report must come from a run with `RunOptions::trace`.
inline std::string timeline_svg(const RunReport& report) { return detail::timeline_svg_of<detail::EngineUnit>(report); }

/// The report as a self-contained page: the timeline and the table.
inline std::string timeline_html(const RunReport& report) {
  return detail::timeline_page_of<detail::EngineUnit>(report);
}

}  // namespace ashlar::inline v0

#ifndef ASHLAR_DETAIL_ENGINE_IS_LINKED
#include <ashlar/pipeline/detail/timeline_definition.hpp>
#endif
