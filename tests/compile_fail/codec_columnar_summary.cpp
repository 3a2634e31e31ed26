// expect: \[ashlar\] columnar: only columns of integers, durations and doubles
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/columns.hpp>

struct Row {
  std::string name;
  double price;
};
double sum(const ashlar::Columns<Row>& columns) {
#ifdef FIXED
  return columns.summary<&Row::price>()->sum;
#else
  return columns.summary<&Row::name>()->sum;
#endif
}
