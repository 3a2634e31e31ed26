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
                           "1.5.5",
                           "-Infinity",
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

/// What is left of a text after the first error, behind that member or element: "no", or its names and texts.
std::string rest_behind_error(JsonReader& reader, std::size_t depth) {
  while (reader.next()) {
  }
  if (!reader.skip_wrong(depth)) return "no";
  std::string names;
  while (true) {
    const auto event = reader.next();
    if (!event) return names + "wrong";
    if (*event == JsonEvent::end) return names + ".";
    if (*event == JsonEvent::key || *event == JsonEvent::string) names += reader.text() + ' ';
  }
}

TEST_CASE("the JSON reader goes on behind what is wrong where it is known to end") {
  const auto go_on = [](std::string_view text, std::size_t depth) {
    JsonReader reader{text};
    return rest_behind_error(reader, depth);
  };
  CHECK(go_on(R"({"a": [1, "\x ] , \" } , ", 2], "b": "c"})", 1) == "b c .");
  CHECK(go_on(R"(["\x", "b"])", 1) == "b .");
  CHECK(go_on(R"({"a": ["\x", "b"], "c": 1})", 2) == "b c .");
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

TEST_CASE("a number or word of JSON goes on to white space, a comma, a bracket or the end") {
  CHECK(events("[1 ,2\t,true\n,null\r,3]") == "[ 1 2 true null 3 ] .");
  CHECK(events(R"({"a":1})") == "{ a: 1 } .");
  for (const char* text :
       {"1.5.5", "0x10", "1-", "1e5e5", "truex", "null0", "falsey", "1\"a\"", "1:", "true[", "1{}"}) {
    INFO(text);
    CHECK(events(text).starts_with("! "));
    CHECK(events('[' + std::string{text} + ']').starts_with("[ ! "));
  }
}

TEST_CASE("the JSON reader goes on behind a number or word that is none") {
  for (const std::string wrong :
       {"1.5.5", "0x10", "01.5e", "-", "1e+", "1_000", "truex", "NaN", "Infinity", "-Infinity", "NaN ", "nullable"}) {
    INFO(wrong);
    const std::string object = "{\"a\": " + wrong + ", \"b\": 1}";
    JsonReader member{object};
    CHECK(rest_behind_error(member, 1) == "b .");
    const std::string arrays = "[[1, " + wrong + "], \"b\"]";
    JsonReader element{arrays};
    CHECK(rest_behind_error(element, 1) == "b .");
    const std::string alone = "[" + wrong + "]";
    JsonReader last{alone};
    CHECK(rest_behind_error(last, 1) == ".");
  }
}

TEST_CASE("the JSON reader is as strict behind what is wrong as before it") {
  const auto levels = [](std::size_t count, char open, char close) {
    return "{\"a\": " + std::string(count, open) + std::string(count, close) + ", \"b\": 1}";
  };
  for (const std::string& text :
       {std::string{"{\"a\": \"\\x no end,\n \"b\": 1, \"c\": 2}"}, std::string{"{\"a\": \"\\x\\\n\", \"b\": 1}"},
        std::string{R"({"a": -", "k": "x,", ":1})"}, std::string{R"({"a": -", "k": "x,",":1})"},
        std::string{R"({"a": [-}, "b": 1})"}, std::string{R"({"a": {"x": [01}, "b": 2}, "c": 3})"},
        std::string{R"({"a": -{}, "b": 1})"}, std::string{R"({"a": 1:2, "b": 1})"},
        std::string{R"({"a": [01 2], "b": 1})"}, std::string{R"({"a": [01,], "b": 1})"},
        std::string{R"({"a": {"\x", "y": 1}, "b": 1})"}, std::string{R"({"\x" , "b": 1})"},
        std::string{R"({"\x" 1 "x": {}, "b": 1})"}, std::string{R"({"a": "C:\dir\", "b": {"n": 2}, "c": 1})"},
        levels(200, '[', '}'), levels(200, '{', '}'), levels(1'100'000, '[', ']')}) {
    INFO(text.substr(0, 80));
    JsonReader reader{text};
    REQUIRE(rest_behind_error(reader, 1) == "no");
    const std::string error = reader.next().error().what();
    CHECK_FALSE(reader.skip_wrong(1));
    CHECK(reader.next().error().what() == error);
  }
  for (const std::string& text :
       {levels(200, '[', ']'), levels(900'000, '[', ']'), std::string{R"({"a": [01, "\x", {"\y": 1e}, -], "b": 1})"},
        std::string{R"({"\x\\\"" : {"y": "\z"}, "b": 1})"}}) {
    INFO(text.substr(0, 80));
    JsonReader reader{text};
    CHECK(rest_behind_error(reader, 1) == "b .");
  }
}

TEST_CASE("the JSON reader goes on at the same place however the text arrives, and keeps its limits") {
  const std::string text = R"({"a": ["\x \\\" ] é", 01.5, -Infinity, [[[]]], "123456789"], "bé": "\u12", "c": 1} )";
  for (std::size_t step = 1; step < text.size(); ++step) {
    INFO(step);
    std::size_t at = 0;
    JsonReader reader{[&](std::span<char> into) -> ashlar::Result<std::size_t> {
                        const std::size_t count = std::min({step, into.size(), text.size() - at});
                        std::memcpy(into.data(), text.data() + at, count);
                        at += count;
                        return count;
                      },
                      {.depth = 3, .token = 8}};
    CHECK(rest_behind_error(reader, 1) == "bé wrong");
    REQUIRE(reader.skip_wrong(1));
    REQUIRE(reader.next());
    CHECK(reader.text() == "c");
  }
  JsonReader shallow{std::string_view{R"([[[]], "b", [[]]])"}, {.depth = 2}};
  CHECK(rest_behind_error(shallow, 1) == "b wrong");
}

TEST_CASE("places behind what the JSON reader skipped are counted in characters") {
  JsonReader reader{std::string_view{"{\"a\": [\"\\x éé𝄞\\é\", 1], \"é\": 01}"}};
  while (reader.next()) {
  }
  CHECK(to_string(reader.position()) == "line 1, column 8 (offset 7)");
  REQUIRE(reader.skip_wrong(1));
  CHECK(to_string(reader.position()) == "line 1, column 8 (offset 7)");
  REQUIRE(reader.next());
  CHECK(to_string(reader.position()) == "line 1, column 24 (offset 29)");
}

TEST_CASE("an error of the source while the JSON reader skips is the reader's") {
  const std::string_view text = R"({"a": [01, "\x"] , "b": 1})";
  for (std::size_t length = text.find('1') + 1; length < text.find(", \"b"); ++length) {
    INFO(length);
    std::size_t at = 0;
    JsonReader reader{[&](std::span<char> into) -> ashlar::Result<std::size_t> {
      if (at == length) return ashlar::Error{ashlar::ErrorCode::io, "the disk is gone"};
      into[0] = text[at++];
      return std::size_t{1};
    }};
    while (reader.next()) {
    }
    REQUIRE_FALSE(reader.skip_wrong(1));
    CHECK(reader.next().error().code() == ashlar::ErrorCode::io);
    CHECK_FALSE(reader.skip_wrong(1));
  }
}

TEST_CASE("the JSON reader passes on what its source says") {
  JsonReader reader{[](std::span<char>) -> ashlar::Result<std::size_t> {
    return ashlar::Error{ashlar::ErrorCode::io, "the disk is gone"};
  }};
  CHECK(reader.next().error().code() == ashlar::ErrorCode::io);
}

}  // namespace
