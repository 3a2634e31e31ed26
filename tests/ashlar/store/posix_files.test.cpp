// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/posix_files.hpp>

#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <thread>

namespace {

using ashlar::ErrorCode;
using ashlar::FileAccess;
using ashlar::FileLock;
using ashlar::PosixFiles;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

TEST_CASE("files are written, read, measured and resized") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const std::string path = (directory / "a").string();
  CHECK(files.open(path, FileAccess::read).error().code() == ErrorCode::not_found);
  const auto file = files.open(path, FileAccess::create_new).value();
  CHECK(files.open(path, FileAccess::create_new).error().code() == ErrorCode::already_exists);
  CHECK(files.write(file, 3, bytes("abc")).value() == 3);
  CHECK(files.size(file).value() == 6);
  std::array<std::byte, 10> into{};
  CHECK(files.read(file, 0, into).value() == 6);
  CHECK(into[3] == std::byte{'a'});
  CHECK(files.read(file, 6, into).value() == 0);
  files.resize(file, 4).value();
  CHECK(files.size(file).value() == 4);
  files.sync(file).value();
  files.sync_directory(directory.path()).value();
  files.sync_all(directory.path()).value();
}

TEST_CASE("hints about a mapping change nothing of what is in it") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const auto file = files.open((directory / "a").string(), FileAccess::create).value();
  ashlar::write_zeros(files, file, 0, 100'000).value();
  const auto mapping = files.map(file, 100'000, true).value();
  files.scattered(mapping);
  files.populate_to_store(mapping);
  mapping.data()[70'000] = std::byte{'m'};
  files.populate(mapping, 60'000, 100'000);
  std::array<std::byte, 3> into{};
  CHECK(files.read(file, 69'999, into).value() == 3);
  CHECK(into == std::array{std::byte{0}, std::byte{'m'}, std::byte{0}});
}

TEST_CASE("an error names path, operation and reason") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const std::string path = (directory / "missing").string();
  CHECK(files.open(path, FileAccess::read).error().what() == "cannot open '" + path + "': No such file or directory");
  const auto file = files.open(directory / "there", FileAccess::create).value();
  const auto reader = files.open(directory / "there", FileAccess::read).value();
  CHECK(std::string{files.write(reader, 0, bytes("x")).error().what()}.find("there'") != std::string::npos);
}

TEST_CASE("names are linked, renamed, removed and listed") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const std::string root = directory.path().string();
  const auto file = files.open(root + "/a", FileAccess::create).value();
  files.link(root + "/a", root + "/b").value();
  CHECK(files.link(root + "/a", root + "/b").error().code() == ErrorCode::already_exists);
  CHECK(files.find(root + "/b").value() == files.id(file).value());
  files.rename(root + "/b", root + "/c").value();
  CHECK(!files.find(root + "/b").value());
  files.make_directory(root + "/d").value();
  files.make_directory(root + "/d").value();
  CHECK(files.make_directory(root + "/a").error().code() == ErrorCode::already_exists);
  auto entries = files.list(root).value();
  std::sort(entries.begin(), entries.end(), [](const auto& x, const auto& y) { return x.name < y.name; });
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].name == "a");
  CHECK(!entries[0].is_directory);
  CHECK(entries[2].is_directory);
  files.remove(root + "/a").value();
  CHECK(files.remove(root + "/a").error().code() == ErrorCode::not_found);
  CHECK(files.list(root + "/none").error().code() == ErrorCode::not_found);
}

TEST_CASE("locks exclude other open files, share when asked, and end with the file") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const std::string path = (directory / "locks").string();
  auto one = files.open(path, FileAccess::create).value();
  const auto two = files.open(path, FileAccess::create).value();
  files.lock(one, 7, FileLock::exclusive).value();
  CHECK(!files.try_lock(two, 7, FileLock::shared).value());
  CHECK(files.try_lock(two, 8, FileLock::exclusive).value());
  files.unlock(one, 7).value();
  CHECK(files.try_lock(two, 7, FileLock::shared).value());
  CHECK(files.try_lock(one, 7, FileLock::shared).value());
  CHECK(!files.try_lock(one, 8, FileLock::exclusive).value());
  files.unlock(two, 7).value();
  one = {};
  CHECK(files.try_lock(two, 7, FileLock::exclusive).value());
}

TEST_CASE("the lock of a killed process is free") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const std::string path = (directory / "lock").string();
  const ashlar_test::Shared<std::atomic<int>> locked;
  ashlar_test::Process owner{[&] {
    const auto file = files.open(path, FileAccess::create).value();
    files.lock(file, 0, FileLock::exclusive).value();
    *locked = 1;
    while (true) std::this_thread::yield();
    return true;
  }};
  while (*locked == 0) std::this_thread::yield();
  const auto file = files.open(path, FileAccess::create).value();
  CHECK(!files.try_lock(file, 0, FileLock::exclusive).value());
  owner.kill();
  CHECK(files.try_lock(file, 0, FileLock::exclusive).value());
}

TEST_CASE("a mapping and the file show the same bytes") {
  const ashlar_test::TempDirectory directory;
  const PosixFiles files;
  const auto file = files.open(directory / "map", FileAccess::create).value();
  files.resize(file, 4096).value();
  const auto mapping = files.map(file, 4096, true).value();
  CHECK(mapping.size() == 4096);
  CHECK(files.write(file, 10, bytes("x")).value() == 1);
  CHECK(mapping.data()[10] == std::byte{'x'});
  mapping.data()[11] = std::byte{'y'};
  std::array<std::byte, 1> into{};
  CHECK(files.read(file, 11, into).value() == 1);
  CHECK(into[0] == std::byte{'y'});
}

TEST_CASE("random numbers differ") { CHECK(PosixFiles{}.random() != PosixFiles{}.random()); }

}  // namespace
