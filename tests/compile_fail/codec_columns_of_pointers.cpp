// expect: \[ashlar\] columnar: rows must be numbers, texts or aggregates that Binary can encode
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/columns.hpp>

#ifdef FIXED
using Row = int;
#else
using Row = int*;
#endif
using Mine = ashlar::Columns<Row>;
static_assert(sizeof(Mine) > 0);
