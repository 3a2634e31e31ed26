// SPDX-License-Identifier: BSL-1.0
#include <ashlar/core/detail/same_text.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include <support/catch.hpp>

namespace {

using ashlar::detail::same_text;

TEST_CASE("texts are the same where every byte is, at every length") {
  for (std::size_t length = 0; length <= 130; ++length) {
    CAPTURE(length);
    // Copies of their own, so that a look beyond the end is seen.
    const std::string text(length, 'a');
    std::string other{text};
    REQUIRE(same_text(text, other));
    for (std::size_t i = 0; i < length; ++i) {
      other[i] = 'b';
      REQUIRE_FALSE(same_text(text, other));
      other[i] = 'a';
    }
    REQUIRE_FALSE(same_text(text, text + 'a'));
    REQUIRE_FALSE(same_text(text + 'a', text));
  }
}

TEST_CASE("zero bytes count, and an empty text needs no memory") {
  using namespace std::string_view_literals;
  CHECK(same_text("a\0b"sv, "a\0b"sv));
  CHECK_FALSE(same_text("a\0b"sv, "a\0c"sv));
  CHECK(same_text({}, ""sv));
}

}  // namespace
