// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace ashlar::inline v0::detail {

/// Where the engine is compiled: in every file that runs a pipeline, for which an include path is all it takes; or once,
/// in `ashlar/pipeline/engine.cpp`, which the CMake target links wherever it goes. What is compiled there are templates
/// with `EngineUnit` as an argument: a file need not see their definitions, and a program keeps one of each whichever
/// files do. A linker that misses one of them was given a file that was compiled with the target, but not that unit; or
/// compiled with another library than the unit: `_GLIBCXX_DEBUG` and `_GLIBCXX_USE_CXX11_ABI` are for a whole project,
/// before it finds ashlar. The name tells by its vector and by its string which library it was compiled with, since the
/// engine holds both.
template <class Words, class Numbers>
struct AshlarPipelineEngineCpp;
using EngineUnit = AshlarPipelineEngineCpp<std::string, std::vector<int>>;

}  // namespace ashlar::inline v0::detail

// The target says that it links the unit by a folder on the include path, so that it need not define anything.
// ThreadSanitizer must see all of a program, so what is compiled with it compiles its own.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASHLAR_DETAIL_THREAD_SANITIZER
#endif
#endif
#if __has_include(<ashlar_links_its_engine.hpp>) && !defined(__SANITIZE_THREAD__) && \
    !defined(ASHLAR_DETAIL_THREAD_SANITIZER)
#define ASHLAR_DETAIL_ENGINE_IS_LINKED
#endif
