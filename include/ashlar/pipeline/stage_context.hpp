// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stop_token>

namespace ashlar::inline v0 {

/// What a stage is told with every item, besides the item.
struct StageContext {
  std::stop_token stop;   ///< triggered when the run is to end early, for whatever reason
  unsigned worker = 0;    ///< the thread's number in this run, dense from 0
  unsigned retries = 0;   ///< calls a stage repeated; added to its row of the report
  bool diverted = false;  ///< the failure just thrown was dealt with and must not stop the run
};

}  // namespace ashlar::inline v0
