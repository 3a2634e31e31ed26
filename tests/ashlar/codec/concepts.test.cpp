// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/codec/value_codec.hpp>

namespace {

using ashlar::CodecId;
using ashlar::Result;
using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

// The archetypes: the least that models each concept.
struct LeastSerializer {
  static constexpr std::uint8_t format = 8;
  void encode(const int& value, Bytes& out) const { out.push_back(static_cast<std::byte>(value)); }
  template <class T>
  Result<T> decode(View bytes) const {
    return static_cast<T>(bytes.empty() ? std::byte{} : bytes.front());
  }
};
struct LeastCompression {
  static constexpr CodecId id{128};
  static constexpr std::uint8_t version = 0;
  void compress(View raw, Bytes& out) const { out.insert(out.end(), raw.begin(), raw.end()); }
  Result<void> decompress(View packed, std::size_t, Bytes& out) const {
    compress(packed, out);
    return {};
  }
};
static_assert(ashlar::explain_serializer<LeastSerializer, int>());
static_assert(ashlar::explain_compression<LeastCompression>());
static_assert(!ashlar::typed_compression<LeastCompression, int>);
static_assert(!ashlar::dictionary_compression<LeastCompression>);

// Near misses: one for each row of the tables.
struct NoFormat {
  void encode(const int&, Bytes&) const {}
  template <class T>
  Result<T> decode(View) const {
    return T{};
  }
};
struct NoEncode : LeastSerializer {
  void encode(const int&, Bytes&) const = delete;
};
struct MutableEncode : LeastSerializer {
  void encode(const int&, Bytes&) {}
};
struct NakedDecode : LeastSerializer {
  template <class T>
  T decode(View) const {
    return {};
  }
};
struct Uncopyable : LeastSerializer {
  Uncopyable(const Uncopyable&) = delete;
};
static_assert(!ashlar::serializer<NoFormat> && !ashlar::serializer<Uncopyable>);
static_assert(ashlar::serializer<NoEncode> && !ashlar::serializer_for<NoEncode, int>);
static_assert(!ashlar::serializer_for<MutableEncode, int> && !ashlar::serializer_for<NakedDecode, int>);

struct NoId : LeastCompression {
  static constexpr int id = 128;
};
struct NoVersion {
  static constexpr CodecId id{128};
  void compress(View, Bytes&) const {}
  Result<void> decompress(View, std::size_t, Bytes&) const { return {}; }
};
struct NoCompress : LeastCompression {
  void compress(View, Bytes&) const = delete;
};
struct SizelessDecompress : LeastCompression {
  Result<void> decompress(View, Bytes&) const { return {}; }
};
struct BoolDecompress : LeastCompression {
  bool decompress(View, std::size_t, Bytes&) const { return true; }
};
static_assert(!ashlar::compression<NoId> && !ashlar::compression<NoVersion> && !ashlar::compression<NoCompress>);
static_assert(!ashlar::compression<SizelessDecompress> && !ashlar::compression<BoolDecompress>);

}  // namespace

TEST_CASE("the archetypes are enough for ValueCodec") {
  const ashlar::ValueCodec<int, LeastSerializer, LeastCompression> codec;
  Bytes bytes;
  codec.encode(42, bytes);
  CHECK(codec.decode(bytes).value() == 42);
}
