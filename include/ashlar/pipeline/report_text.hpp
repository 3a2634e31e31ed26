// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <ashlar/pipeline/detail/engine_unit.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0 {

namespace detail {
template <class Unit>
std::string report_table_of(const RunReport& report);
template <class Unit>
std::string report_json_of(const RunReport& report);
}  // namespace detail

/// The report as a table for people: a line of totals, a row for each stage, the bottleneck, the first failures.
inline std::string to_table(const RunReport& report) { return detail::report_table_of<detail::EngineUnit>(report); }

/// The report as one JSON object; times in milliseconds.
inline std::string to_json(const RunReport& report) { return detail::report_json_of<detail::EngineUnit>(report); }

}  // namespace ashlar::inline v0

#ifndef ASHLAR_DETAIL_ENGINE_IS_LINKED
#include <ashlar/pipeline/detail/report_text_definition.hpp>
#endif
