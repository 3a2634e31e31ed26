// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include <ashlar/simd/tag_group.hpp>

namespace {

template <class Predicate>
std::uint32_t expected(const std::uint8_t* tags, Predicate predicate) {
  std::uint32_t bits = 0;
  for (std::uint32_t i = 0; i < 16; ++i) {
    bits |= static_cast<std::uint32_t>(predicate(tags[i])) << i;
  }
  return bits;
}

// `match` and the like of a group that gives masks or bare bits.
std::uint32_t bits(ashlar::TagMask mask) { return mask.bits(); }
std::uint32_t bits(std::uint32_t mask) { return mask; }

template <class Group>
void check(const Group& group, const std::uint8_t* tags) {
  for (unsigned value = 0; value < 256; ++value) {
    const auto tag = static_cast<std::uint8_t>(value);
    REQUIRE(bits(group.match(tag)) == expected(tags, [&](std::uint8_t t) { return t == tag; }));
    REQUIRE(bits(group.match_less(tag)) == expected(tags, [&](std::uint8_t t) { return t < tag; }));
  }
  REQUIRE(bits(group.match_top_bit()) == expected(tags, [](std::uint8_t t) { return t >= 128; }));
}

}  // namespace

TEST_CASE("A tag group finds exactly the equal, smaller and high tags at any alignment") {
  std::mt19937 random{7};
  std::vector<std::uint8_t> tags(64);
  for (int round = 0; round < 100; ++round) {
    for (auto& tag : tags) {
      tag = static_cast<std::uint8_t>(round % 2 == 0 ? random() : 126 + random() % 5);
    }
    const std::uint8_t* at = tags.data() + random() % 48;
    check(ashlar::TagGroup::load(at), at);
    check(ashlar::detail::TagGroupSwar{at}, at);
  }
}

TEST_CASE("The tag 0 is the empty one") {
  std::array<std::uint8_t, 16> tags{};
  tags.fill(9);
  REQUIRE_FALSE(ashlar::TagGroup::load(tags.data()).match_empty());
  tags[3] = tags[15] = 0;
  const ashlar::TagMask mask = ashlar::TagGroup::load(tags.data()).match_empty();
  REQUIRE(mask.count() == 2);
  REQUIRE(mask.first() == 3);
}

TEST_CASE("A mask lists its positions in order and knows the set operations") {
  constexpr ashlar::TagMask mask{0b1000'0000'0010'0001};
  std::vector<std::size_t> seen;
  for (const std::size_t slot : mask) {
    seen.push_back(slot);
  }
  REQUIRE(seen == std::vector<std::size_t>{0, 5, 15});
  STATIC_REQUIRE((mask & ashlar::TagMask{0b10'0000}).first() == 5);
  STATIC_REQUIRE((~mask).count() == 13);
  STATIC_REQUIRE((mask | ~mask) == ashlar::TagMask{0xFFFF});
  STATIC_REQUIRE_FALSE(ashlar::TagMask{});
  STATIC_REQUIRE(ashlar::TagMask{}.first() == 32);
}
