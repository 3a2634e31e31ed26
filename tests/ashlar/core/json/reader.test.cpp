// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/core/json/reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using ashlar::JsonEvent;
using ashlar::JsonReader;

/// The events of a text as a line, and the message of the error it ends with, if any.
std::string events(JsonReader reader) {
  std::string line;
  while (true) {
    const auto event = reader.next();
    if (!event) return line + "! " + event.error().what();
    switch (*event) {
      case JsonEvent::begin_object: line += "{ "; break;
      case JsonEvent::end_object: line += "} "; break;
      case JsonEvent::begin_array: line += "[ "; break;
      case JsonEvent::end_array: line += "] "; break;
      case JsonEvent::key: line += reader.text() + ": "; break;
      case JsonEvent::string: line += "'" + reader.text() + "' "; break;
      case JsonEvent::number: line += reader.text() + " "; break;
      case JsonEvent::boolean: line += reader.boolean() ? "true " : "false "; break;
      case JsonEvent::null: line += "null "; break;
      case JsonEvent::end: return line + ".";
    }
  }
}
std::string events(std::string_view text) { return events(JsonReader{text}); }

/// The same text, handed over `step` bytes at a time.
std::string events_by(std::string text, std::size_t step) {
  std::size_t at = 0;
  return events(JsonReader{[=](std::span<char> into) mutable -> ashlar::Result<std::size_t> {
    const std::size_t count = std::min({step, into.size(), text.size() - at});
    std::memcpy(into.data(), text.data() + at, count);
    at += count;
    return count;
  }});
}

bool refused(std::string_view text) { return events(text).find('!') != std::string::npos; }

TEST_CASE("the JSON reader tells what is in a text, in its order") {
  CHECK(events(R"( {"a": [1, -0.5e+3, true, false, null], "b": {"c": "d"}, "e": []} )") ==
        "{ a: [ 1 -0.5e+3 true false null ] b: { c: 'd' } e: [ ] } .");
  CHECK(events("7") == "7 .");
  CHECK(events(R"("\u00e4\ud834\udd1e\"\\\/\b\f\n\r\t")") == "'ä𝄞\"\\/\b\f\n\r\t' .");
}

TEST_CASE("the JSON reader refuses what RFC 8259 does not allow") {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1",
                           "[1,]",
                           "{\"a\":1,}",
                           "{,}",
                           "[,1]",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{'a':1}",
                           "[1 2]",
                           "1 2",
                           "01",
                           "-",
                           "+1",
                           ".5",
                           "1.",
                           "1e",
                           "1e+",
                           "0x1",
                           "NaN",
                           "Infinity",
                           "tru",
                           "truE",
                           "nul",
                           "\"a",
                           "\"\n\"",
                           "\"\t\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\ud800x\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "]",
                           "}",
                           "[}",
                           "{]",
                           "{\"a\":]",
                           "// c\n1",
                           "/**/1",
                           "[1]x",
                           "\xef\xbb\xbf"
                           "1",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{1:2}"}) {
    INFO(text);
    CHECK(refused(text));
  }
}

TEST_CASE("the JSON reader says where and what is wrong") {
  CHECK(events("{\n  \"ä\": 1,\n  \"b\" 2}") ==
        "{ ä: 1 ! JSON line 3, column 7 (offset 19): expected ':' after the member name");
  CHECK(events("[1\n 2]") == "[ 1 ! JSON line 2, column 2 (offset 4): expected ',' or ']'");
}

TEST_CASE("the JSON reader gives the same events however the text arrives") {
  const std::string text = R"({"käse": ["\ud834\udd1e", 12.25e-7, "long text without end", true, null, {"x": {}}]})";
  const std::string whole = events(text);
  for (std::size_t step = 1; step < text.size(); ++step) CHECK(events_by(text, step) == whole);
  for (std::size_t length = 0; length < text.size(); ++length) CHECK(refused(text.substr(0, length)));
}

TEST_CASE("the JSON reader keeps its limits") {
  const std::string deep(1000, '[');
  CHECK(events(deep).find("nested deeper than 128") != std::string::npos);
  CHECK(events(JsonReader{"\"abcdef\"", {.token = 4}}).find("longer than the limit") != std::string::npos);
  CHECK(events(JsonReader{"123456", {.token = 4}}).find("longer than the limit") != std::string::npos);
}

TEST_CASE("the JSON reader repeats its error, and its end") {
  JsonReader broken{std::string_view{"[1 2]"}};
  while (broken.next()) {
  }
  CHECK(broken.next().error().what() == std::string{broken.next().error().what()});
  JsonReader done{std::string_view{"1"}};
  REQUIRE(done.next());
  CHECK(*done.next() == JsonEvent::end);
  CHECK(*done.next() == JsonEvent::end);
}

TEST_CASE("the JSON reader goes on behind what is wrong where it is known to end") {
  const auto go_on = [](std::string_view text, std::size_t depth) {
    JsonReader reader{text};
    while (reader.next()) {
    }
    if (!reader.skip_wrong(depth)) return std::string{"no"};
    std::string names;
    while (true) {
      const auto event = reader.next();
      if (!event) return names + "wrong";
      if (*event == JsonEvent::end) return names;
      if (*event == JsonEvent::key || *event == JsonEvent::string) names += reader.text() + ' ';
    }
  };
  CHECK(go_on(R"({"a": [1, "\x ] , \" } , ", 2], "b": "c"})", 1) == "b c ");
  CHECK(go_on(R"(["\x", "b"])", 1) == "b ");
  CHECK(go_on(R"({"a": ["\x", "b"], "c": 1})", 2) == "b c ");
  CHECK(go_on(R"({"a": ["\x", "b"], "c": 1})", 3) == "no");
  CHECK(go_on(R"({"a": ["\x", "b"], "c": 1})", 0) == "no");
  CHECK(go_on(R"({"a": ["\x", "b"], "c": "\y"})", 1) == "c wrong");
  CHECK(go_on(R"({"a": "\x"])", 1) == "no");
  CHECK(go_on(R"({"a": "\x)", 1) == "no");
  CHECK(go_on(R"({"a": "\x")", 1) == "no");
  CHECK(go_on(R"({"a" 1, "b": 2})", 1) == "no");
  CHECK(go_on(R"("\x")", 1) == "no");
  JsonReader fine{std::string_view{"[1]"}};
  REQUIRE(fine.next());
  CHECK_FALSE(fine.skip_wrong(1));
}

TEST_CASE("the JSON reader passes on what its source says") {
  JsonReader reader{[](std::span<char>) -> ashlar::Result<std::size_t> {
    return ashlar::Error{ashlar::ErrorCode::io, "the disk is gone"};
  }};
  CHECK(reader.next().error().code() == ashlar::ErrorCode::io);
}

}  // namespace
