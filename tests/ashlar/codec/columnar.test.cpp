// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <ashlar/codec/columnar.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <fuzz/codec_targets.hpp>
#include <support/soak.hpp>

namespace {

using Bytes = std::vector<std::byte>;

enum class Colour : std::uint8_t { red, green };
struct Part {
  std::int16_t small = 0;
  bool flag = false;
  Colour colour = Colour::red;
  bool operator==(const Part&) const = default;
};
struct Row {
  std::int64_t id = 0;
  double price = 0;
  std::string text;
  Part part;
  std::optional<int> maybe;
  float ratio = 0;
  std::uint64_t wide = 0;
  std::chrono::sys_seconds time;
  std::string unique;
  std::pair<std::uint8_t, long> pair;
  bool operator==(const Row&) const = default;
};

std::vector<Row> rows(std::size_t count, std::uint32_t seed) {
  std::mt19937 engine{seed};
  std::vector<Row> table(count);
  for (std::size_t i = 0; i < count; ++i) {
    Row& row = table[i];
    row.id = static_cast<std::int64_t>(i * 3 + engine() % 5);
    row.price = engine() % 50 == 0 ? static_cast<double>(engine()) / 7 : static_cast<double>(engine() % 10000) / 100;
    row.text = "text " + std::to_string(engine() % 20);
    row.part = {static_cast<std::int16_t>(engine() % 100), engine() % 2 != 0,
                engine() % 2 != 0 ? Colour::green : Colour::red};
    if (engine() % 3 != 0) row.maybe = static_cast<int>(engine() % 9);
    row.ratio = static_cast<float>(engine() % 100) / 4;
    row.wide = engine() % 8 != 0 ? engine() : ~std::uint64_t{0};
    row.time += std::chrono::seconds{i / 10 * 60};
    row.unique = std::to_string(engine());
    row.pair = {static_cast<std::uint8_t>(i / 100), -static_cast<long>(engine() % 1000)};
  }
  return table;
}

template <class T>
Bytes packed(const T& table) {
  Bytes out;
  ashlar::Columnar{}.encode(table, out);
  return out;
}
template <class T>
void check(const std::vector<T>& values) {
  const Bytes bytes = packed(values);
  const auto back = ashlar::Columnar{}.decode<std::vector<T>>(bytes);
  REQUIRE(back.has_value());
  REQUIRE(back->size() == values.size());
  if constexpr (std::is_floating_point_v<T>) {
    REQUIRE((values.empty() || std::memcmp(back->data(), values.data(), values.size() * sizeof(T)) == 0));
  } else {
    REQUIRE(*back == values);
  }
}
// Calls `f` with lengths around the block, and values made by `make(i)`.
template <class T, class F>
void check_lengths(F make) {
  for (const std::size_t size : {0u, 1u, 2u, 7u, 64u, 1023u, 1024u, 1025u, 3000u}) {
    std::vector<T> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = make(i);
    check(values);
  }
}

}  // namespace

TEST_CASE("tables of every length come back") {
  for (const std::size_t count : {0u, 1u, 2u, 100u, 1023u, 1024u, 1025u, 2048u, 5000u}) {
    const auto table = rows(count, static_cast<std::uint32_t>(count));
    const Bytes bytes = packed(table);
    const auto back = ashlar::Columnar{}.decode<std::vector<Row>>(bytes);
    REQUIRE(back.has_value());
    CHECK(*back == table);
  }
}

TEST_CASE("integers of every shape come back") {
  std::mt19937_64 engine{1};
  using I = std::int64_t;
  check_lengths<I>([](std::size_t) { return I{-5}; });
  check_lengths<I>([](std::size_t i) { return static_cast<I>(i); });
  check_lengths<I>([](std::size_t i) { return static_cast<I>(i / 100 * 1000) - 7; });
  check_lengths<I>([](std::size_t i) { return i % 2 != 0 ? INT64_MAX : INT64_MIN; });
  check_lengths<I>([&](std::size_t) { return static_cast<I>(engine()); });
  check_lengths<I>(
      [&](std::size_t) { return static_cast<I>(engine() % 100) - (engine() % 100 == 0 ? I{1} << 40 : 0); });
  check_lengths<I>([&](std::size_t) { return engine() % 10 == 0 ? static_cast<I>(engine()) : 3; });
  for (unsigned width = 1; width <= 64; ++width) {
    check_lengths<I>([&](std::size_t) { return static_cast<I>(engine() >> (64 - width)); });
  }
}

TEST_CASE("narrow, unsigned and other integers come back") {
  std::mt19937 engine{2};
  check_lengths<std::int8_t>([&](std::size_t) { return static_cast<std::int8_t>(engine()); });
  check_lengths<std::uint16_t>([&](std::size_t) { return static_cast<std::uint16_t>(engine()); });
  check_lengths<std::uint64_t>(
      [&](std::size_t i) { return i % 3 != 0 ? std::uint64_t{engine()} : ~std::uint64_t{0} - i; });
  check_lengths<Colour>([&](std::size_t i) { return i % 3 != 0 ? Colour::green : Colour::red; });
  check_lengths<std::chrono::milliseconds>([](std::size_t i) { return std::chrono::milliseconds{i * 250}; });
}

TEST_CASE("doubles come back bit for bit") {
  std::mt19937_64 engine{3};
  const double odd[] = {0.0,
                        -0.0,
                        std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity(),
                        std::nan(""),
                        -std::nan("7"),
                        std::numeric_limits<double>::denorm_min(),
                        1e300,
                        -1e15,
                        0.1,
                        1.0 / 3};
  check_lengths<double>([&](std::size_t i) { return odd[i % std::size(odd)]; });
  check_lengths<double>([&](std::size_t) { return odd[engine() % std::size(odd)]; });
  check_lengths<double>([&](std::size_t) { return static_cast<double>(engine() % 100'000) / 100; });
  check_lengths<double>(
      [&](std::size_t i) { return i % 40 == 3 ? std::nan("") : static_cast<double>(engine() % 1000) / 1000; });
  check_lengths<double>([&](std::size_t) { return std::bit_cast<double>(engine()); });
  check_lengths<float>([&](std::size_t) { return std::bit_cast<float>(static_cast<std::uint32_t>(engine())); });
  check_lengths<float>([&](std::size_t i) { return static_cast<float>(i % 50) / 8; });
}

TEST_CASE("texts come back, few or many of them alike") {
  std::mt19937 engine{4};
  check_lengths<std::string>([](std::size_t) { return std::string{}; });
  check_lengths<std::string>([&](std::size_t) { return std::string(engine() % 5, static_cast<char>(engine())); });
  check_lengths<std::string>([&](std::size_t) { return std::to_string(engine()) + std::string(engine() % 50, 'u'); });
  check_lengths<std::string>([](std::size_t i) { return std::string(i % 1000, 'l'); });
  check_lengths<std::vector<int>>([](std::size_t i) { return std::vector<int>(i % 4, static_cast<int>(i)); });
}

TEST_CASE("texts that an earlier column decides come back, exceptions included") {
  struct Item {
    std::string code;
    std::string name;
    std::string again;
    std::string group;
    bool operator==(const Item&) const = default;
  };
  std::mt19937 engine{9};
  for (const std::size_t count : {5u, 1000u, 4096u, 4097u, 20'000u}) {
    std::vector<Item> table(count);
    for (Item& item : table) {
      const auto number = engine() % 700;
      item.code = std::to_string(number);
      item.name = engine() % 30 == 0 ? "exception " + std::to_string(engine() % 50) : "article " + item.code;
      item.again = item.name;
      item.group = std::to_string(number % 3);
    }
    check(table);
  }
  // The second column costs next to nothing.
  std::vector<std::pair<std::string, std::string>> pairs(20'000);
  for (auto& [first, second] : pairs) {
    first = std::to_string(engine() % 700);
    second = "article " + first;
  }
  std::vector<std::string> firsts;
  for (const auto& pair : pairs) firsts.push_back(pair.first);
  CHECK(packed(pairs).size() < packed(firsts).size() + 6000);
}

TEST_CASE("values far below and above the others come back") {
  std::mt19937_64 engine{10};
  using I = std::int64_t;
  check_lengths<I>([&](std::size_t i) {
    const I usual = static_cast<I>(engine() % 64) + 1000;
    return i % 50 == 3 ? -usual * 1'000'000 : i % 70 == 5 ? usual << 40 : usual;
  });
  check_lengths<I>([&](std::size_t i) { return i % 40 == 0 ? INT64_MIN : INT64_MAX - static_cast<I>(engine() % 8); });
  I at = 0;
  check_lengths<I>([&](std::size_t i) { return at += i % 60 == 7 ? -(I{1} << 50) : static_cast<I>(engine() % 1000); });
  check_lengths<I>([&](std::size_t i) { return static_cast<I>(i / 3 * engine()); });
}

TEST_CASE("tables are much smaller than their rows") {
  std::vector<Row> table = rows(20'000, 5);
  for (Row& row : table) row.unique = "same";
  Bytes plain;
  ashlar::Binary{}.encode(table, plain);
  CHECK(packed(table).size() * 3 < plain.size());
}

TEST_CASE("as the compression of values it packs sequences by column and others by bytes") {
  const auto table = rows(3000, 6);
  Bytes bytes;
  const ashlar::ValueCodec<std::vector<Row>, ashlar::Binary, ashlar::Columnar> codec;
  codec.encode(table, bytes);
  CHECK(bytes[1] == std::byte{2});
  CHECK(codec.decode(bytes).value() == table);
  Bytes old;
  ashlar::ValueCodec<std::vector<Row>, ashlar::Binary, ashlar::Lz4>{}.encode(table, old);
  CHECK(codec.decode(old).value() == table);

  const ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Columnar> text;
  bytes.clear();
  text.encode(std::string(1000, 'x'), bytes);
  CHECK(bytes.size() < 50);
  CHECK(text.decode(bytes).value() == std::string(1000, 'x'));
}

TEST_CASE("cut and changed tables are errors or tables, never harm") {
  std::mt19937 engine{7};
  const Bytes bytes = packed(rows(1500, 8));
  for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 20) {
    CHECK_FALSE(ashlar::Columnar{}.decode<std::vector<Row>>(std::span{bytes}.first(cut)).has_value());
  }
  for (int i = 0; i < static_cast<int>(150 * ashlar_test::soak()); ++i) {
    Bytes changed = bytes;
    const std::size_t limit = i % 2 == 0 ? 200 : changed.size();
    for (auto n = 1 + engine() % 3; n > 0; --n) changed[engine() % limit] = static_cast<std::byte>(engine());
    const auto result = ashlar::Columnar{}.decode<std::vector<Row>>(changed);
    if (!result) CHECK(result.error().code() == ashlar::ErrorCode::corrupt);
  }
}

TEST_CASE("what the fuzzers start from is safe") {
  const std::pair<const char*, void (*)(std::span<const std::byte>)> targets[] = {
      {"codec_lz4", &ashlar_test::fuzz_lz4},
      {"codec_value", &ashlar_test::fuzz_value},
      {"codec_columnar", &ashlar_test::fuzz_columnar},
      {"codec_binary", &ashlar_test::fuzz_binary}};
  for (const auto& [name, target] : targets) {
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator{std::filesystem::path{ASHLAR_SOURCE_DIR} / "tests/fuzz/corpus" / name}) {
      std::ifstream file{entry.path(), std::ios::binary};
      const std::string text{std::istreambuf_iterator<char>{file}, {}};
      target(std::as_bytes(std::span{text}));
      ++count;
    }
    CHECK(count > 5);
  }
}
