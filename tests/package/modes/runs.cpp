// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>

#include <cstdint>
#include <vector>

std::uint64_t items();
std::uint64_t items() {
  ashlar::Pipeline three{ashlar::from(std::vector{1, 2, 3}), ashlar::sink<1>([](int) {})};
  return three.run().finished;
}
