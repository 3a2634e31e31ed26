// SPDX-License-Identifier: BSL-1.0
// Links ashlar itself, by way of a static library and by way of a shared one.
#include <ashlar/ashlar.hpp>
#include <ashlar/simd.hpp>
#include <iostream>
#include <span>
#include <string_view>

#include "machine.hpp"

const char* target_in_a_static();
const char* target_in_a_shared();

int main() {
  const std::string_view target = ashlar::simd_target();
  std::cout << target << '\n';
  if (target != target_in_a_static() || target != target_in_a_shared()) {
    return 1;
  }
  if (target == "scalar" && machine_has_simd()) {
    return 2;
  }
  return ashlar::crc32c(std::as_bytes(std::span{"123456789", 9})) == 0xE3069283U ? 0 : 3;
}
