// expect: \[ashlar\] pipeline: Link<joint, stage, got, takes>: there is a stage behind a sink
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>

#include <vector>

int main() {
  const std::vector<int> sizes{1, 2, 3};
#ifdef FIXED
  ashlar::Pipeline job{ashlar::from(sizes), ashlar::transform([](int n) { return n; }), ashlar::sink([](int) {})};
#else
  ashlar::Pipeline job{ashlar::from(sizes), ashlar::sink([](int) {}), ashlar::transform([](int n) { return n; })};
#endif
  job.run();
}
