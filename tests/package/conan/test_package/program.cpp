// SPDX-License-Identifier: BSL-1.0
#include <ashlar/ashlar.hpp>
#include <ashlar/simd.hpp>
#include <iostream>
#include <string_view>

#include "../../consumer/machine.hpp"

int main() {
  std::cout << ashlar::simd_target() << '\n';
  return ashlar::simd_target() != std::string_view{"scalar"} || !machine_has_simd() ? 0 : 1;
}
