// expect: \[ashlar\] pipeline: run\(\) needs a source first
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>

#include <vector>

int main() {
  auto chain = ashlar::transform([](int n) { return n; }) | ashlar::sink([](int) {});
#ifdef FIXED
  (ashlar::from(std::vector<int>{1}) | chain).run();
#else
  chain.run();
#endif
}
