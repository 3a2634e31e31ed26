// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/core/json/writer.hpp>

#include <limits>
#include <string>

namespace {

TEST_CASE("the JSON writer puts commas and indentation where they belong") {
  std::string text;
  ashlar::JsonWriter json{text};
  json.begin_object().member("a", 1).key("b").begin_array().value(2).value("x").end_array().end_object();
  CHECK(text == "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    \"x\"\n  ]\n}");
}

TEST_CASE("the JSON writer writes one line without indentation") {
  std::string text;
  ashlar::JsonWriter{text, 0}.begin_array().value(1).raw("{\"a\":2}").begin_object().end_object().end_array();
  CHECK(text == "[1,{\"a\":2},{}]");
}

TEST_CASE("the JSON writer escapes what must be, and replaces what is no text or number") {
  std::string text;
  ashlar::JsonWriter{text, 0}.value("\"\\\n\t\x01\x1f ok");
  CHECK(text == "\"\\\"\\\\\\n\\t\\u0001\\u001f ok\"");
  text.clear();
  ashlar::JsonWriter{text, 0}.value(
      "\xff"
      "a\xed\xa0\x80");
  CHECK(text ==
        "\"\xEF\xBF\xBD"
        "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  text.clear();
  ashlar::JsonWriter{text, 0}.value(std::numeric_limits<double>::infinity());
  CHECK(text == "null");
}

TEST_CASE("the JSON writer writes numbers that read back as the same number") {
  std::string text;
  ashlar::JsonWriter{text, 0}.begin_array().value(0.1).value(1e300).value(-7).value(18446744073709551615U).end_array();
  CHECK(text == "[0.1,1e+300,-7,18446744073709551615]");
}

}  // namespace
