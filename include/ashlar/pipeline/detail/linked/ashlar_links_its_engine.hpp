// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <ashlar/pipeline/detail/run.hpp>

namespace ashlar::inline v0::detail {

extern template RunReport run_program<AshlarPipelineEngineCpp>(Program&, const RunOptions&, std::vector<StageSpec>);

}  // namespace ashlar::inline v0::detail
