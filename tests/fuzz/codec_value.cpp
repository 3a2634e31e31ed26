// SPDX-License-Identifier: BSL-1.0
#include <fuzz/codec_targets.hpp>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  ashlar_test::fuzz_value(std::as_bytes(std::span{data, size}));
  return 0;
}
