// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <support/temp_directory.hpp>

#include <ashlar/pipeline.hpp>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

TEST_CASE("directory gives regular files, sorted, and links to files, but does not walk in circles") {
  const ashlar_test::TempDirectory root;
  fs::create_directories(root / "b" / "deep");
  fs::create_directories(root / "empty");
  for (const char* name : {"z.txt", "a.txt", "b/2.txt", "b/deep/ü.bin", "c.bin"}) std::ofstream{root / name} << name;
  fs::create_symlink(root / "a.txt", root / "link.txt");
  fs::create_directory_symlink(root.path(), root / "b" / "circle");
  fs::create_symlink(root / "nowhere", root / "broken");
  const auto names = [&](ashlar::DirectoryOptions options) {
    std::vector<std::string> found;
    for (const std::string& path : (ashlar::directory(root.path().string(), options) | ashlar::collect()).run().items) {
      found.push_back(fs::path{path}.lexically_relative(root.path()).string());
    }
    return found;
  };
  CHECK(names({}) == std::vector<std::string>{"a.txt", "b/2.txt", "b/deep/ü.bin", "c.bin", "link.txt", "z.txt"});
  CHECK(names({.recursive = false}) == std::vector<std::string>{"a.txt", "c.bin", "link.txt", "z.txt"});
  CHECK(names({.filter = [](std::string_view path) { return path.ends_with(".bin"); }}) ==
        std::vector<std::string>{"b/deep/ü.bin", "c.bin"});
}

TEST_CASE("a file as the root gives itself; what is not there fails or is reported") {
  const ashlar_test::TempDirectory root;
  const std::string file = (root / "one").string();
  std::ofstream{file} << 1;
  CHECK((ashlar::directory(file) | ashlar::collect()).run().items == std::vector<std::string>{file});
  CHECK_THROWS_AS((ashlar::directory((root / "none").string()) | ashlar::collect()).run(), ashlar::StageError);
  int told = 0;
  auto none = ashlar::directory((root / "none").string(), {.unreadable = [&](const ashlar::Error&) { ++told; }});
  CHECK((std::move(none) | ashlar::collect()).run().items.empty());
  CHECK(told == 1);
}

TEST_CASE("what ends the walk comes behind the files found before it, read ahead or not") {
  const ashlar_test::TempDirectory root;
  for (const char* name : {"a", "b", "c", "d"}) std::ofstream{root / name} << name;
  for (const std::size_t window : {std::size_t{0}, std::size_t{16}}) {
    bool throws = true;
    ashlar::DirectoryOptions options{.filter = [&](std::string_view path) {
      if (throws && path.ends_with("/d")) throw std::runtime_error{"not this one"};
      return true;
    }};
    std::vector<std::string> seen;
    auto pipeline = ashlar::directory(root.path().string(), options).prefetch(window) |
                    ashlar::sink([&](const std::string& path) { seen.push_back(fs::path{path}.filename().string()); });
    const auto report = pipeline.run({.on_error = ashlar::OnError::collect, .workers = 2});
    CHECK(seen == std::vector<std::string>{"a", "b", "c"});
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].reason == "not this one");
    CHECK(report.failures[0].stage == 0);
    CHECK(report.failures[0].item == 3);

    throws = false;
    seen.clear();
    CHECK(pipeline.run({.workers = 2}).failed == 0);
    CHECK(seen == std::vector<std::string>{"a", "b", "c", "d"});
  }
}
