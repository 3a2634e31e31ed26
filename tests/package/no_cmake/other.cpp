// SPDX-License-Identifier: BSL-1.0
// A second file of the program that runs a pipeline.
#include <ashlar/pipeline.hpp>

#include <vector>

bool another_pipeline_runs();
bool another_pipeline_runs() {
  std::vector<int> doubled;
  ashlar::Pipeline doubling{ashlar::from(std::vector{1, 2, 3}), ashlar::transform<2>([](int n) { return 2 * n; }),
                            ashlar::ordered(), ashlar::sink<1>([&](int n) { doubled.push_back(n); })};
  doubling.run();
  return doubled == std::vector{2, 4, 6};
}
