// expect: \[ashlar\] Events: a placeholder in this event's patterns has no field
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/events.hpp>

using Rules = ashlar::Events<ashlar::On<"updated", "product:*", "inventory:*:{product_id}:*">>;
#ifdef FIXED
const std::size_t raised = Rules::raise<"updated">([](const std::string&) {}, ashlar::field<"product_id">("42"));
#else
const std::size_t raised = Rules::raise<"updated">([](const std::string&) {});
#endif
