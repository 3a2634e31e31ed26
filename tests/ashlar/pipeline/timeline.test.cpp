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

TEST_CASE("stages that take turns faster than the eye can follow are shown with their shares") {
  ashlar::RunReport report;
  report.wall = 100ms;
  report.workers = 1;
  report.stages.resize(3);
  for (int i = 0; i < 10'000; ++i) {  // 10 us each: half, a quarter, and nothing for a quarter
    const auto begin = i * 10us;
    report.spans.push_back({0, 0, begin, begin + 5us, 1});
    report.spans.push_back({0, 1, begin + 5us, begin + 7500ns, 1});
  }
  const std::string dense = ashlar::timeline_svg(report);
  CHECK(dense.find(R"(y="37" width="1000" height="11" fill="#8c8c8c")") != std::string::npos);
  CHECK(dense.find(R"(y="31" width="1000" height="6" fill="#4477aa")") != std::string::npos);
  CHECK(dense.size() < 4000);

  report.spans = {{0, 2, 20ms, 40ms, 1}};
  CHECK(ashlar::timeline_svg(report).find(R"(x="290" y="26" width="200" height="22" fill="#ee6677")") !=
        std::string::npos);
}
