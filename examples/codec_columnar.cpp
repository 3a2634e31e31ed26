// SPDX-License-Identifier: BSL-1.0
// A table of orders packed by column: a fraction of its bytes, and summed up without being unpacked.
#include <chrono>
#include <iostream>
#include <string>

#include <ashlar/codec.hpp>

struct Order {
  std::int64_t id = 0;
  std::string product;
  double price = 0;
  std::chrono::sys_seconds placed;
};

int main() {
  std::vector<Order> orders;
  for (int i = 0; i < 100'000; ++i) {
    orders.push_back({.id = 536'365 + i / 3,
                      .product = "product " + std::to_string(i * 7919 % 1000),
                      .price = static_cast<double>(i * 31 % 5000) / 100,
                      .placed = std::chrono::sys_seconds{std::chrono::seconds{1'290'000'000 + i * 20}}});
  }
  const ashlar::ValueCodec<std::vector<Order>, ashlar::Binary, ashlar::Columnar> by_column;
  const ashlar::ValueCodec<std::vector<Order>> by_row;
  std::vector<std::byte> packed;
  std::vector<std::byte> plain;
  by_column.encode(orders, packed);
  by_row.encode(orders, plain);
  std::cout << "at least 8 times smaller: " << std::boolalpha << (packed.size() * 8 < plain.size()) << "\n";
  std::cout << "orders read back: " << by_column.decode(packed)->size() << "\n";

  std::vector<std::byte> table;
  ashlar::Columnar{}.encode(orders, table);
  const auto columns = ashlar::Columns<Order>::open(table);
  const auto prices = columns->summary<&Order::price>().value();
  std::cout << "dearest: " << prices.largest << ", mean: " << prices.sum / static_cast<double>(prices.count) << "\n";
}
