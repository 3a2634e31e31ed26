// SPDX-License-Identifier: BSL-1.0
// The caches of an ERP system as one table: nine kinds of data, each with its strategy, time to live and place; events
// that make keys stale; loads that run once; lives that are spread; warmers on a schedule; a monitor. Copy it and fill
// in your own kinds.
#include <ashlar/cache.hpp>

#include <algorithm>
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
  Caches caches{ashlar::bytes(64 << 20), ashlar::Jitter{0.2}};
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

  // What is written together does not expire together: five minutes, by 20 % more or less.
  std::chrono::nanoseconds shortest = 1h;
  std::chrono::nanoseconds longest = 0s;
  auto products = caches.as_tier<"product_info">();
  for (int i = 100; i < 1100; ++i) {
    const std::string key = std::to_string(i);
    stored(products.put(key, {"part " + key, 1.0}));
    const auto life = products.get_timed(key)->ttl;
    shortest = std::min(shortest, life);
    longest = std::max(longest, life);
  }
  std::cout << "lives spread over more than 110 s of 120 s: " << (longest - shortest > 110s) << '\n';

  // Before the offices open, the keys that were read most are loaded again. The clock is moved by hand here.
  ashlar::ManualClock clock{std::chrono::sys_days{std::chrono::January / 5 / 2026}.time_since_epoch()};
  ashlar::AccessLog<std::string, ashlar::ManualClock> log{1000, 24h, clock};
  for (int i = 0; i < 50; ++i) log.record(i % 3 == 0 ? "43:de" : i % 2 == 0 ? "44:de" : std::to_string(i));
  ashlar::CronJobs jobs{clock, ashlar::UtcZone{}};
  jobs.add("products", *ashlar::CronSchedule::parse("30 6 * * MON-FRI"), [&] {
    const auto load = [](const std::string& key) { return Product{"part " + key, 2.0}; };
    const auto warmed = ashlar::warm_smart(products, log, load, {}, {.top = 2}, {.concurrency = 4});
    std::cout << "warmed " << warmed.loaded << ", there already " << warmed.present << '\n';
  });
  std::cout << "jobs done at midnight: " << jobs.run_due().size();
  clock.advance(6h + 30min);
  std::cout << ", at half past six:\n";
  static_cast<void>(jobs.run_due());

  // A monitor looks at the numbers now and then, and rings when one passes its limit.
  ashlar::Thresholds watch{clock};
  watch.below(
      "hit ratio of product_info", ashlar::hit_ratio("product_info"), 0.7, 0.8, 1min,
      [](const ashlar::Alert& alert) { std::cout << alert.rule << (alert.raised ? " is low\n" : " is fine\n"); });
  const auto minute_of_reads = [&](int missing) {
    for (int i = 0; i < 100; ++i) static_cast<void>(products.get(i < missing ? "none" : "43:de"));
    clock.advance(1min);
    watch.check(ashlar::collect_stats(caches, "erp"));
  };
  watch.check(ashlar::collect_stats(caches, "erp"));
  minute_of_reads(50);
  minute_of_reads(0);

  std::cout << "all written below: " << caches.flush().complete() << '\n';
  for (const ashlar::RegionStats& region : caches.stats()) {
    std::cout << std::left << std::setw(15) << region.name << " hits above " << region.hits_above << ", below "
              << region.cache.hits_below << ", misses " << region.cache.misses << ", loads " << region.cache.loads
              << '\n';
  }
}
