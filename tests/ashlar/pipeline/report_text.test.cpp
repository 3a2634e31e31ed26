// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/report_text.hpp>

#include <string>

using namespace std::chrono_literals;

namespace {
ashlar::RunReport example() {
  ashlar::RunReport report;
  report.pulled = 100;
  report.finished = 99;
  report.failed = 1;
  report.wall = 2s;
  report.workers = report.workers_chosen = 2;
  ashlar::StageReport stage;
  stage.name = "parse \"x\"";
  stage.items = 100;
  stage.failed = 1;
  stage.busy = 3500ms;
  stage.blocked = 1250ms;
  stage.limit = 8;
  stage.chosen = 3;
  stage.blocking = true;
  stage.p50 = 35ms;
  report.stages.push_back(stage);
  report.failures.push_back({7, 0, "parse \"x\"", "line\n2", nullptr});
  return report;
}
}  // namespace

TEST_CASE("the table has a row for each stage, names the bottleneck and the first failures") {
  const std::string table = ashlar::to_table(example());
  CHECK(table.find("finished: 99 items in 2 s (50/s), 1 failed, 0 cancelled, 2 of 2 workers") == 0);
  CHECK(table.find("22%") != std::string::npos);
  CHECK(table.find("bottleneck: parse \"x\", busy 22 % of its limit") != std::string::npos);
  CHECK(table.find("1.25 s") != std::string::npos);
  CHECK(table.find("3/8b") != std::string::npos);
  CHECK(table.find("failed: item 7 in parse") != std::string::npos);
}

TEST_CASE("the JSON is one object with escaped strings") {
  const std::string json = ashlar::to_json(example());
  CHECK(json.front() == '{');
  CHECK(json.back() == '}');
  CHECK(json.find(R"("name":"parse \"x\"")") != std::string::npos);
  CHECK(json.find(R"("reason":"line\u000a2")") != std::string::npos);
  CHECK(json.find(R"("blocked_ms":1250.000)") != std::string::npos);
  CHECK(json.find(R"("chosen":3)") != std::string::npos);
  CHECK(json.find(R"("wall_ms":2000.000)") != std::string::npos);
}
