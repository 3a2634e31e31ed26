// expect: \[ashlar\] invalidation_bus: add `Result<void> publish\(const BusMessage&\)`
// expect: \[ashlar\] invalidation_bus: add `subscribe\(BusListener\)`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/in_process_bus.hpp>

#ifdef FIXED
using Bus = ashlar::InProcessBus;
#else
struct Bus {};
#endif
static_assert(ashlar::explain_invalidation_bus<Bus>());
