// SPDX-License-Identifier: BSL-1.0
// Links ashlar only by way of a static library.
#include <ashlar/ashlar.hpp>
#include <ashlar/simd.hpp>
#include <iostream>
#include <string_view>

#include "machine.hpp"

const char* target_in_a_static();

int main() {
  const std::string_view target = target_in_a_static();
  std::cout << target << '\n';
  if (target != ashlar::simd_target()) {
    return 1;
  }
  return target != "scalar" || !machine_has_simd() ? 0 : 2;
}
