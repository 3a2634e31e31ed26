// SPDX-License-Identifier: BSL-1.0
// Items flow through stages that work at the same time; the compiler checks that the stages fit.
#include <ashlar/pipeline.hpp>

#include <cstdio>
#include <string>
#include <vector>

int main() {
  const std::vector<std::string> lines{"3 4", "10 -2", "seven", "8 8"};

  const auto parse = [](const std::string& line) -> ashlar::Result<int> {
    int a = 0;
    int b = 0;
    if (std::sscanf(line.c_str(), "%d %d", &a, &b) == 2) return a * b;
    return ashlar::Error{ashlar::ErrorCode::invalid_argument, "'" + line + "' is not two numbers"};
  };

  ashlar::Pipeline products{ashlar::from(lines), ashlar::transform<4>(parse).named("parse"), ashlar::collect()};
  const auto [report, values] = products.run({.on_error = ashlar::OnError::collect});

  for (const int value : values) std::printf("%d\n", value);
  for (const ashlar::Failure& failure : report.failures) {
    std::printf("line %llu failed in %s: %s\n", static_cast<unsigned long long>(failure.item + 1),
                failure.stage_name.c_str(), failure.reason.c_str());
  }
  std::printf("%llu of %llu finished\n", static_cast<unsigned long long>(report.finished),
              static_cast<unsigned long long>(report.pulled));
}
