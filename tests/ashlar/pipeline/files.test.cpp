// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <support/temp_directory.hpp>

#include <ashlar/pipeline.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

TEST_CASE("files gives the paths in order, whatever their type, whether they are there or not") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 300; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    if (i % 10 != 3) std::ofstream{paths.back()} << i;
  }
  for (const std::size_t window : {std::size_t{0}, std::size_t{1}, std::size_t{64}}) {
    CHECK((ashlar::files(paths).prefetch(window) | ashlar::collect()).run().items == paths);
  }
  auto pipeline = ashlar::files(paths) | ashlar::collect();
  CHECK(pipeline.run().items == paths);
  CHECK(pipeline.run().items == paths);
  const std::vector<std::filesystem::path> typed(paths.begin(), paths.end());
  CHECK((ashlar::files(typed) | ashlar::collect()).run().items == typed);
}

TEST_CASE("a file weighs its size") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 50; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    std::ofstream{paths.back()} << std::string(1000, 'x');
  }
  auto report = (ashlar::files(paths) | ashlar::sink<0>([](const std::string&) {})).run({.bytes = 3500, .workers = 2});
  CHECK(report.finished == 50);
  CHECK(report.most_bytes <= 3500);
  CHECK(report.most_bytes >= 1000);
}

TEST_CASE("a stopped run leaves no file open") {
  const auto open_files = [] {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++n;
    return n;
  };
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 100; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    std::ofstream{paths.back()} << i;
  }
  auto pipeline = ashlar::files(paths).prefetch(50) | ashlar::sink([](const std::string&) { throw 1; });
  static_cast<void>((ashlar::from(std::vector<int>{1}) | ashlar::sink([](int) {})).run());
  const std::size_t before = open_files();
  for (int i = 0; i < 5; ++i) CHECK_THROWS_AS(pipeline.run(), ashlar::StageError);
  CHECK(open_files() == before);
}
