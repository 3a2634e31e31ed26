// expect: \[ashlar\] Loading: two options of one kind
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#ifdef FIXED
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError>;
#else
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ashlar::StaleIfError>;
#endif
const Rules rules{};
