// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fnmatch.h>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/glob.hpp>

namespace {

using ashlar::Glob;

// The meaning of a pattern, straight from its description, with no thought of speed.
bool fits(std::string_view pattern, std::string_view key) {
  if (pattern.empty()) {
    return key.empty();
  }
  if (pattern[0] == '*') {
    return fits(pattern.substr(1), key) || (!key.empty() && fits(pattern, key.substr(1)));
  }
  if (key.empty()) {
    return false;
  }
  const auto c = static_cast<unsigned char>(key[0]);
  if (pattern[0] == '[') {
    std::size_t at = 1;
    const bool negated = at < pattern.size() && pattern[at] == '^';
    at += negated ? 1 : 0;
    bool found = false;
    while (at < pattern.size() && pattern[at] != ']') {
      auto low = static_cast<unsigned char>(pattern[at]);
      auto high = low;
      if (pattern[at] == '\\' && at + 1 < pattern.size()) {
        low = high = static_cast<unsigned char>(pattern[at + 1]);
        at += 2;
      } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
        high = static_cast<unsigned char>(pattern[at + 2]);
        at += 3;
      } else {
        at += 1;
      }
      found = found || (std::min(low, high) <= c && c <= std::max(low, high));
    }
    return found != negated && fits(pattern.substr(std::min(at + 1, pattern.size())), key.substr(1));
  }
  if (pattern[0] == '\\' && pattern.size() > 1) {
    pattern.remove_prefix(1);
  } else if (pattern[0] == '?') {
    return fits(pattern.substr(1), key.substr(1));
  }
  return pattern[0] == key[0] && fits(pattern.substr(1), key.substr(1));
}

void check_all(const std::string& pattern, const std::vector<std::string_view>& keys,
               const std::vector<bool>& expected) {
  const Glob glob{pattern};
  CAPTURE(pattern);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (glob.matches(keys[i]) != expected[i]) {
      CAPTURE(keys[i]);
      REQUIRE(glob.matches(keys[i]) == expected[i]);
    }
  }
  ashlar_test::on_every_target([&] {
    std::vector<std::uint64_t> bitmap((keys.size() + 63) / 64 + 1, 0x5555);
    std::size_t count = 0;
    for (const bool fit : expected) {
      count += fit ? 1 : 0;
    }
    REQUIRE(glob.scan(keys, bitmap) == count);
    for (std::size_t i = 0; i < bitmap.size() * 64; ++i) {
      const bool bit = (bitmap[i / 64] >> (i % 64) & 1u) != 0;
      if (i / 64 == (keys.size() + 63) / 64) {
        break;
      }
      if (bit != (i < keys.size() && expected[i])) {
        CAPTURE(i, i < keys.size() ? keys[i] : "behind the last");
        REQUIRE(bit == (i < keys.size() && expected[i]));
      }
    }
    REQUIRE(bitmap.back() == 0x5555);
  });
}

// Keys that each end where their allocation ends.
class OwnKeys {
 public:
  explicit OwnKeys(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      buffers_.emplace_back(new char[text.size()]);
      text.copy(buffers_.back().get(), text.size());
      views.emplace_back(buffers_.back().get(), text.size());
    }
  }
  std::vector<std::string_view> views;

 private:
  std::vector<std::unique_ptr<char[]>> buffers_;
};

void check_by_description(const std::string& pattern, const OwnKeys& keys) {
  std::vector<bool> expected;
  for (const std::string_view key : keys.views) {
    expected.push_back(fits(pattern, key));
  }
  check_all(pattern, keys.views, expected);
}

}  // namespace

TEST_CASE("A glob has the meaning of its description, case by case") {
  const auto matches = [](std::string_view pattern, std::string_view key) { return Glob{pattern}.matches(key); };
  REQUIRE(matches("", ""));
  REQUIRE_FALSE(matches("", "a"));
  REQUIRE(matches("*", ""));
  REQUIRE(matches("**", "anything at all"));
  REQUIRE(matches("product:*", "product:"));
  REQUIRE_FALSE(matches("product:*", "product"));
  REQUIRE(matches("h?llo", "hello"));
  REQUIRE_FALSE(matches("h?llo", "hllo"));
  REQUIRE(matches("h[ae]llo", "hallo"));
  REQUIRE_FALSE(matches("h[ae]llo", "hillo"));
  REQUIRE(matches("h[^e]llo", "hallo"));
  REQUIRE_FALSE(matches("h[^e]llo", "hello"));
  REQUIRE(matches("h[b-a]llo", "hallo"));
  REQUIRE(matches("[a\\]b]", "]"));
  REQUIRE(matches("[a\\-c]", "-"));
  REQUIRE_FALSE(matches("[a\\-c]", "b"));
  REQUIRE(matches("\\*", "*"));
  REQUIRE_FALSE(matches("\\*", "x"));
  REQUIRE(matches("a\\", "a\\"));
  REQUIRE_FALSE(matches("[]", "]"));
  REQUIRE(matches("[^]", "]"));
  REQUIRE(matches("[abc", "c"));
  REQUIRE(matches("[\x80-\xff]", "\xc3"));
  REQUIRE_FALSE(matches("abc*bcd", "abcd"));
  REQUIRE(matches("*aab", "aaab"));
  REQUIRE(matches("a*?*c", "abc"));
  REQUIRE_FALSE(matches("a*?*c", "ac"));
}

TEST_CASE("A pattern knows its literal prefix") {
  REQUIRE(Glob{"product:*"}.literal_prefix() == "product:");
  REQUIRE(Glob{"a\\*b?c"}.literal_prefix() == "a*b");
  REQUIRE(Glob{"*x"}.literal_prefix().empty());
  REQUIRE(Glob{"plain"}.is_literal());
  REQUIRE(Glob{""}.is_literal());
  REQUIRE_FALSE(Glob{"plain*"}.is_literal());
  REQUIRE_FALSE(Glob{"pl?in"}.is_literal());
  REQUIRE(Glob{"a*b"}.pattern() == "a*b");
}

TEST_CASE("Scanning keys of every length up to twice a vector gives the description's answer on every target") {
  std::vector<std::string> texts;
  for (std::size_t length = 0; length <= 130; ++length) {
    texts.emplace_back(length, 'a');
    texts.push_back("order:" + std::string(length, '4') + ":42:x");
    texts.push_back(std::string(length, ':') + "42:" + std::string(length / 2, 'b'));
  }
  const OwnKeys keys{texts};
  for (const char* pattern : {"",
                              "*",
                              "order:*",
                              "order:*:42:*",
                              "*:42:*",
                              "*x",
                              "*4:42:x",
                              "order:44444444444444444*",
                              "*444444444444444444:42:x",
                              "a",
                              "aaaaaaaa",
                              "aaa*aaa",
                              "?rder:*",
                              "[no]rder:*42*x",
                              "*::::::::::::::::::::42*",
                              "*[0-9]*",
                              "*?*",
                              "*b",
                              "*4*4*4*4*:*",
                              "*[^a]*"}) {
    check_by_description(pattern, keys);
  }
}

TEST_CASE("Random patterns on random keys give the description's answer on every target") {
  std::minstd_rand random{11};
  constexpr std::string_view pieces[] = {"a",    "b",     "ab",  "*",   "*",  "?", "[ab]",
                                         "[^a]", "[a-b]", "\\a", "\\*", "[b", ":"};
  for (int round = 0; round < 150; ++round) {
    std::string pattern;
    for (auto left = random() % 9; left != 0; --left) {
      pattern += pieces[random() % std::size(pieces)];
    }
    std::vector<std::string> texts;
    for (int i = 0; i < 150; ++i) {
      std::string text;
      for (auto left = random() % (i < 100 ? 9 : 40); left != 0; --left) {
        text += "ab:*"[random() % 12 / 4 + random() % 2];
      }
      texts.push_back(text);
    }
    check_by_description(pattern, OwnKeys{texts});
  }
}

TEST_CASE("Where both speak the same language, a glob agrees with fnmatch") {
  std::minstd_rand random{12};
  for (int round = 0; round < 300; ++round) {
    std::string pattern;
    for (auto left = random() % 8; left != 0; --left) {
      pattern += "ab?*"[random() % 4];
    }
    std::string text;
    for (auto left = random() % 20; left != 0; --left) {
      text += "ab"[random() % 2];
    }
    CAPTURE(pattern, text);
    REQUIRE(Glob{pattern}.matches(text) == (fnmatch(pattern.c_str(), text.c_str(), 0) == 0));
  }
}
