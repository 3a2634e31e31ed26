// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <support/temp_directory.hpp>

#include <ashlar/pipeline.hpp>

#include <fstream>
#include <string>
#include <vector>

TEST_CASE("read gives paths and contents, and hands the memory back") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 200; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    std::ofstream{paths.back()} << std::string(i * 37, static_cast<char>('a' + i % 26));
  }
  ashlar::BufferPool pool;
  auto done =
      (ashlar::files(paths) | ashlar::read<4>(pool) |
       ashlar::transform([](const ashlar::FileData& file) { return file.path() + ":" + std::string{file.text()}; }) |
       ashlar::collect())
          .run({.workers = 2});
  REQUIRE(done.items.size() == 200);
  CHECK(done.items[0] == paths[0] + ":");
  CHECK(done.items[30] == paths[30] + ":" + std::string(30 * 37, 'e'));
  CHECK(pool.outstanding() == 0);
  CHECK(pool.allocations() < 50);
}

TEST_CASE("large files are mapped, files without a size are read to their end") {
  const ashlar_test::TempDirectory directory;
  const std::string path = (directory / "large").string();
  std::ofstream{path} << std::string(10'000, 'x');
  ashlar::BufferPool pool;
  const auto mapped = ashlar::read_file(pool, path, {.map_from = 10'000});
  REQUIRE(mapped);
  CHECK(mapped->text() == std::string(10'000, 'x'));
  CHECK(pool.outstanding() == 0);
  const auto proc = ashlar::read_file(pool, "/proc/self/status");
  REQUIRE(proc);
  CHECK(proc->text().find("Threads") != std::string_view::npos);
}

TEST_CASE("what cannot be read fails its item with the reason") {
  const ashlar_test::TempDirectory directory;
  const std::vector<std::string> paths{(directory / "none").string(), directory.path().string()};
  auto report = (ashlar::files(paths) | ashlar::read() | ashlar::sink([](const ashlar::FileData&) {
                 })).run({.on_error = ashlar::OnError::collect, .workers = 1});
  REQUIRE(report.failures.size() == 2);
  CHECK(report.failures[0].reason.find("No such file") != std::string::npos);
  CHECK(report.failures[1].reason.find("directory") != std::string::npos);
}
