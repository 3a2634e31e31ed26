// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/codec/columnar.hpp>
#include <ashlar/codec/columns.hpp>

namespace {

struct Line {
  std::int32_t quantity;
  double price;
};
struct Order {
  std::uint64_t id = 0;
  std::string_view customer;
  Line line{};
  std::int64_t total = 0;
};

std::vector<Order> orders(std::size_t count) {
  static const std::string_view names[] = {"Ada", "Bob", "", "Eve"};
  std::mt19937 engine{1};
  std::vector<Order> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i] = {.id = ~std::uint64_t{0} - i,
              .customer = names[engine() % 4],
              .line = {static_cast<std::int32_t>(engine() % 50) - 10, static_cast<double>(engine() % 999) / 100},
              .total = static_cast<std::int64_t>(engine()) << 20};
  }
  return all;
}
std::vector<std::byte> packed(const std::vector<Order>& table) {
  std::vector<std::byte> out;
  ashlar::Columnar{}.encode(table, out);
  return out;
}

}  // namespace

TEST_CASE("blocks are read one by one, texts as views") {
  const auto table = orders(2500);
  const auto bytes = packed(table);
  const auto columns = ashlar::Columns<Order>::open(bytes);
  REQUIRE(columns.has_value());
  CHECK(columns->size() == 2500);
  REQUIRE(columns->blocks() == 3);
  CHECK(columns->size_of(2) == 452);
  for (const std::size_t index : {2u, 0u, 1u}) {
    std::vector<Order> rows(columns->size_of(index));
    REQUIRE(columns->read_block(index, rows).has_value());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Order& expected = table[index * 1024 + i];
      REQUIRE((rows[i].id == expected.id && rows[i].customer == expected.customer &&
               rows[i].line.quantity == expected.line.quantity && rows[i].line.price == expected.line.price &&
               rows[i].total == expected.total));
    }
  }
}

TEST_CASE("columns are summed up where they lie") {
  for (const std::size_t count : {1u, 1000u, 1024u, 5000u}) {
    const auto table = orders(count);
    const auto bytes = packed(table);
    const auto columns = ashlar::Columns<Order>::open(bytes);
    REQUIRE(columns.has_value());
    std::int64_t total = 0;
    double prices = 0;
    double dearest = 0;
    std::int32_t least = 99;
    for (const Order& order : table) {
      total += order.total >> 20;
      prices += order.line.price;
      dearest = std::max(dearest, order.line.price);
      least = std::min(least, order.line.quantity);
    }
    const auto totals = columns->summary<&Order::total>().value();
    CHECK(totals.count == count);
    CHECK(totals.sum == static_cast<double>(total) * 1048576.0);
    CHECK(columns->summary<2>().value().smallest == least);
    const auto price = columns->summary<3>().value();
    CHECK(std::abs(price.sum - prices) < 1e-6);
    CHECK(price.largest == dearest);
    const auto ids = columns->summary<&Order::id>().value();
    CHECK(ids.largest == 18446744073709551615.0);
  }
}

TEST_CASE("sums of integers do not overflow, and NaN has no place in a range") {
  std::vector<std::byte> bytes;
  ashlar::Columnar{}.encode(std::vector<std::int64_t>(3000, INT64_MAX), bytes);
  const auto big = ashlar::Columns<std::int64_t>::open(bytes)->summary<0>().value();
  CHECK(big.sum == 3000.0 * 9223372036854775807.0);
  bytes.clear();
  ashlar::Columnar{}.encode(std::vector<std::uint64_t>(3000, UINT64_MAX), bytes);
  CHECK(ashlar::Columns<std::uint64_t>::open(bytes)->summary<0>()->sum == 3000.0 * 18446744073709551616.0);
  // What a table of so many blocks that their sums do not fit says of itself, which strangers may have written.
  ashlar::detail::column::IntegerZone all{-1, 1, 0xFFFFFFFFu, INT64_MAX};
  all.add(all);
  CHECK(all.inside(-1, 1));

  std::vector<double> values(2000, 1.5);
  values[7] = std::nan("");
  bytes.clear();
  ashlar::Columnar{}.encode(values, bytes);
  const auto some = ashlar::Columns<double>::open(bytes)->summary<0>().value();
  CHECK(std::isnan(some.sum));
  CHECK(some.smallest == 1.5);
  CHECK(some.largest == 1.5);

  bytes.clear();
  ashlar::Columnar{}.encode(std::vector<double>{}, bytes);
  const auto none = ashlar::Columns<double>::open(bytes)->summary<0>().value();
  CHECK(none.count == 0);
  CHECK(none.smallest == std::numeric_limits<double>::infinity());
}

TEST_CASE("what is known of each block says which may hold a value") {
  std::vector<Order> table(5000);
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i].id = i;
    table[i].line.price = static_cast<double>(i) / 4;
  }
  const auto bytes = packed(table);
  const auto columns = ashlar::Columns<Order>::open(bytes);
  const auto ids = columns->summaries<0>().value();
  const auto prices = columns->summaries<3>().value();
  REQUIRE(ids.size() == columns->blocks());
  std::size_t rows = 0;
  for (std::size_t b = 0; b < ids.size(); ++b) {
    const double first = static_cast<double>(b) * 1024;
    const double last = first + static_cast<double>(columns->size_of(b) - 1);
    CHECK(ids[b].count == columns->size_of(b));
    CHECK(ids[b].smallest == first);
    CHECK(ids[b].largest == last);
    CHECK(ids[b].sum == (first + last) / 2 * static_cast<double>(columns->size_of(b)));
    CHECK(prices[b].smallest == first / 4);
    CHECK(prices[b].largest == last / 4);
    rows += ids[b].count;
  }
  CHECK(rows == 5000);

  // A table of one block stores none, and tells the same.
  const auto small = packed({table.begin(), table.begin() + 100});
  const auto one = ashlar::Columns<Order>::open(small)->summaries<0>().value();
  REQUIRE(one.size() == 1);
  CHECK(one[0].largest == 99);
}

TEST_CASE("what is known of the blocks is not believed when it was changed") {
  const auto table = orders(3000);
  const auto bytes = packed(table);
  const auto column = ashlar::Columns<Order>::open(bytes)->summary<0>().value();
  // Rows, columns, type and size of column 0; then what is known of its blocks.
  for (std::size_t at = 6; at < 20; ++at) {
    auto changed = bytes;
    changed[at] ^= std::byte{1};
    const auto columns = ashlar::Columns<Order>::open(changed);
    if (columns) CHECK(columns->summary<0>().value().sum == column.sum);
  }
}

TEST_CASE("another table is refused with the reason") {
  const auto bytes = packed(orders(10));
  const auto wrong = ashlar::Columns<int>::open(bytes);
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().what() == std::string{"columnar: at byte 2 of " + std::to_string(bytes.size()) +
                                            ": a table of 5 columns, but the row type has 1"});
  struct Other {
    double a, b, c, d, e;
  };
  const auto types = ashlar::Columns<Other>::open(bytes);
  REQUIRE_FALSE(types.has_value());
  CHECK(std::string{types.error().what()}.find("column 0 is of another type") != std::string::npos);
}
