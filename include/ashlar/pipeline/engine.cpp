// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline/detail/executor_definition.hpp>
#include <ashlar/pipeline/detail/progress_line_definition.hpp>
#include <ashlar/pipeline/detail/report_text_definition.hpp>
#include <ashlar/pipeline/detail/retry_definition.hpp>
#include <ashlar/pipeline/detail/run_definition.hpp>
#include <ashlar/pipeline/detail/timeline_definition.hpp>

namespace ashlar::inline v0 {

template void Executor::start<detail::EngineUnit>(unsigned);

namespace detail {

template RunReport run_program<EngineUnit>(Program&, const RunOptions&);
template bool retry_pause<EngineUnit>(const std::stop_token&, std::chrono::nanoseconds);
template std::string report_table_of<EngineUnit>(const RunReport&);
template std::string report_json_of<EngineUnit>(const RunReport&);
template std::string timeline_svg_of<EngineUnit>(const RunReport&);
template std::string timeline_page_of<EngineUnit>(const RunReport&);
template std::string progress_line_of<EngineUnit>(const Progress&);
template bool progress_lines_show<EngineUnit>(const std::ostream&) noexcept;
template std::function<void(const Progress&)> progress_lines_on<EngineUnit>(std::ostream&, bool);

}  // namespace detail

}  // namespace ashlar::inline v0
