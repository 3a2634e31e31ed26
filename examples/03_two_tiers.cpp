// SPDX-License-Identifier: BSL-1.0
// Memory in front of a store on disk: what is written goes to both, what memory has lost is found on disk again, and
// what neither has is loaded once.
#include <ashlar/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <iostream>
#include <string>

struct Product {
  std::string name;
  double price;
};

using Catalog = ashlar::Cache<ashlar::MemoryTier<std::string, Product>, ashlar::StoreTier<std::string, Product>>;

int main() {
  {
    Catalog catalog{ashlar::entries(1'000), "catalog"};
    if (const auto stored = catalog.put("product:42", {"anvil", 9.5}); !stored) {
      std::cerr << stored.error().what() << '\n';
      return 1;
    }
  }
  // As in the next run of the program: memory is empty, the disk is not.
  Catalog catalog{ashlar::entries(1'000), "catalog"};
  const auto load = [](const std::string& key) {
    std::cout << "loading " << key << '\n';
    return Product{"loaded", 1.0};
  };
  for (const std::string key : {"product:42", "product:43", "product:43"}) {
    const Product product = catalog.get_or_load(key, load);
    std::cout << key << ": " << product.name << '\n';
  }
  const ashlar::CacheStats stats = catalog.stats();
  std::cout << "found below: " << stats.hits_below << ", loaded: " << stats.loads << '\n';
}
