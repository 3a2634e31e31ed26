// expect: \[ashlar\] Loading: a load that runs inline cannot time out
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#ifdef FIXED
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::HardTimeout, ashlar::RunOnThreads>;
#else
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::HardTimeout>;
#endif
const Rules rules{};
