// SPDX-License-Identifier: BSL-1.0
// Says which target the kernels run on, and fails where that is not the one in argv[1]: "scalar" or "best".
#include <ashlar/pipeline.hpp>
#include <ashlar/simd.hpp>
#include <iostream>
#include <span>
#include <string_view>
#include <vector>

#include "../consumer/machine.hpp"

bool another_pipeline_runs();
bool the_rest_of_the_engine_runs();

int main(int argc, char** argv) {
  const std::string_view target = ashlar::simd_target();
  std::cout << target << '\n';
  if (ashlar::crc32c(std::as_bytes(std::span{"123456789", 9})) != 0xE3069283U) {
    return 1;
  }
  if (argc != 2) {
    return 2;
  }
  ashlar::Pipeline counting{ashlar::from(std::vector{1, 2, 3}), ashlar::sink<2>([](int) {})};
  if (counting.run().finished != 3 || !another_pipeline_runs()) {
    return 5;
  }
  if (!the_rest_of_the_engine_runs()) {
    return 6;
  }
  if (argv[1] == std::string_view{"scalar"}) {
    return target == "scalar" ? 0 : 3;
  }
  return target != "scalar" || !machine_has_simd() ? 0 : 4;
}
