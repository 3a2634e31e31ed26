// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <ashlar/core/hash.hpp>

namespace {

/// The fullest of 256 buckets against the mean, when `hashes` are sorted by the byte at `shift`.
double fullest(const std::vector<std::uint64_t>& hashes, unsigned shift) {
  std::array<std::size_t, 256> counts{};
  for (const std::uint64_t hash : hashes) ++counts[hash >> shift & 255];
  std::size_t most = 0;
  for (const std::size_t count : counts) most = std::max(most, count);
  return static_cast<double>(most) * 256 / static_cast<double>(hashes.size());
}

struct Plain {
  int id;
};
enum class Colour : int { red = 1 };

}  // namespace

template <>
struct std::hash<Plain> {
  std::size_t operator()(const Plain& plain) const noexcept { return static_cast<std::size_t>(plain.id); }
};

TEST_CASE("every byte of the hash of dense and strided integers is even") {
  for (const std::uint64_t stride : {1ULL, 8ULL, 4096ULL, 1ULL << 32, 0x100'0000'0001ULL, 1ULL << 44}) {
    std::vector<std::uint64_t> hashes;
    for (std::uint64_t i = 0; i < 100'000; ++i) hashes.push_back(ashlar::hash_mix(i * stride));
    for (unsigned shift = 0; shift < 64; shift += 8) {
      CAPTURE(stride, shift);
      CHECK(fullest(hashes, shift) < 1.30);
    }
  }
}

TEST_CASE("every byte of the hash of similar strings is even") {
  std::vector<std::uint64_t> hashes;
  for (int i = 0; i < 100'000; ++i) hashes.push_back(ashlar::hash_bytes("product:" + std::to_string(i)));
  for (unsigned shift = 0; shift < 64; shift += 8) CHECK(fullest(hashes, shift) < 1.30);
}

TEST_CASE("each bit of an integer changes about half of its hash") {
  std::mt19937_64 random{7};
  for (unsigned bit = 0; bit < 64; ++bit) {
    int changed = 0;
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t value = random();
      changed += std::popcount(ashlar::hash_mix(value) ^ ashlar::hash_mix(value ^ std::uint64_t{1} << bit));
    }
    CAPTURE(bit);
    CHECK(changed > 500 * 28);
    CHECK(changed < 500 * 36);
  }
}

TEST_CASE("strings of every length, and with every byte changed, have different hashes") {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (std::size_t length = 0; length < 200; ++length) {
    std::string text(length, 'a');
    seen.insert(ashlar::hash_bytes(text));
    ++count;
    for (std::size_t i = 0; i < length; ++i) {
      text[i] = 'b';
      seen.insert(ashlar::hash_bytes(text));
      text[i] = 'a';
      ++count;
    }
  }
  CHECK(seen.size() == count);
}

TEST_CASE("a string, a view of it and a literal have one hash") {
  const ashlar::Hash<std::string> hash;
  CHECK(hash(std::string{"product:42"}) == hash("product:42"));
  CHECK(hash(std::string{"product:42"}) == hash(std::string_view{"product:42"}));
  CHECK(hash(std::string{}) == hash(""));
}

TEST_CASE("pairs and tuples hash by all their parts and their order") {
  const ashlar::Hash<std::pair<int, int>> pair;
  CHECK(pair({1, 2}) != pair({2, 1}));
  CHECK(pair({1, 2}) == pair({1, 2}));
  const ashlar::Hash<std::tuple<int, std::string, char>> tuple;
  CHECK(tuple({1, "a", 'x'}) != tuple({1, "a", 'y'}));
}

TEST_CASE("enumerations, pointers, floating point and types with a std::hash are hashed") {
  int here = 0;
  CHECK(ashlar::Hash<Colour>{}(Colour::red) == ashlar::hash_mix(1));
  CHECK(ashlar::Hash<int*>{}(&here) != ashlar::Hash<int*>{}(nullptr));
  CHECK(ashlar::Hash<double>{}(0.0) == ashlar::Hash<double>{}(-0.0));
  CHECK(ashlar::Hash<Plain>{}(Plain{3}) == ashlar::hash_mix(3));
}
