// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/pipeline/detail/engine_unit.hpp>
#include <ashlar/pipeline/detail/program.hpp>
#include <ashlar/pipeline/run_options.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0::detail {

/// Runs a program to its end; what `Pipeline::run` does that depends on no type.
template <class Unit>
RunReport run_program(Program& program, const RunOptions& options);

}  // namespace ashlar::inline v0::detail

#ifndef ASHLAR_DETAIL_ENGINE_IS_LINKED
#include <ashlar/pipeline/detail/run_definition.hpp>
#endif
