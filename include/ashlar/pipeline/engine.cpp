// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline/detail/run_definition.hpp>

namespace ashlar::inline v0::detail {

template RunReport run_program<AshlarPipelineEngineCpp>(Program&, const RunOptions&, std::vector<StageSpec>);

}  // namespace ashlar::inline v0::detail
