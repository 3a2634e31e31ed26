// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/regions/region.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

TEST_CASE("a region carries its name, strategy, time to live and place in its type") {
  using Product = ashlar::Region<"product_info", std::string, ashlar::WriteThrough, ashlar::ttl(5min)>;
  CHECK(Product::name.view() == "product_info");
  CHECK(Product::time_to_live == 300s);
  CHECK(Product::keeps_local_copies);
  using Stock = ashlar::Region<"inventory", int, ashlar::WriteThrough, ashlar::ttl(1min), ashlar::no_local>;
  CHECK_FALSE(Stock::keeps_local_copies);
  using Plain = ashlar::Region<"plain", int>;
  CHECK(Plain::time_to_live == ashlar::forever);
  static_assert(std::is_same_v<Plain::strategy_type, ashlar::WriteThrough>);
}
