// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/core/json/value.hpp>

#include <cstdint>
#include <string>

namespace {

TEST_CASE("a JSON value answers only for its own kind") {
  const auto value = ashlar::parse_json(R"({"n": 12, "big": 1e400, "s": "x", "a": [1], "twice": 1, "twice": 2})");
  REQUIRE(value);
  REQUIRE(value->object() != nullptr);
  CHECK(value->object()->size() == 6);
  CHECK(value->array() == nullptr);
  CHECK(value->find("n")->integer() == 12);
  CHECK(value->find("n")->number() == 12.0);
  CHECK(*value->find("n")->spelling() == "12");
  CHECK(value->find("n")->string() == nullptr);
  CHECK(!value->find("big")->number());
  CHECK(!value->find("s")->integer());
  CHECK(value->find("missing") == nullptr);
  CHECK(value->find("twice")->integer() == 2);
  CHECK(value->find("s")->find("x") == nullptr);
}

TEST_CASE("a JSON integer is none when it does not fit or has a fraction") {
  const auto value = ashlar::parse_json("[9223372036854775807, 9223372036854775808, 1.5, 1e2]");
  REQUIRE(value);
  const auto& array = *value->array();
  CHECK(array[0].integer() == INT64_MAX);
  CHECK(!array[1].integer());
  CHECK(!array[2].integer());
  CHECK(array[3].number() == 100.0);
}

TEST_CASE("read_json leaves the rest of the text to the reader") {
  ashlar::JsonReader reader{std::string_view{R"({"a": [1, 2], "b": 3})"}};
  REQUIRE(reader.next());
  REQUIRE(*reader.next() == ashlar::JsonEvent::key);
  const auto list = ashlar::read_json(reader);
  REQUIRE(list);
  CHECK(list->array()->size() == 2);
  CHECK(*reader.next() == ashlar::JsonEvent::key);
  CHECK(reader.text() == "b");
}

TEST_CASE("JSON values copy and move") {
  auto value = ashlar::parse_json(R"([{"a": "b"}])");
  REQUIRE(value);
  const ashlar::JsonValue copy = *value;
  const ashlar::JsonValue moved = std::move(*value);
  CHECK(*copy.array()->front().find("a")->string() == "b");
  CHECK(*moved.array()->front().find("a")->string() == "b");
}

TEST_CASE("parse_json refuses what follows the value") { CHECK(!ashlar::parse_json("{} {}")); }

}  // namespace
