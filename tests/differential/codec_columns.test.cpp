// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cfenv>
#include <cstring>
#include <random>
#include <string>
#include <tuple>
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

// Everything that the kernels make of some values, as bytes. Packed bytes end where their memory ends.
std::vector<std::byte> all_of(const Block& input, std::size_t size, unsigned width) {
  std::vector<std::byte> out;
  const auto keep = [&](const void* data, std::size_t bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    out.insert(out.end(), first, first + bytes);
  };
  const auto keep_number = [&](std::uint64_t value) { keep(&value, 8); };
  std::int64_t low = 0;
  std::int64_t high = 0;
  col::range(input.values, size, &low, &high);
  keep_number(static_cast<std::uint64_t>(low));
  keep_number(static_cast<std::uint64_t>(high));
  keep_number(col::changes(input.values, size));
  for (const std::int64_t base : {low, input.values[0], std::int64_t{0}}) {
    col::Frame frame;
    col::best_frame(input.values, size, static_cast<std::uint64_t>(base), &frame);
    keep_number(frame.base);
    keep_number(frame.cost);
    keep_number(frame.width);
    keep_number(frame.exceptions);
  }
  std::vector<std::byte> packed(col::packed_bytes(size, width) + 8);
  col::pack(input.values, size, 3, width, packed.data());
  packed.resize(col::packed_bytes(size, width));
  packed.shrink_to_fit();
  keep(packed.data(), packed.size());
  std::vector<std::uint64_t> words(size);
  col::unpack(packed.data(), size, width, 77, words.data());
  for (std::size_t i = 0; i < size; ++i) {
    REQUIRE(words[i] == ((static_cast<std::uint64_t>(input.values[i]) - 3) & col::low_bits(width)) + 77);
  }
  std::vector<double> decimals(size);
  for (const std::int64_t base :
       {std::int64_t{5}, std::int64_t{-7}, (std::int64_t{1} << 50) - 1, std::int64_t{-1} << 50}) {
    col::unpack_decimals(packed.data(), size, width, static_cast<std::uint64_t>(base), 14, 12, decimals.data());
    if (width <= 50) keep(decimals.data(), size * 8);
  }
  std::uint64_t lows = 0;
  std::int64_t highs = 0;
  col::sum(input.values, size, &lows, &highs);
  keep_number(lows);
  keep_number(static_cast<std::uint64_t>(highs));
  if (size < col::block) return out;

  const std::uint64_t starts[col::chains] = {1, 2, 3, 4, 5, 6, 7, ~std::uint64_t{0}};
  std::uint64_t sums[col::block];
  std::uint64_t again[col::block];
  col::undelta(words.data(), starts, sums);
  col::unpack_deltas(packed.data(), width, 77, starts, again);
  REQUIRE(std::memcmp(sums, again, sizeof sums) == 0);
  keep(sums, sizeof sums);
  std::uint8_t bits[col::block / 8] = {};
  std::uint64_t runs[col::block + 8] = {};
  for (std::size_t i = 0; i < col::block; ++i) {
    const bool begins = i != 0 && static_cast<std::uint64_t>(input.values[i]) % (1 + width) == 0;
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (begins ? 1u : 0u) << (i % 8));
    runs[i] = i * i;
  }
  col::expand_runs(bits, runs, again);
  keep(again, sizeof again);
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
    const auto width = col::packed_width(static_cast<unsigned>(round % 65));
    const std::size_t size = round % 3 == 0 ? 1 + engine() % (col::block - 1) : col::block;
    REQUIRE(ashlar::detail::simd_targets.use("scalar"));
    const auto expected = all_of(block, size, width);
    const auto expected_reals = all_of_reals(reals, 14, 12);
    for (const auto& name : names) {
      INFO(name << " round " << round);
      REQUIRE(ashlar::detail::simd_targets.use(name));
      REQUIRE(all_of(block, size, width) == expected);
      REQUIRE(all_of_reals(reals, 14, 12) == expected_reals);
    }
  }
}

TEST_CASE("the way the thread rounds does not matter to integers") {
  struct AsBefore {
    int mode = std::fegetround();
    ~AsBefore() { std::fesetround(mode); }
  } const before;
  const BestTargetAgain again;
  const auto names = targets();
  std::mt19937_64 engine{4};
  Block input;
  for (int shape = 0; shape < 8; ++shape) {
    for (std::size_t i = 0; i < col::block; ++i) input.values[i] = make(shape, i, engine);
    input.values[3] = 0;
    const auto base = static_cast<std::uint64_t>(shape == 5 ? 0 : input.values[0]);
    REQUIRE(ashlar::detail::simd_targets.use("scalar"));
    col::Frame nearest;
    col::best_frame(input.values, col::block, base, &nearest);
    for (const auto& name : names) {
      REQUIRE(ashlar::detail::simd_targets.use(name));
      for (const int mode : {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO}) {
        col::Frame frame;
        std::fesetround(mode);
        col::best_frame(input.values, col::block, base, &frame);
        std::fesetround(before.mode);
        CAPTURE(shape, name, mode);
        CHECK(frame.base == nearest.base);
        CHECK(frame.cost == nearest.cost);
        CHECK(frame.width == nearest.width);
        CHECK(frame.exceptions == nearest.exceptions);
      }
    }
  }
}

TEST_CASE("every target packs a table to the same bytes, and reads those of the others") {
  const BestTargetAgain again;
  std::mt19937_64 engine{2};
  for (int shape = 0; shape < 8; ++shape) {
    std::vector<std::tuple<std::int64_t, double, std::string>> table(3000);
    for (std::size_t i = 0; i < table.size(); ++i) {
      table[i] = {make(shape, i, engine), static_cast<double>(make(shape, i, engine) % 100000) / 1000,
                  std::to_string(make(shape, i, engine) % 1000)};
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
