// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Stores as version 1 of the formats wrote them. What is here must be readable for ever.

namespace {

using ashlar::FaultyFiles;
using ashlar::FileAccess;

std::vector<std::byte> from_hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

void write(const FaultyFiles& files, const std::string& path, std::span<const std::byte> content) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    files.make_directory(path.substr(0, slash)).value();
  }
  const auto file = files.open(path, FileAccess::create).value();
  ashlar::write_fully(files, file, 0, content).value();
}
void write_metadata(const FaultyFiles& files, const std::string& backend, const std::string& id) {
  const std::string text = "{\n  \"format\": \"ashlar-store\",\n  \"version\": 1,\n  \"backend\": \"" + backend +
                           "\",\n  \"id\": \"" + id + "\",\n  \"created\": \"2026-11-20T14:26:46Z\"\n}\n";
  write(files, "store/metadata.json", std::as_bytes(std::span{text}));
}

constexpr std::string_view entry_file =
    "6173686c6172450156c82ca60a0000000c0000000000000086654aae7b4ff2b9"
    "70726f647563743a343200a0000107612076616c7565";

// A put, a conditional insert, an erase, and a transaction of two keys.
constexpr std::string_view segment_file =
    "6173686c617253017799bb31ad601570525d9b692a2db960010000004f4f2202"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "043ea513bdd1f27701000000000000008ab66d9eaa310c780c0000000a000100"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "70726f647563743a343200a0000107612076616c75650000118a5e287adc5128"
    "0200000000000000c78f097a20f562fb0c0000000a0001019800000000000000"
    "00000000000000000100000000000000636d69745f79657370726f647563743a"
    "343300a0000107616e6f7468657200002b18f785000000000300000000000000"
    "8ab66d9eaa310c78000000000a000201f0000000000000000800000001000078"
    "0100000000000000636d69745f79657370726f647563743a3432000000000000"
    "89ee6c186f7a218104000000000000008ab66d9eaa310c78090000000a000101"
    "40010000000000001e000000010000780200000000000000636d69745f796573"
    "70726f647563743a343200a00001046261636b00000000005a075b24028609a9"
    "0500000000000000bb3a94c33398b936080000000a0001014001000000000000"
    "00000000000000000200010000000000000000000000000070726f647563743a"
    "343400a00001036e6577000000000000";

TEST_CASE("an entry file of version 1 is read, and written the same today") {
  const FaultyFiles files;
  write_metadata(files, "file_per_key", "97583e51c97563ce");
  write(files, "store/file_caches/78/780c31aa9e6db68a4586903b8d3f9aba.cache", from_hex(entry_file));
  using Store = ashlar::ShardedStore<std::string, std::string, ashlar::FilePerKey, FaultyFiles>;
  auto store = Store::open("store", {.mode = ashlar::OpenMode::read_only}, files).value();
  CHECK(store.get("product:42").value() == "a value");
  const std::vector<std::byte> bytes = from_hex(entry_file);
  const auto entry = ashlar::detail::parse_entry_file(bytes).value();
  CHECK(ashlar::detail::make_entry_file(entry.key, entry.value, entry.revision) == bytes);
}

TEST_CASE("a segment of version 1 is read, and written the same today") {
  const FaultyFiles files;
  write_metadata(files, "segment_log", "701560ad31bb9977");
  write(files, "store/seg/00000001.log", from_hex(segment_file));
  files.make_directory("store/index").value();
  std::map<std::string, std::string> seen;
  {
    auto store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>::open(
                     "store", {.mode = ashlar::OpenMode::must_exist}, files)
                     .value();
    store.for_each([&](const auto& key, const auto& value) { seen[key] = value; }).value();
  }
  CHECK(seen ==
        std::map<std::string, std::string>{{"product:42", "back"}, {"product:43", "another"}, {"product:44", "new"}});

  const std::vector<std::byte> bytes = from_hex(segment_file);
  const auto header = ashlar::detail::make_segment_header(0x701560ad31bb9977U, 0x60b92d2a699b5d52U, 1);
  CHECK(std::vector<std::byte>(header.begin(), header.end()) ==
        std::vector<std::byte>(bytes.begin(), bytes.begin() + 64));
  const ashlar::detail::RecordView first{bytes.data() + 64};
  std::vector<std::byte> again(static_cast<std::size_t>(first.size()));
  ashlar::detail::write_record(
      again.data(),
      {.key = first.key(), .value = first.value(), .key_hash = first.key_hash(), .sequence = first.sequence()},
      0x60b92d2a699b5d52U, 64);
  CHECK(again ==
        std::vector<std::byte>(bytes.begin() + 64, bytes.begin() + 64 + static_cast<std::ptrdiff_t>(again.size())));
}

// Of all records of the segment, which the device had.
constexpr std::string_view hint_file =
    "6173686c617248017799bb31ad601570525d9b692a2db9600100000099081331"
    "f0010000000000000500000000000000000000000000000000000000d7f31f4b"
    "8ab66d9eaa310c7801000000000000000800000000000000c78f097a20f562fb"
    "020000000000000013000000000000008ab66d9eaa310c780300000000000000"
    "1e000000000000008ab66d9eaa310c7804000000000000002800000000000000"
    "bb3a94c33398b93605000000000000003300000000000000";

TEST_CASE("a hint of version 1 is read, and written the same today") {
  const FaultyFiles files;
  write_metadata(files, "segment_log", "701560ad31bb9977");
  write(files, "store/seg/00000001.log", from_hex(segment_file));
  const std::vector<std::byte> hint = from_hex(hint_file);
  write(files, "store/seg/00000001.hnt", hint);
  files.make_directory("store/index").value();
  // What only the hint can say: the hash in the record is not looked at when the index is made.
  REQUIRE(files.flip_bit("store/seg/00000001.log", (152 + 16) * 8));
  const auto store = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLogOf<65536>, FaultyFiles>::open(
                         "store", {.mode = ashlar::OpenMode::must_exist}, files)
                         .value();
  CHECK(store.get("product:42").value() == "back");
  CHECK(store.get("product:43").error().code() == ashlar::ErrorCode::corrupt);
  CHECK(store.get("product:44").value() == "new");

  std::vector<std::byte> again(hint.begin(), hint.begin() + 64);
  for (std::size_t at = 64; at < hint.size(); at += 24) {
    const auto number = [&](std::size_t offset) { return ashlar::detail::load_le<std::uint64_t>(&hint[at + offset]); };
    ashlar::detail::append_hint(again, number(0), number(8), (number(16) & 0xFFFFFFFFU) * 8);
  }
  ashlar::detail::finish_hint(again, {0x701560ad31bb9977U, 0x60b92d2a699b5d52U, 1, 496, 0});
  CHECK(again == hint);
}

}  // namespace
