// SPDX-License-Identifier: BSL-1.0
// A Highway kernel of your own as a stage: rows of numbers are scaled where they lie, on every core.
#include <cstdio>
#include <numeric>
#include <span>
#include <vector>

#include <ashlar/pipeline.hpp>
#include <ashlar/simd/kernel.hpp>
#include <ashlar/simd/own_kernels.hpp>

// Part 1, seen once: the scalar twin, and the kernel that begins as it.
#ifndef SCALE_DECLARED
#define SCALE_DECLARED
void scale_scalar(float* row, std::size_t size, float by) noexcept {
  for (std::size_t i = 0; i < size; ++i) row[i] *= by;
}
constinit ashlar::Kernel<void(float*, std::size_t, float)> scale{&scale_scalar};
#endif

// Part 2, compiled once for each instruction set.
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL 1  // lets Highway 1.0.3 compile with -march=native
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE __BASE_FILE__
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace HWY_NAMESPACE {
void scale_simd(float* row, std::size_t size, float by) noexcept {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    hn::StoreU(hn::Mul(hn::LoadU(d, row + i), hn::Set(d, by)), d, row + i);
  }
  scale_scalar(row + i, size - i, by);
}
}  // namespace HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
namespace HWY_NAMESPACE {
const bool offered = ashlar::offer_kernels("scale", hwy::TargetName(HWY_TARGET), HWY_TARGET,
                                           []() noexcept { scale.install(&scale_simd); });
}  // namespace HWY_NAMESPACE

// Part 3, seen once: the choice, and the pipeline.
#if HWY_ONCE
const bool started = ashlar::offer_kernels("scale", "scalar", 0, []() noexcept { scale.reset(); }) &&
                     ashlar::start_kernels(hwy::SupportedTargets());

int main() {
  std::vector<std::vector<float>> rows(100, std::vector<float>(1001, 1.0F));
  const std::vector<std::span<float>> views(rows.begin(), rows.end());
  ashlar::Pipeline scaled{
      ashlar::from(views),
      ashlar::simd_transform([](std::span<float> row) { scale(row.data(), row.size(), 0.5F); }).named("scale"),
      ashlar::transform([](std::span<float> row) { return std::accumulate(row.begin(), row.end(), 0.0F); }),
      ashlar::collect()};
  const auto [report, sums] = scaled.run();
  std::printf("%zu rows, the first sums to %.1f\n", sums.size(), static_cast<double>(sums.front()));
}
#endif
