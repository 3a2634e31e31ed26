// expect: \[ashlar\] On: a placeholder in a pattern is written
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/events.hpp>

#ifdef FIXED
using Rules = ashlar::Events<ashlar::On<"updated", "product:{product_id}:*">>;
#else
using Rules = ashlar::Events<ashlar::On<"updated", "product:{product_id:*">>;
#endif
auto patterns = Rules::patterns<"updated">(ashlar::field<"product_id">("42"));
