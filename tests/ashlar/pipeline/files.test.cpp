// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <support/temp_directory.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace {
std::size_t open_files() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++n;
  return n;
}
void evict(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
}
}  // namespace

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

TEST_CASE("a file that read maps weighs its size alone") {
  const ashlar_test::TempDirectory directory;
  const std::string path = (directory / "sparse").string();
  std::ofstream{path}.close();
  const auto weight = [&](std::uint64_t size) {
    std::filesystem::resize_file(path, size);
    return (ashlar::files(std::vector{path}) | ashlar::sink([](const std::string&) {}))
        .run({.bytes = std::uint64_t{1} << 30, .workers = 1})
        .most_bytes;
  };
  const std::uint64_t mapped = ashlar::ReadOptions{}.map_from;
  CHECK(weight(0) == 256);
  CHECK(weight(mapped / 2) == ashlar::BufferPool{}.acquire(mapped / 2 + 1)->capacity());
  CHECK(weight(mapped) == mapped);
  CHECK(weight(mapped + 1) == mapped + 1);
}

TEST_CASE("buffers for files of any size stay within the limit of bytes") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 60; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    std::ofstream{paths.back()} << std::string(static_cast<std::size_t>(i * i * 37 + i % 5), 'x');
  }
  ashlar::BufferPool pool;
  for (const std::uint64_t limit : {std::uint64_t{200'000}, std::uint64_t{100'000}, std::uint64_t{3'000}}) {
    std::atomic<std::uint64_t> most{0};
    const auto look = [&] {
      const std::uint64_t now = pool.outstanding();
      for (std::uint64_t m = most; now > m && !most.compare_exchange_weak(m, now);) {
      }
    };
    const auto report =
        (ashlar::files(paths) | ashlar::read<8>(pool).blocking() |
         ashlar::tee([&](const ashlar::FileData&) { look(); }) | ashlar::sink<2>([&](const ashlar::FileData&) {
           look();
         })).run({.on_error = ashlar::OnError::collect, .bytes = limit, .workers = 3});
    CHECK(most <= limit);
    CHECK(most > 0);
    CHECK(report.most_bytes <= limit);
    CHECK(report.finished + report.failed == 60);
    CHECK((report.failed != 0) == (limit < 150'000));
    for (const ashlar::Failure& failure : report.failures) CHECK(failure.stage == 0);
    CHECK(pool.outstanding() == 0);
  }
}

TEST_CASE("a stopped run leaves no file open") {
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
    if (evicted) std::for_each(paths.begin(), paths.end(), evict);
    const auto report = (ashlar::files(paths) | ashlar::read<2>() | ashlar::sink<0>([](const ashlar::FileData& file) {
                           if (file.size() != 20'000) throw std::runtime_error{"short"};
                         })).run();
    CHECK(report.finished == 400);
  }
  ashlar::detail::Prefetcher window;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    window.add(paths[i].c_str());
    if (i >= 32) window.take();
    window.advance();
    CHECK(window.window() >= ashlar::detail::Prefetcher::least);
    CHECK(window.window() <= ashlar::detail::Prefetcher::most);
  }
}

TEST_CASE("for each file taken two more are asked for") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 60; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    std::ofstream{paths.back()} << i;
  }
  const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  REQUIRE(watch >= 0);
  REQUIRE(::inotify_add_watch(watch, directory.path().c_str(), IN_OPEN) >= 0);
  const auto opened = [&] {
    alignas(inotify_event) std::array<char, 4096> events;
    std::size_t n = 0;
    for (ssize_t size = 0; (size = ::read(watch, events.data(), events.size())) > 0;) {
      for (std::size_t at = 0; at < static_cast<std::size_t>(size); ++n) {
        inotify_event event;
        std::memcpy(&event, events.data() + at, sizeof event);
        at += sizeof event + event.len;
      }
    }
    return n;
  };
  ashlar::detail::Prefetcher ahead{64};
  for (const std::string& path : paths) ahead.add(path.c_str());
  ahead.advance();
  CHECK(opened() == 2);
  for (int i = 0; i < 8; ++i) ahead.take();
  ahead.advance();
  CHECK(opened() == 16);
  ahead.advance();
  CHECK(opened() == 2);
  for (int i = 0; i < 40; ++i) ahead.take();
  ahead.advance();
  CHECK(opened() == 12);
  ahead.advance();
  CHECK(opened() == 0);
  ::close(watch);
}

TEST_CASE("where opening takes long the kernel opens the files ahead, and none stays open") {
  const ashlar_test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 300; ++i) {
    paths.push_back((directory / std::to_string(i)).string());
    if (i % 50 != 7) std::ofstream{paths.back()} << std::string(9'000, 'x');
  }
  ::sync();
  std::for_each(paths.begin(), paths.end(), evict);
  const bool possible = ashlar::detail::Uring{}.open(4);
  const std::size_t before = open_files();
  for (const std::size_t taken : {std::size_t{300}, std::size_t{150}}) {
    constexpr ashlar::detail::Ticks always = -1;
    ashlar::detail::Prefetcher ahead{ashlar::detail::Prefetcher::automatic, always};
    std::vector<std::jthread> others;
    std::atomic<bool> over{false};
    for (int t = 0; t < 2; ++t) {
      others.emplace_back([&] {
        while (!over) ahead.advance();
      });
    }
    for (std::size_t i = 0; i < taken + 32; ++i) {
      if (i < paths.size()) ahead.add(paths[i].c_str());
      if (i >= 32) ahead.take();
      ahead.advance();
    }
    CHECK(ahead.opens_elsewhere() == possible);
    over = true;
    others.clear();
  }
  CHECK(open_files() == before);
}

TEST_CASE("io_uring, where the kernel lets us, opens files and says why it could not") {
  const ashlar_test::TempDirectory directory;
  const std::string path = (directory / "there").string();
  std::ofstream{path} << "x";
  ashlar::detail::Uring ring;
  if (!ring.open(4)) return;
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
