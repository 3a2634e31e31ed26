// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <ashlar/codec/columnar.hpp>
#include <ashlar/simd/detail/targets.hpp>
#include <support/soak.hpp>

// The packed bytes and the restored values are the same on every target that this machine runs.
namespace {

namespace col = ashlar::detail::column;

struct Block {
  alignas(64) std::int64_t values[col::block];
};

std::vector<std::string> targets() {
  std::vector<std::string> names;
  ashlar::detail::simd_targets.each([&](const char* name) { names.emplace_back(name); });
  return names;
}
struct BestTargetAgain {
  ~BestTargetAgain() { ashlar::detail::simd_targets.use_best(); }
};

std::int64_t make(int shape, std::size_t i, std::mt19937_64& engine) {
  switch (shape) {
    case 0: return static_cast<std::int64_t>(engine());
    case 1: return static_cast<std::int64_t>(engine() % 1000) - 500;
    case 2: return static_cast<std::int64_t>(i * 1000 + engine() % 10);
    case 3:
      return engine() % 30 == 0 ? static_cast<std::int64_t>(engine() >> 8) : static_cast<std::int64_t>(engine() % 16);
    case 4: return static_cast<std::int64_t>(i / 37) << 30;
    case 5: return static_cast<std::int64_t>(std::uint64_t{1} << (engine() % 64));
    case 6: return static_cast<std::int64_t>((std::uint64_t{1} << (engine() % 63)) - 1);
    default: return static_cast<std::int64_t>(engine() >> (engine() % 64));
  }
}

// Everything that the kernels make of one block, as bytes.
std::vector<std::byte> all_of(const Block& input, unsigned width) {
  std::vector<std::byte> out;
  const auto keep = [&](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    out.insert(out.end(), bytes, bytes + size);
  };
  std::int64_t low = 0;
  std::int64_t high = 0;
  col::range(input.values, &low, &high);
  keep(&low, 8);
  keep(&high, 8);
  std::uint64_t words[col::block];
  col::offsets(input.values, static_cast<std::uint64_t>(low), words);
  unsigned exceptions = 0;
  unsigned best = col::best_width(words, &exceptions);
  keep(&best, sizeof best);
  keep(&exceptions, sizeof exceptions);
  std::byte packed[col::block * 8 + 64];
  col::pack(words, packed, width);
  keep(packed, width * col::word_row);
  col::unpack(packed, words, width, 77);
  keep(words, sizeof words);
  col::zigzags(input.values, 5, words);
  keep(words, sizeof words);
  col::unzigzags(words, 5);
  REQUIRE(std::memcmp(words, input.values, sizeof words) == 0);
  const std::size_t changes = col::deltas(input.values, words);
  keep(&changes, sizeof changes);
  keep(words, sizeof words);
  best = col::best_width(words, &exceptions);
  keep(&best, sizeof best);
  col::undelta(words, static_cast<std::uint64_t>(input.values[0]));
  REQUIRE(std::memcmp(words, input.values, sizeof words) == 0);
  for (const std::size_t count : {std::size_t{0}, std::size_t{7}, std::size_t{100}, col::block}) {
    std::uint64_t lows = 0;
    std::int64_t highs = 0;
    col::sum(input.values, count, &lows, &highs);
    keep(&lows, 8);
    keep(&highs, 8);
  }
  return out;
}
std::vector<std::byte> all_of_reals(const double* values, unsigned up, unsigned down) {
  std::vector<std::byte> out;
  const auto keep = [&](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    out.insert(out.end(), bytes, bytes + size);
  };
  std::int64_t words[col::block];
  std::uint16_t places[col::block];
  const std::size_t apart = col::to_decimal(values, words, up, down, places);
  keep(&apart, sizeof apart);
  keep(places, apart * 2);
  for (std::size_t i = 0; i < apart; ++i) words[places[i]] = 0;
  keep(words, sizeof words);
  double back[col::block];
  col::from_decimal(words, back, up, down);
  keep(back, sizeof back);
  double sums[col::lanes] = {};
  double low = 0;
  double high = 0;
  col::add_doubles(values, sums, &low, &high);
  keep(sums, sizeof sums);
  keep(&low, 8);
  keep(&high, 8);
  return out;
}

}  // namespace

TEST_CASE("every target computes what the scalar twins compute") {
  const BestTargetAgain again;
  const auto names = targets();
  std::mt19937_64 engine{1};
  for (int round = 0; round < static_cast<int>(130 * ashlar_test::soak()); ++round) {
    Block block{};
    for (std::size_t i = 0; i < col::block; ++i) block.values[i] = make(round % 8, i, engine);
    double reals[col::block];
    for (double& real : reals) {
      real = engine() % 40 == 0 ? std::bit_cast<double>(engine() >> 2) : static_cast<double>(engine() % 100000) / 100;
    }
    const auto width = static_cast<unsigned>(round % 65);
    REQUIRE(ashlar::detail::simd_targets.use("scalar"));
    const auto expected = all_of(block, width);
    const auto expected_reals = all_of_reals(reals, 14, 12);
    for (const auto& name : names) {
      INFO(name << " round " << round);
      REQUIRE(ashlar::detail::simd_targets.use(name));
      REQUIRE(all_of(block, width) == expected);
      REQUIRE(all_of_reals(reals, 14, 12) == expected_reals);
    }
  }
}

TEST_CASE("every target packs a table to the same bytes, and reads those of the others") {
  const BestTargetAgain again;
  std::mt19937_64 engine{2};
  for (int shape = 0; shape < 8; ++shape) {
    std::vector<std::pair<std::int64_t, double>> table(3000);
    for (std::size_t i = 0; i < table.size(); ++i) {
      table[i] = {make(shape, i, engine), static_cast<double>(make(shape, i, engine) % 100000) / 1000};
    }
    std::vector<std::byte> expected;
    for (const auto& name : targets()) {
      INFO(name << " shape " << shape);
      REQUIRE(ashlar::detail::simd_targets.use(name));
      std::vector<std::byte> bytes;
      ashlar::Columnar{}.encode(table, bytes);
      if (expected.empty()) expected = bytes;
      REQUIRE(bytes == expected);
      REQUIRE(ashlar::Columnar{}.decode<decltype(table)>(expected).value() == table);
    }
  }
}
