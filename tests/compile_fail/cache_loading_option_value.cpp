// expect: \[ashlar\] Loading: an option cannot be made without arguments
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#ifdef FIXED
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::RefreshAhead>;
#else
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::RefreshAheadBy<std::chrono::seconds (&)(int, int)>>;
#endif
const Rules rules{};
