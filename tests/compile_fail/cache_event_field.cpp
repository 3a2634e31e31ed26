// expect: \[ashlar\] Events: a field was given that no pattern of this event has
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/events.hpp>

using Rules = ashlar::Events<ashlar::On<"updated", "product:{product_id}:*">>;
#ifdef FIXED
auto patterns = Rules::patterns<"updated">(ashlar::field<"product_id">("42"));
#else
auto patterns = Rules::patterns<"updated">(ashlar::field<"produkt_id">("42"));
#endif
