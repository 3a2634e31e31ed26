// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <support/temp_directory.hpp>

#include <ashlar/pipeline.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

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

TEST_CASE("files are read ahead, through a window that follows what is measured, and found evicted or not") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 400; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    std::ofstream{paths.back()} << std::string(20'000, static_cast<char>('a' + i % 26));
  }
  ::sync();
  for (const bool evicted : {true, false}) {
    for (const std::string& path : paths) {
      const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (evicted) ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
      ::close(fd);
    }
    const auto report = (ashlar::files(paths) | ashlar::read<2>() | ashlar::sink<0>([](const ashlar::FileData& file) {
                           if (file.size() != 20'000) throw std::runtime_error{"short"};
                         })).run();
    CHECK(report.finished == 400);
  }
  ashlar::detail::Prefetcher window;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    window.announce(paths[i].c_str());
    if (i >= 32) window.take();
    CHECK(window.window() >= ashlar::detail::Prefetcher::least);
    CHECK(window.window() <= ashlar::detail::Prefetcher::most);
  }
}

TEST_CASE("io_uring, where the kernel lets us, opens files and says why it could not") {
  const ashlar_test::TempDirectory directory;
  const std::string path = (directory / "there").string();
  std::ofstream{path} << "x";
  ashlar::detail::Uring ring{4};
  if (!ring.usable()) return;
  REQUIRE(ring.open_file(1, path.c_str()));
  REQUIRE(ring.open_file(2, (path + " not").c_str()));
  int found = 0;
  int missing = 0;
  while (ring.under_way() != 0) {
    ring.wait();
    ring.reap([&](std::uint64_t tag, int result) {
      (tag == 1 ? found : missing) = result;
      if (result >= 0) ::close(result);
    });
  }
  CHECK(found >= 0);
  CHECK(missing == -ENOENT);
}
