// expect: \[ashlar\] Loading: SoftTimeout answers with a stale value
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#ifdef FIXED
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::SoftTimeout, ashlar::StaleIfError, ashlar::RunOnThreads>;
#else
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::SoftTimeout, ashlar::RunOnThreads>;
#endif
const Rules rules{};
