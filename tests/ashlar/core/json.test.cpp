// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/core/json.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace {

TEST_CASE("what the JSON writer writes, the reader reads back") {
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  every += "äöü ‱ 𝄞";
  for (const unsigned indent : {0U, 2U, 4U}) {
    std::string text;
    ashlar::JsonWriter json{text, indent};
    json.begin_object().member("text", every).member("least", std::numeric_limits<std::int64_t>::min());
    json.member("half", 0.5).member("yes", true).key("none").value(nullptr);
    json.key("list").begin_array().value(1).value("two").begin_array().end_array().end_array();
    json.key("nothing").begin_object().end_object().end_object();

    const auto value = ashlar::parse_json(text);
    REQUIRE(value);
    CHECK(*value->find("text")->string() == every);
    CHECK(value->find("least")->integer() == std::numeric_limits<std::int64_t>::min());
    CHECK(value->find("half")->number() == 0.5);
    CHECK(*value->find("yes")->boolean());
    CHECK(value->find("none")->is_null());
    CHECK(value->find("list")->array()->size() == 3);
    CHECK(value->find("nothing")->object()->empty());
  }
}

}  // namespace
