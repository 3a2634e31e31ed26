// expect: \[ashlar\] pipeline: Link<joint, stage, got, takes>: the stage at this joint cannot be called
// expect: Link<2,.*Frame
// expect: \[ashlar\] pipeline: the joints named above do not fit
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/pipeline.hpp>

#include <vector>

struct Frame {
  int width = 0;
#ifdef FIXED
  Frame(const std::vector<unsigned char>&) {}
#endif
};

int main() {
  const std::vector<int> sizes{1, 2, 3};
  (ashlar::from(sizes) |
   ashlar::transform([](int n) { return std::vector<unsigned char>(static_cast<std::size_t>(n)); }) |
   ashlar::transform<16>([](Frame frame) { return frame.width; }) | ashlar::sink([](int) {
   })).run();
}
