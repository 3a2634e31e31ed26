// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/file_per_key.hpp>

#include <ashlar/store/sharded_store.hpp>

#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using ashlar::ErrorCode;
using ashlar_test::Process;
using ashlar_test::Shared;
using ashlar_test::TempDirectory;
using Store = ashlar::ShardedStore<std::string, std::string, ashlar::FilePerKey>;

std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory}) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("an entry lies below a name made of its key's hash") {
  const TempDirectory directory;
  Store{directory.path()}.put("240100001_extracted.json", "x").value();
  const auto files = files_below(directory / "file_caches");
  REQUIRE(files.size() == 1);
  const std::string name = files[0].filename().string();
  CHECK(name.size() == 38);
  CHECK(name.ends_with(".cache"));
  CHECK(files[0].parent_path().filename() == name.substr(0, 2));
}

TEST_CASE("SipHash-2-4-128 gives the reference vectors") {
  std::vector<std::byte> message;
  const auto of = [&](std::size_t length) {
    message.clear();
    for (std::size_t i = 0; i < length; ++i) message.push_back(static_cast<std::byte>(i));
    return ashlar::detail::siphash128(message, 0x0706050403020100U, 0x0f0e0d0c0b0a0908U);
  };
  CHECK(of(0) == ashlar::detail::KeyHash{0xe6a825ba047f81a3U, 0x930255c71472f66dU});
  CHECK(of(1) == ashlar::detail::KeyHash{0x44af996bd8c187daU, 0x45fc229b11597634U});
}

TEST_CASE("a damaged entry harms itself alone, is reported, and heals when it is written again") {
  const TempDirectory directory;
  Store store{directory.path()};
  store.put("a", "1").value();
  const auto damaged = files_below(directory / "file_caches").at(0);
  store.put("b", "2").value();
  for (const std::string& bytes :
       {std::string{}, std::string{"short"}, std::string(200, '\0'), content(damaged) + "x"}) {
    std::ofstream{damaged, std::ios::binary} << bytes;
    CHECK(store.get("a").error().code() == ErrorCode::corrupt);
    CHECK(store.contains("a").error().code() == ErrorCode::corrupt);
    CHECK(std::string{store.get("a").error().what()}.find(damaged.string()) != std::string::npos);
    CHECK(store.get("b").value() == "2");
    std::map<std::string, std::string> seen;
    const auto report = store.for_each([&](const auto& key, const auto& value) { seen[key] = value; }).value();
    CHECK(seen == std::map<std::string, std::string>{{"b", "2"}});
    REQUIRE(report.corrupt.size() == 1);
    CHECK(report.corrupt[0].where == damaged.string());
    CHECK(store.summary().value().corrupt.size() == 1);
    store.put("a", "1").value();
    CHECK(store.get("a").value() == "1");
  }
  std::ofstream{damaged, std::ios::binary} << "broken";
  CHECK(store.insert_if_absent("a", "new").value());
  CHECK(store.get("a").value() == "new");
}

TEST_CASE("an entry under another key's name is reported and not believed") {
  const TempDirectory directory;
  Store store{directory.path()};
  store.put("a", "1").value();
  const auto a = files_below(directory / "file_caches").at(0);
  store.put("b", "2").value();
  const auto b = files_below(directory / "file_caches").at(0) == a ? files_below(directory / "file_caches").at(1)
                                                                   : files_below(directory / "file_caches").at(0);
  std::filesystem::copy_file(a, b, std::filesystem::copy_options::overwrite_existing);
  CHECK(store.get("b").error().code() == ErrorCode::corrupt);
  CHECK(store.for_each([](const auto&, const auto&) {}).value().corrupt.size() == 1);
}

TEST_CASE("a flip of any bit of an entry is an error or harmless, never another value") {
  const TempDirectory directory;
  Store store{directory.path()};
  store.put("key", "value").value();
  const auto file = files_below(directory / "file_caches").at(0);
  const std::string good = content(file);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream{file, std::ios::binary} << bad;
    const auto got = store.get("key");
    REQUIRE(!got);
    CHECK(got.error().code() == ErrorCode::corrupt);
  }
}

TEST_CASE("a damaged version is corrupt; only an entry whose checksum is right for its version is of another one") {
  const std::vector<std::byte> value(5, std::byte{'v'});
  for (int version = 0; version < 256; ++version) {
    if (version == 1) continue;
    std::vector<std::byte> entry = ashlar::detail::make_entry_file("key", value, 7);
    entry[7] = static_cast<std::byte>(version);
    CHECK(ashlar::detail::parse_entry_file(entry).error().code() == ErrorCode::corrupt);
    const std::span<const std::byte> bytes{entry};
    ashlar::detail::store_le(entry.data() + 8, ashlar::crc32c(bytes.subspan(12), ashlar::crc32c(bytes.subspan(7, 1))));
    CHECK(ashlar::detail::parse_entry_file(entry).error().code() == ErrorCode::unsupported);
  }
}

TEST_CASE("the leftovers of a killed process go when the store is opened, those of a living one stay") {
  const TempDirectory directory;
  const Shared<std::atomic<int>> ready;
  const std::string leftover = (directory / "store" / "tmp").string();
  Store store{directory / "store"};
  {
    ashlar::detail::Workspace<ashlar::PosixFiles> mine{ashlar::PosixFiles{}, leftover};
    mine.open().value();
    const std::string under_construction = mine.write({}, false).value();
    Process doomed{[&] {
      ashlar::detail::Workspace<ashlar::PosixFiles> theirs{ashlar::PosixFiles{}, leftover};
      theirs.open().value();
      (void)theirs.write({}, false).value();
      *ready = 1;
      while (true) std::this_thread::sleep_for(std::chrono::seconds{1});
      return true;
    }};
    while (*ready == 0) std::this_thread::yield();
    Store while_alive{directory / "store"};
    CHECK(files_below(leftover).size() == 6);  // four owners' locks, two files under construction
    doomed.kill();
    Store after_death{directory / "store"};
    CHECK(files_below(leftover).size() == 5);
    CHECK(std::filesystem::exists(under_construction));
  }
  Store last{directory / "store"};
  CHECK(files_below(leftover).size() == 2);
}

}  // namespace
