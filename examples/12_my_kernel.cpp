// SPDX-License-Identifier: BSL-1.0
// A kernel of your own: written once with Highway, compiled for every instruction set, chosen at start-up with ashlar's.
#include <cstdio>
#include <string_view>

#include <ashlar/simd/kernel.hpp>
#include <ashlar/simd/own_kernels.hpp>
#include <ashlar/simd/target.hpp>

// Part 1, seen once: the scalar twin, and the kernel that begins as it. In a larger program this is a header.
#ifndef MY_KERNEL_DECLARED
#define MY_KERNEL_DECLARED

std::size_t count_spaces_scalar(const char* text, std::size_t size) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < size; ++i) count += text[i] == ' ' ? 1 : 0;
  return count;
}

constinit ashlar::Kernel<std::size_t(const char*, std::size_t)> count_spaces{&count_spaces_scalar};

#endif

// Part 2, compiled once for each instruction set: Highway includes this file again and again.
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL 1  // lets Highway 1.0.3 compile with -march=native
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE __BASE_FILE__  // "my_kernel.cpp" where its folder is on the include path
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace HWY_NAMESPACE {

std::size_t count_spaces_simd(const char* text, std::size_t size) noexcept {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<std::uint8_t> d;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    count += hn::CountTrue(d, hn::Eq(hn::LoadU(d, bytes + i), hn::Set(d, ' ')));
  }
  return count + count_spaces_scalar(text + i, size - i);
}

}  // namespace HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

namespace HWY_NAMESPACE {
const bool offered = ashlar::offer_kernels("my kernels", hwy::TargetName(HWY_TARGET), HWY_TARGET,
                                           []() noexcept { count_spaces.install(&count_spaces_simd); });
}  // namespace HWY_NAMESPACE

// Part 3, once again seen once: the choice, and the program.
#if HWY_ONCE

const bool started = ashlar::offer_kernels("my kernels", "scalar", 0, []() noexcept { count_spaces.reset(); }) &&
                     ashlar::start_kernels(hwy::SupportedTargets());

int main() {
  constexpr std::string_view text = "Stones dressed so exactly that they stand without mortar.";
  std::fprintf(stderr, "running on %s\n", ashlar::simd_target());
  std::printf("%zu spaces\n", count_spaces(text.data(), text.size()));
}

#endif
