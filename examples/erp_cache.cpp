// SPDX-License-Identifier: BSL-1.0
// The caches of an ERP system as one table: nine kinds of data, each with its strategy, time to live and place; events
// that make keys stale; loads that run once; a monitor. Copy it and fill in your own kinds.
#include <ashlar/cache.hpp>

#include <chrono>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using ashlar::CacheAside;
using ashlar::field;
using ashlar::On;
using ashlar::Region;
using ashlar::ttl;
using ashlar::WriteBack;
using ashlar::WriteThrough;

struct Product {
  std::string name;
  double price = 0;
};
struct Stock {
  std::int64_t pieces = 0;
};
struct Orders {
  std::vector<std::int64_t> numbers;
};
struct Customer {
  std::string name;
};
struct Report {
  std::string title;
  std::vector<double> figures;
};

using Caches = ashlar::Regions<
    Region<"product_info", Product, WriteThrough, ttl(5min)>,
    Region<"inventory", Stock, CacheAside, ttl(1min), ashlar::no_local>,
    Region<"order_list", Orders, WriteThrough, ttl(3min)>, Region<"customer_info", Customer, WriteThrough, ttl(5min)>,
    Region<"system_config", std::map<std::string, std::string>, WriteThrough, ttl(1h)>,
    Region<"finance_report", Report, WriteBack, ttl(30min)>,
    Region<"api_response", std::string, WriteThrough, ttl(5min)>,
    Region<"sales_quote", double, WriteThrough, ttl(5min)>, Region<"dashboard", Report, WriteBack, ttl(10min)>>;

using Rules =
    ashlar::Events<On<"product_created", "product_info:*">,
                   On<"product_updated", "product_info:{product_id}:*", "inventory:*:{product_id}:*">,
                   On<"product_deleted", "product_info:{product_id}:*", "inventory:*:{product_id}:*">,
                   On<"inventory_updated", "inventory:*", "product_info:*">, On<"stock_adjusted", "inventory:*">,
                   On<"order_created", "order_list:*", "customer_info:*">, On<"order_updated", "order_list:*">,
                   On<"customer_updated", "customer_info:{customer_id}:*", "order_list:*:{customer_id}:*">,
                   On<"config_updated", "system_config:*">, On<"category_updated", "product_info:*">>;

int main() {
  Caches caches{ashlar::bytes(64 << 20)};
  const auto stored = [](const ashlar::Result<void>& result) {
    if (!result) std::cerr << "not stored: " << result.error().what() << '\n';
  };
  stored(caches.put<"product_info">("42:de", {"Amboss", 95.0}));
  stored(caches.put<"product_info">("43:de", {"Bolzen", 0.25}));
  stored(caches.put<"inventory">("hall1:42:a", {17}));
  stored(caches.put<"finance_report">("2025-12", {"December", {1.5, 2.5}}));

  // Loaded once, however many callers; a customer that is not there is remembered for half a minute.
  const auto no_such_customer = [](std::string_view key) {
    std::cout << "asking the database for customer " << key << '\n';
    return ashlar::Loaded<Customer>::nothing(30s);
  };
  for (int i = 0; i < 3; ++i) static_cast<void>(caches.get_or_load<"customer_info">("7:main", no_such_customer));
  std::cout << "quote: " << caches.get_or_load<"sales_quote">("q1", [] { return 12.5; }) << '\n';

  // What happened decides what is stale; the urgent comes first.
  ashlar::InvalidationQueue stale;
  for (auto& pattern : Rules::patterns<"config_updated">()) stale.add(std::move(pattern), 0);
  for (auto& pattern : Rules::patterns<"product_updated">(field<"product_id">("42"))) stale.add(std::move(pattern), 10);
  stale.process([&](const ashlar::QueuedInvalidation& next) {
    caches.invalidate(next.text, next.when);
    std::cout << "invalidated " << next.text << '\n';
  });
  const auto swept = caches.sweep();
  std::cout << "stale copies removed: " << (swept ? std::to_string(*swept) : swept.error().what()) << '\n';
  std::cout << std::boolalpha << "product 42: " << caches.contains<"product_info">("42:de")
            << ", product 43: " << caches.contains<"product_info">("43:de")
            << ", stock of 42: " << caches.contains<"inventory">("hall1:42:a") << '\n';

  std::cout << "all written below: " << caches.flush().complete() << '\n';
  for (const ashlar::RegionStats& region : caches.stats()) {
    std::cout << std::left << std::setw(15) << region.name << " hits above " << region.hits_above << ", below "
              << region.cache.hits_below << ", misses " << region.cache.misses << ", loads " << region.cache.loads
              << '\n';
  }
}
