// expect: \[ashlar\] Events: no event of that name
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/events.hpp>

using Rules = ashlar::Events<ashlar::On<"created", "product:*">, ashlar::On<"deleted", "product:*">>;
#ifdef FIXED
auto patterns = Rules::patterns<"created">();
#else
auto patterns = Rules::patterns<"craeted">();
#endif
