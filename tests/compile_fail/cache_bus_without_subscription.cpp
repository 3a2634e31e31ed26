// expect: \[ashlar\] invalidation_bus: subscribe must return an object that can be moved
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/bus.hpp>

struct Bus {
  ashlar::Result<void> publish(const ashlar::BusMessage&) { return {}; }
#ifdef FIXED
  int subscribe(ashlar::BusListener) { return 0; }
#else
  void subscribe(ashlar::BusListener) {}
#endif
};
static_assert(ashlar::explain_invalidation_bus<Bus>());
