// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/faulty_files.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace {

using ashlar::ErrorCode;
using ashlar::FaultyFiles;
using ashlar::FileAccess;
using ashlar::FileCall;
using ashlar::FileCallKind;
using ashlar::FileLock;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

void write(const FaultyFiles& files, const std::string& path, std::string_view text, bool synced) {
  const auto file = files.open(path, FileAccess::create).value();
  ashlar::write_fully(files, file, 0, bytes(text)).value();
  if (synced) files.sync(file).value();
}

std::string text_of(const FaultyFiles& files, const std::string& path) {
  const auto file = files.open(path, FileAccess::read);
  if (!file) return "(none)";
  const auto content = ashlar::read_whole(files, *file).value();
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

TEST_CASE("without faults a simulated disk behaves as a disk") {
  const FaultyFiles files;
  CHECK(files.open("a", FileAccess::read).error().code() == ErrorCode::not_found);
  files.make_directory("d").value();
  files.make_directory("d").value();
  write(files, "d/a", "text", false);
  CHECK(text_of(files, "d/a") == "text");
  CHECK(files.open("d/a", FileAccess::create_new).error().code() == ErrorCode::already_exists);
  files.link("d/a", "d/b").value();
  CHECK(files.link("d/a", "d/b").error().code() == ErrorCode::already_exists);
  CHECK(files.find("d/a").value() == files.find("d/b").value());
  files.rename("d/b", "c").value();
  files.remove("d/a").value();
  CHECK(text_of(files, "c") == "text");
  CHECK(files.list("d").value().empty());
  CHECK(files.list("").value().size() == 2);
  const auto file = files.open("c", FileAccess::read_write).value();
  files.resize(file, 2).value();
  files.resize(file, 3).value();
  CHECK(text_of(files, "c") == std::string("te\0", 3));
}

TEST_CASE("what was synced is there after a power loss, names and content each on their own") {
  const FaultyFiles files;
  write(files, "both", "content", true);
  files.sync_directory("").value();
  write(files, "nameless", "content", true);
  const FaultyFiles after = files.after_power_loss(1, 0);
  CHECK(text_of(after, "both") == "content");
  CHECK(text_of(after, "nameless") == "(none)");
  const FaultyFiles plain;
  write(plain, "empty", "content", false);
  plain.sync_directory("").value();
  CHECK(text_of(plain.after_power_loss(1, 0), "empty").empty());
  CHECK(text_of(plain.after_kill(), "empty") == "content");
  plain.sync_all("").value();
  CHECK(text_of(plain.after_power_loss(1, 0), "empty") == "content");
}

TEST_CASE("what was not synced is there in part, in any combination of blocks") {
  const FaultyFiles files{{.write_back = 0}};
  write(files, "a", std::string(3 * 4096, 'o'), true);
  files.sync_directory("").value();
  write(files, "a", std::string(3 * 4096, 'n'), false);
  std::set<std::string> seen;
  bool torn = false;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::string text = text_of(files.after_power_loss(seed, 0.5), "a");
    std::string blocks;
    for (std::size_t b = 0; b < 3; ++b) {
      const std::string block = text.substr(b * 4096, 4096);
      const bool mixed = block.find('o') != std::string::npos && block.find('n') != std::string::npos;
      torn = torn || (mixed && block[511] == 'n');
      blocks += mixed ? '?' : block[0];
    }
    seen.insert(blocks);
  }
  for (const char* blocks : {"ooo", "noo", "ono", "oon", "nno", "onn", "non", "nnn"}) CHECK(seen.count(blocks) == 1);
  CHECK(torn);
}

TEST_CASE("a rename may be there without the content") {
  const FaultyFiles files{{.write_back = 0}};
  write(files, "tmp", "content", false);
  files.rename("tmp", "a").value();
  bool empty = false;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    empty = empty || text_of(files.after_power_loss(seed, 0.5), "a").empty();
  CHECK(empty);
}

TEST_CASE("the machine stops before the call that was named") {
  const FaultyFiles files{{.crash_at = 2}};
  const auto file = files.open("a", FileAccess::create).value();
  CHECK(files.write(file, 0, bytes("x")).value() == 1);
  CHECK(files.write(file, 1, bytes("y")).error().code() == ErrorCode::io);
  CHECK(!files.open("b", FileAccess::create));
  CHECK(text_of(files.after_kill(), "a") == "x");
}

TEST_CASE("calls fail as they are told, and a failed sync loses what it was to bring") {
  bool failing = true;
  const FaultyFiles files{{.write_back = 0, .fail = [&](const FileCall& call) -> std::optional<ErrorCode> {
                             if (failing && call.kind == FileCallKind::sync) return ErrorCode::io;
                             return {};
                           }}};
  const auto file = files.open("a", FileAccess::create).value();
  files.sync_directory("").value();
  ashlar::write_fully(files, file, 0, std::vector<std::byte>(40 * 4096, std::byte{1})).value();
  CHECK(files.sync(file).error().code() == ErrorCode::io);
  failing = false;
  files.sync(file).value();
  const std::string text = text_of(files.after_power_loss(1, 0), "a");
  CHECK(text.find('\0') != std::string::npos);
}

TEST_CASE("a full disk says so and goes on when there is room again") {
  const FaultyFiles files{{.capacity = 10}};
  write(files, "a", "1234567890", false);
  const auto file = files.open("b", FileAccess::create).value();
  CHECK(files.write(file, 0, bytes("x")).error().code() == ErrorCode::no_space);
  files.remove("a").value();
  CHECK(files.write(file, 0, bytes("x")).value() == 1);
}

TEST_CASE("short reads and writes happen when asked for") {
  const FaultyFiles files{{.short_io = 1}};
  const auto file = files.open("a", FileAccess::create).value();
  const std::size_t wrote = files.write(file, 0, std::vector<std::byte>(100)).value();
  CHECK((wrote >= 1 && wrote < 100));
  std::array<std::byte, 2> into{};
  CHECK(files.read(file, 0, into).value() == 1);
}

TEST_CASE("simulated locks exclude, share, and end with the file") {
  const FaultyFiles files;
  auto one = files.open("l", FileAccess::create).value();
  const auto two = files.open("l", FileAccess::create).value();
  files.lock(one, 3, FileLock::exclusive).value();
  CHECK(!files.try_lock(two, 3, FileLock::shared).value());
  files.unlock(one, 3).value();
  files.lock(one, 3, FileLock::shared).value();
  CHECK(files.try_lock(two, 3, FileLock::shared).value());
  CHECK(!files.try_lock(two, 3, FileLock::exclusive).value());
  one = {};
  CHECK(files.try_lock(two, 3, FileLock::exclusive).value());
}

TEST_CASE("a bit can be flipped") {
  const FaultyFiles files;
  write(files, "a", "b", true);
  CHECK(files.flip_bit("a", 0));
  CHECK(text_of(files, "a") == "c");
  CHECK(!files.flip_bit("a", 8));
  CHECK(!files.flip_bit("none", 0));
}

TEST_CASE("a mapping shows the file, and its stores are not synced") {
  const FaultyFiles files{{.write_back = 0}};
  const auto file = files.open("m", FileAccess::create).value();
  files.resize(file, 4096).value();
  files.sync(file).value();
  files.sync_directory("").value();
  const auto mapping = files.map(file, 8192, true).value();
  mapping.data()[0] = std::byte{'x'};
  CHECK(text_of(files, "m")[0] == 'x');
  CHECK(text_of(files.after_power_loss(1, 0), "m")[0] == '\0');
  files.sync(file).value();
  CHECK(text_of(files.after_power_loss(1, 0), "m")[0] == 'x');
}

TEST_CASE("the same faults give the same run") {
  const auto run = [] {
    const FaultyFiles files{{.seed = 5, .short_io = 0.5}};
    const auto file = files.open("a", FileAccess::create).value();
    std::string trace;
    for (int i = 0; i < 20; ++i)
      trace += std::to_string(files.write(file, 0, std::vector<std::byte>(100)).value()) + " ";
    return trace + std::to_string(files.random());
  };
  CHECK(run() == run());
}

}  // namespace
