// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/null_tier.hpp>
#include <ashlar/cache/strategy/write_through.hpp>
#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/no_compression.hpp>

namespace ashlar::inline v0 {

template <tier L1, tier L2 = NullTier<typename L1::key_type, typename L1::mapped_type>,
          strategy Strategy = WriteThrough, compression Compression = NoCompression>
class Cache;

class Tags;
template <class V>
struct Stamped;
template <class V>
struct Tagged;
class InvalidationLog;
template <class C>
class Invalidating;

}  // namespace ashlar::inline v0
