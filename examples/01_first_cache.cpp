// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <iostream>
#include <string>

int main() {
  ashlar::Cache<ashlar::MemoryTier<std::string, double>> prices{ashlar::entries(100'000)};
  prices.put("anvil", 9.5);
  if (const auto hit = prices.get("anvil")) std::cout << "anvil: " << *hit << '\n';
  const double bolt = prices.get_or_load("bolt", [] { return 0.25; });  // one load, however many callers
  std::cout << "bolt: " << bolt << ", cached: " << std::boolalpha << prices.contains("bolt") << '\n';
}
