// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <ashlar/pipeline/detail/program.hpp>
#include <ashlar/pipeline/run_options.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0::detail {

/// Where the engine is compiled: in every file that runs a pipeline, for which an include path is all it takes; or once,
/// in `ashlar/pipeline/engine.cpp`, which the CMake target links wherever it goes. A linker that misses a function of
/// this type was given a file that was compiled with the target, but not that unit; or compiled with another library
/// than the unit: `_GLIBCXX_DEBUG` and `_GLIBCXX_USE_CXX11_ABI` are for a whole project, before it finds ashlar.
struct AshlarPipelineEngineCpp;

/// Runs a program to its end; what `Pipeline::run` does that depends on no type. A template, because of these a file
/// may be told that they are compiled elsewhere, and the program keeps one definition whichever files are.
/// The name tells by its vector and by its string which library it was compiled with, since the engine holds both.
template <class Unit, class Words = std::string>
RunReport run_program(Program& program, const RunOptions& options, std::vector<StageSpec> stages);

}  // namespace ashlar::inline v0::detail

// The target says that it links the unit by a folder on the include path, so that it need not define anything.
// ThreadSanitizer must see all of a program, so what is compiled with it compiles its own.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASHLAR_DETAIL_THREAD_SANITIZER
#endif
#endif
#if !__has_include(<ashlar_links_its_engine.hpp>) || defined(__SANITIZE_THREAD__) || \
    defined(ASHLAR_DETAIL_THREAD_SANITIZER)
#include <ashlar/pipeline/detail/run_definition.hpp>
#else
#include <ashlar_links_its_engine.hpp>
#endif
