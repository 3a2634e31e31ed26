// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/hash_ids.hpp>

TEST_CASE("A batch of ids has the hashes of its single ids, for every length and offset on every target") {
  std::mt19937_64 random{10};
  for (const std::size_t size : ashlar_test::lengths_around_vectors(sizeof(std::uint64_t))) {
    const ashlar_test::Placed<std::uint64_t> ids{size, random() % 8};
    for (std::uint64_t& id : ids.values()) {
      id = random() >> (random() % 64);
    }
    const std::uint64_t seed = random();
    ashlar_test::on_every_target([&] {
      const ashlar_test::Placed<std::uint64_t> hashes{size, random() % 8};
      ashlar::hash_ids(ids.values(), hashes.values(), seed);
      for (std::size_t i = 0; i < size; ++i) {
        REQUIRE(hashes.values()[i] == ashlar::hash_id(ids.values()[i], seed));
      }
    });
  }
}

TEST_CASE("Ids are hashed in place on every target") {
  ashlar_test::on_every_target([] {
    std::vector<std::uint64_t> ids(37, 5);
    ashlar::hash_ids(ids, ids);
    REQUIRE(ids == std::vector<std::uint64_t>(37, ashlar::hash_id(5)));
  });
}

TEST_CASE("The hash of an id stays what it is") {
  STATIC_REQUIRE(ashlar::hash_id(0) == 0xe220a8397b1dcdafu);     // the first value of SplitMix64 from state 0
  STATIC_REQUIRE(ashlar::hash_id(0, 1) == 0x6e789e6aa1b965f4u);  // and the second
}

TEST_CASE("Each bit of an id changes each bit of the hash about half the time") {
  std::mt19937_64 random{11};
  constexpr int rounds = 2000;
  std::vector<int> flips(64 * 64);
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t id = random();
    const std::uint64_t hash = ashlar::hash_id(id);
    for (std::size_t in = 0; in < 64; ++in) {
      const std::uint64_t changed = hash ^ ashlar::hash_id(id ^ (std::uint64_t{1} << in));
      for (std::size_t out = 0; out < 64; ++out) {
        flips[in * 64 + out] += static_cast<int>(changed >> out & 1u);
      }
    }
  }
  // Five and a half standard deviations of a fair coin: passed by chance of 4096 coins but once in 6000 seeds.
  const double most = 5.5 * std::sqrt(rounds * 0.25);
  for (const int count : flips) {
    REQUIRE(std::abs(count - rounds / 2) < most);
  }
}

TEST_CASE("Ids in a row spread evenly over any few bits of the hash") {
  for (const int shift : {0, 7, 32, 57}) {
    std::vector<int> buckets(128);
    for (std::uint64_t id = 0; id < 128 * 1000; ++id) {
      ++buckets[ashlar::hash_id(id) >> shift & 127u];
    }
    double squares = 0;
    for (const int count : buckets) {
      squares += (count - 1000.0) * (count - 1000.0) / 1000.0;
    }
    CAPTURE(shift, squares);
    REQUIRE(squares < 127 + 5 * std::sqrt(2 * 127.0));
  }
}
