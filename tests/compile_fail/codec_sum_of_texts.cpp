// expect: \[ashlar\] columnar: only columns of integers, durations and doubles can be summed up
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/columns.hpp>
#include <string>

struct Order {
  int number;
  std::string customer;
};
#ifdef FIXED
auto use(const ashlar::Columns<Order>& orders) { return orders.summary<&Order::number>(); }
#else
auto use(const ashlar::Columns<Order>& orders) { return orders.summary<&Order::customer>(); }
#endif
