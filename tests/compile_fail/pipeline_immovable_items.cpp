// expect: \[ashlar\] pipeline: items must be movable objects
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>

#include <memory>
#include <vector>

struct Heavy {
  Heavy() = default;
  Heavy(Heavy&&) = delete;
};

int main() {
#ifdef FIXED
  auto make = [](int) { return std::make_unique<Heavy>(); };
  auto end = [](const std::unique_ptr<Heavy>&) {};
#else
  auto make = [](int) { return Heavy{}; };
  auto end = [](const Heavy&) {};
#endif
  (ashlar::from(std::vector<int>{1}) | ashlar::transform(make) | ashlar::sink(end)).run();
}
