// SPDX-License-Identifier: BSL-1.0
// A stored type changes; what was stored before is still read.
#include <iostream>
#include <string>

#include <ashlar/codec.hpp>

struct ProductV1 {
  std::string name;
  double price;
};
struct Product {
  std::string name;
  std::int64_t cents = 0;
  std::string currency = "EUR";
};

template <>
struct ashlar::OlderVersion<Product, 1> {
  using type = ProductV1;
  static Product upgrade(ProductV1&& old) {
    return {.name = std::move(old.name), .cents = static_cast<std::int64_t>(old.price * 100 + 0.5)};
  }
};

int main() {
  const ashlar::ValueCodec<ashlar::Versioned<ProductV1, 1>> last_year;
  const ashlar::ValueCodec<ashlar::Versioned<Product, 2>> today;

  std::vector<std::byte> stored;
  last_year.encode({{"lantern", 3.39}}, stored);
  const auto product = today.decode(stored).value();
  std::cout << product->name << ": " << product->cents << " " << product->currency << " cents\n";

  stored.clear();
  today.encode(product, stored);
  std::cout << "an old program says: " << last_year.decode(stored).error().what() << "\n";
}
