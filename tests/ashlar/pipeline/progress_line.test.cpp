// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/progress_line.hpp>

#include <sstream>

using namespace std::chrono_literals;

TEST_CASE("a progress line says how far, how fast and how long") {
  ashlar::Progress progress;
  progress.finished = 1234;
  progress.total = 8000;
  progress.elapsed = 2s;
  CHECK(ashlar::to_line(progress) == "1,234 / 8,000  15 %  617/s  ETA 0:11");
  progress.failed = 3;
  progress.total = 0;
  CHECK(ashlar::to_line(progress) == "1,234  617/s  3 failed");
  progress.last = true;
  progress.elapsed = 4000s;
  CHECK(ashlar::to_line(progress) == "1,234  0.3/s  in 1:06:40  3 failed");
}

TEST_CASE("it is silent where nobody looks") {
  std::ostringstream file;
  CHECK_FALSE(ashlar::is_terminal(file));
  CHECK_FALSE(ashlar::progress_line(file));
  const auto forced = ashlar::progress_line(file, true);
  ashlar::Progress progress;
  progress.last = true;
  forced(progress);
  CHECK(file.str().front() == '\r');
  CHECK(file.str().back() == '\n');
}
