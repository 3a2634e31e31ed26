// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>
#include <ashlar/simd.hpp>

#include <cstdint>
#include <vector>

#if !__has_include(<ashlar_links_its_engine.hpp>)
#error "the target does not say that it links the engine"
#endif

const char* target_in_a_static();
const char* target_in_a_static() { return ashlar::simd_target(); }

std::uint64_t items_in_a_static();
std::uint64_t items_in_a_static() {
  ashlar::Pipeline nothing{ashlar::from(std::vector{1, 2, 3}), ashlar::sink<1>([](int) {})};
  return nothing.run().finished;
}
