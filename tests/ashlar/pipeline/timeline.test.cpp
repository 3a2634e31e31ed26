// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("a traced run becomes a picture with a row for each thread and a name for each stage") {
  const std::vector<int> input(40, 1);
  auto report = (ashlar::from(input) |
                 ashlar::transform<2>([](int i) {
                   std::this_thread::sleep_for(200us);
                   return i;
                 })
                     .named("<wait>")
                     .blocking() |
                 ashlar::sink([](int) {
                 })).run({.workers = 2, .trace = true});
  CHECK_FALSE(report.spans.empty());
  std::uint64_t waited = 0;
  for (const ashlar::Span& span : report.spans) {
    CHECK(span.start <= span.end);
    if (span.stage == 1) waited += span.items;
  }
  CHECK(waited == 40);
  const std::string svg = ashlar::timeline_svg(report);
  CHECK(svg.find("&lt;wait&gt;") == std::string::npos);
  CHECK(svg.find("&lt;wait>") != std::string::npos);
  CHECK(svg.find("thread 2") != std::string::npos);
  const std::string page = ashlar::timeline_html(report);
  CHECK(page.find("<svg") != std::string::npos);
  CHECK(page.find("</html>") != std::string::npos);
  CHECK(ashlar::timeline_svg(ashlar::RunReport{}).find("</svg>") != std::string::npos);
}
