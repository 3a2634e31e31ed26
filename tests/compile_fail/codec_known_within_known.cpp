// expect: \[ashlar\] Known: a Known within it would read only as the codec it writes with
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/columnar.hpp>
#include <ashlar/codec/known.hpp>
#include <ashlar/codec/lz4.hpp>
#include <ashlar/codec/no_compression.hpp>

#ifdef FIXED
using Mine = ashlar::Known<ashlar::NoCompression, ashlar::Columnar, ashlar::Lz4>;
#else
using Mine = ashlar::Known<ashlar::NoCompression, ashlar::Known<ashlar::Columnar, ashlar::Lz4>>;
#endif
Mine mine;
