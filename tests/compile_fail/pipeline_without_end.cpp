// expect: \[ashlar\] pipeline: run\(\) needs an end
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>

#include <vector>

int main() {
  auto chain = ashlar::from(std::vector<int>{1}) | ashlar::transform([](int n) { return n; });
#ifdef FIXED
  (chain | ashlar::collect()).run();
#else
  chain.run();
#endif
}
