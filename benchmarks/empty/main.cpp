// SPDX-License-Identifier: BSL-1.0
// The pattern of a benchmark: what does measuring nothing cost?
#include <support/bench.hpp>

int main(int argc, char** argv) {
  bench::Report report{"empty", argc, argv};
  constexpr int calls = 1'000'000;
  const auto nothing = [&] {
    return bench::seconds([&] {
             for (int i = 0; i < calls; ++i) bench::keep(i);
           }) *
           1e9 / calls;
  };
  report.run("loop", "time", "ns/op",
             {{"keep", nothing, bench::Bar{"the same again", "<=1.5"}}, {"the same again", nothing}});
  report.skipped("loop", "a rival that is not installed");
}
