// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace ashlar::inline v0 {

enum class CodecId : std::uint8_t;
struct DictionaryTag;

class ByteWriter;
class ByteReader;
class Binary;
class Lz4;
class NoCompression;

template <class T>
struct Serialize;
template <class T, std::uint32_t N>
struct Versioned;
template <class T, std::uint32_t N>
struct OlderVersion;

}  // namespace ashlar::inline v0
