// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/legacy.hpp>

#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/temp_directory.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace {

using Store = ashlar::ShardedStore<std::string, std::int64_t, ashlar::InMemory>;

ashlar::Result<std::int64_t> size_of(std::string_view, const ashlar::JsonValue& json) {
  const ashlar::JsonValue* size = json.find("size");
  if (size == nullptr || !size->integer()) {
    return ashlar::Error{ashlar::ErrorCode::corrupt, "no \"size\" that is an integer"};
  }
  return *size->integer();
}

ashlar::LegacyReport migrate(Store& store, const std::string& text) {
  const ashlar_test::TempDirectory directory;
  std::ofstream{directory / "cache.json", std::ios::binary} << text;
  return ashlar::migrate_legacy(store, directory / "cache.json", size_of).value();
}

TEST_CASE("a legacy file is taken over, and a second time changes nothing") {
  Store store;
  store.put("b", 99).value();
  const std::string text = R"({"a": {"size": 1, "more": [1, {"x": null}]}, "b": {"size": 2}, "ä\n": {"size": 3}})";
  ashlar::LegacyReport report = migrate(store, text);
  CHECK(report.complete);
  CHECK(report.migrated == 2);
  CHECK(report.already_there == 1);
  CHECK(report.malformed == 0);
  CHECK(store.get("a").value() == 1);
  CHECK(store.get("b").value() == 99);
  CHECK(store.get("ä\n").value() == 3);
  report = migrate(store, text);
  CHECK(report.migrated == 0);
  CHECK(report.already_there == 3);
}

TEST_CASE("a malformed entry is reported with its place, and the others are taken over") {
  Store store;
  const ashlar::LegacyReport report =
      migrate(store, "{\n  \"a\": {\"size\": 1},\n  \"b\": [],\n  \"c\": {\"size\": 3}\n}\n");
  CHECK(report.complete);
  CHECK(report.migrated == 2);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].key == "b");
  CHECK(to_string(report.problems[0].position) == "line 3, column 3 (offset 24)");
  CHECK(report.problems[0].what == "no \"size\" that is an integer");
}

TEST_CASE("an entry that is no JSON is reported with its place, and the others are taken over") {
  const std::string deep = std::string(200, '[') + "{\"}]\": 1}" + std::string(200, ']');
  for (const std::string& wrong :
       {std::string{"\"half \\ud800\""}, std::string{"\"\\udc00, \\\" }\""}, std::string{"\"\\ud800\\ud800\""},
        std::string{"[1, \"\xC3\x28, [\", 2]"}, std::string{"\"\xC0\xAF\""}, std::string{"\"\xED\xA0\x80\""},
        std::string{"\"\\x41\""}, std::string{"\"\\u12g4\""}, std::string{"{\"size\": 01}"}, std::string{"[-]"},
        std::string{"5."}, std::string{"1e"}, std::string{"1.5.5"}, std::string{"0x10"},
        std::string{"{\"size\": truex}"}, std::string{"{\"size\": NaN}"}, std::string{"Infinity"},
        std::string{"[-Infinity, {\"size\": -NaN}]"}, deep}) {
    INFO(wrong);
    Store store;
    const ashlar::LegacyReport report = migrate(
        store, "{\"a\": {\"size\": 1},\n  \"b\": " + wrong + ",\n  \"c\": {\"size\": 3}, \"d\": " + wrong + "}");
    CHECK(report.complete);
    CHECK(report.migrated == 2);
    CHECK(report.malformed == 2);
    REQUIRE(report.problems.size() == 2);
    CHECK(report.problems[0].key == "b");
    CHECK(report.problems[0].position.line == 2);
    CHECK(report.problems[1].key == "d");
    CHECK(store.get("c").value() == 3);
  }
  Store store;
  const ashlar::LegacyReport report = migrate(store, "{\"\xFF\": {\"size\": 1}, \"c\": {\"size\": 3}}");
  CHECK(report.complete);
  CHECK(report.malformed == 1);
  CHECK(store.get("c").value() == 3);
}

TEST_CASE("what may be a quote that is missing ends a migration: nothing is taken from inside of a text") {
  for (const std::string wrong :
       {"\"a tab \t\"", "\"no end", "no beginning\"", "{]", "'1'", "NaN\"", "nan", "+1", "", "\"\\x no end",
        "[\"\\x\", \"no end]", "-\", \"k\": \"x,\",\":1", "[-}", "[{\"x\": 01]", "01\"", "1.5\"", "\"C:\\dir\\\""}) {
    INFO(wrong);
    Store store;
    const ashlar::LegacyReport report =
        migrate(store, "{\"a\": {\"size\": 1}, \"b\": " + wrong + ",\n \"c\": {\"size\": 3}}");
    CHECK_FALSE(report.complete);
    CHECK(report.migrated == 1);
    CHECK(report.problems.size() == 1);
  }
}

TEST_CASE("a missing quote behind a bad escape takes no good entries with it in silence") {
  Store store;
  const ashlar::LegacyReport report =
      migrate(store,
              "{\"z\": {\"size\": 1}, \"a\": \"\\x no end,\n \"b\": {\"size\": 2},\n \"c\": {\"size\": 3},\n"
              " \"d\": \"has \" a quote\",\n \"e\": {\"size\": 5}}");
  CHECK_FALSE(report.complete);
  CHECK(report.migrated == 1);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].key == "a");
}

TEST_CASE("a legacy file that breaks off gives what came before, and says where") {
  Store store;
  const ashlar::LegacyReport report = migrate(store, "{\"a\": {\"size\": 1}, \"b\": {\"siz");
  CHECK(!report.complete);
  CHECK(report.migrated == 1);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].key == "b");
  CHECK(report.problems[0].what.find("line 1") != std::string::npos);
}

TEST_CASE("what is no JSON object is reported and changes nothing") {
  for (const char* text : {"", "[]", "7", "nonsense", "{\"a\": {\"size\": 1}} {}", "{\"a\" 1}"}) {
    INFO(text);
    Store store;
    const ashlar::LegacyReport report = migrate(store, text);
    CHECK(!report.complete);
    CHECK(report.problems.size() == 1);
  }
}

TEST_CASE("of legacy entries with the same key the first that is not malformed wins, also when it is run again") {
  const std::string text = R"({"a": {"size": 1}, "a": {"size": 2}, "b": {"size": 01}, "b": {"size": 3}, "b": {}})";
  Store store;
  for (int run = 0; run < 2; ++run) {
    const ashlar::LegacyReport report = migrate(store, text);
    CHECK(report.complete);
    CHECK(report.migrated == (run == 0 ? 2 : 0));
    CHECK(report.already_there == (run == 0 ? 1 : 3));
    CHECK(report.malformed == 2);
    CHECK(store.get("a").value() == 1);
    CHECK(store.get("b").value() == 3);
  }
}

TEST_CASE("a legacy file that cannot be read further is an error, also behind an entry that is malformed") {
  for (const std::string_view text : {R"({"a": {"si)", R"({"a": "\x )", R"({"a": {"size": 1}, "\x)"}) {
    INFO(text);
    bool given = false;
    ashlar::JsonReader reader{[&](std::span<char> into) -> ashlar::Result<std::size_t> {
      if (given) return ashlar::Error{ashlar::ErrorCode::io, "the disk is gone"};
      given = true;
      return text.copy(into.data(), into.size());
    }};
    Store store;
    const auto report = ashlar::detail::migrate_legacy_from(store, reader, size_of);
    REQUIRE(!report);
    CHECK(report.error().code() == ashlar::ErrorCode::io);
  }
}

TEST_CASE("a legacy file that is missing is an error") {
  Store store;
  CHECK(ashlar::migrate_legacy(store, "/nonexistent/cache.json", size_of).error().code() ==
        ashlar::ErrorCode::not_found);
}

}  // namespace
