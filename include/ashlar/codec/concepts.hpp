// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <ashlar/codec/fwd.hpp>
#include <ashlar/core/result.hpp>

// The area at a glance.
//
//   Binary                        serializer   Binary{}.encode(value, out)   Binary{}.decode<T>(bytes) -> Result<T>
//   NoCompression, Lz4, Columnar  compression  c.compress(raw, out)          c.decompress(packed, raw_size, out)
//   ValueCodec<T, Serializer, Compression>     codec.encode(value, out)      codec.decode(bytes) -> Result<T>
//
// `out` is always a `std::vector<std::byte>&` that is appended to. Stores and caches use `ValueCodec`: its bytes start
// with a header that names serializer format, codec, codec version and dictionary, so that they can be told apart later.

namespace ashlar::inline v0 {

/// Who packed a value; one byte in every value header. Values are stable; a user's own codecs use 128 to 255.
enum class CodecId : std::uint8_t {
  none = 0,
  lz4 = 1,
  columnar = 2,
  deflate = 3,
  gzip = 4,
  zstd = 5,
  first_user = 128
};

/// Which dictionary a value was packed with: `id` says for what kind of values, `epoch` which training of it.
/// `{0, 0}` is "no dictionary".
struct DictionaryTag {
  std::uint32_t id = 0;
  std::uint32_t epoch = 0;
  friend bool operator==(const DictionaryTag&, const DictionaryTag&) = default;
};

namespace detail {

template <class S>
concept numbers_its_format = requires {
  { S::format } -> std::convertible_to<std::uint8_t>;
};
template <class S, class T>
concept encodes = requires(const S& serializer, const T& value, std::vector<std::byte>& out) {
  { serializer.encode(value, out) } -> std::same_as<void>;
};
template <class S, class T>
concept decodes = requires(const S& serializer, std::span<const std::byte> bytes) {
  { serializer.template decode<T>(bytes) } -> std::same_as<Result<T>>;
};

template <class C>
concept names_its_codec = requires {
  { C::id } -> std::convertible_to<CodecId>;
};
template <class C>
concept numbers_its_version = requires {
  { C::version } -> std::convertible_to<std::uint8_t>;
};
template <class C>
concept compresses = requires(const C& codec, std::span<const std::byte> raw, std::vector<std::byte>& out) {
  { codec.compress(raw, out) } -> std::same_as<void>;
};
template <class C>
concept decompresses =
    requires(const C& codec, std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) {
      { codec.decompress(packed, raw_size, out) } -> std::same_as<Result<void>>;
    };
template <class C>
concept tags_its_dictionary = requires(const C& codec) {
  { codec.dictionary() } -> std::same_as<DictionaryTag>;
};
template <class C>
concept compresses_with_dictionary =
    requires(const C& codec, std::span<const std::byte> raw, DictionaryTag tag, std::vector<std::byte>& out) {
      { codec.compress(raw, tag, out) } -> std::same_as<void>;
    };
template <class C>
concept decompresses_with_any_dictionary =
    requires(const C& codec, std::span<const std::byte> packed, std::size_t raw_size, DictionaryTag tag,
             std::vector<std::byte>& out) {
      { codec.decompress(packed, raw_size, tag, out) } -> std::same_as<Result<void>>;
    };

}  // namespace detail

/// A serializer turns values into bytes and back; `serializer_for<S, T>` says for which types.
///
/// | expression                    | result      | throws             | called when, and what it must do                        |
/// |-------------------------------|-------------|--------------------|---------------------------------------------------------|
/// | `S::format`                   | 0 to 15     | -                  | compile time; which byte format (1 is `Binary`, own 8-15) |
/// | `s.encode(value, out)`        | `void`      | allocation, user's | append the bytes of `value`; on a throw leave `out` as it was |
/// | `s.template decode<T>(bytes)` | `Result<T>` | allocation, user's | rebuild from exactly these bytes; any bytes are safe to give |
///
/// The last two rows are `serializer_for<S, T>`.
/// Threads: called concurrently on one object. Cost: linear in the bytes.
/// Models: `Binary`; for sequences also `Columnar`. Smallest user model: `examples/codec_own_serializer.cpp`.
/// Check yours: `static_assert(ashlar::explain_serializer<Mine, Product>());`
template <class S>
concept serializer = std::copy_constructible<S> && detail::numbers_its_format<S>;

/// `S` is a serializer that can write and read `T`.
template <class S, class T>
concept serializer_for = serializer<S> && detail::encodes<S, T> && detail::decodes<S, T>;

/// True when `S` models `serializer_for` with `T`; otherwise each missing part is reported with what to write.
template <class S, class T>
consteval bool explain_serializer() {
  static_assert(std::copy_constructible<S>, "[ashlar] serializer: make it copyable");
  static_assert(detail::numbers_its_format<S>,
                "[ashlar] serializer: add `static constexpr std::uint8_t format = 8;` (8 to 15 are yours)");
  static_assert(
      detail::encodes<S, T>,
      "[ashlar] serializer: add `void encode(const T& value, std::vector<std::byte>& out) const`, or T cannot be "
      "encoded by it");
  static_assert(
      detail::decodes<S, T>,
      "[ashlar] serializer: add `template <class T> Result<T> decode(std::span<const std::byte> bytes) const`, or T "
      "cannot be decoded by it");
  return serializer_for<S, T>;
}

/// A compression makes bytes smaller and restores them.
///
/// | expression                             | result         | throws     | called when, and what it must do                     |
/// |----------------------------------------|----------------|------------|------------------------------------------------------|
/// | `C::id`                                | `CodecId`      | -          | compile time; who packed it (own: `CodecId{128}` up) |
/// | `C::version`                           | 0 to 15        | -          | compile time; the version of the packed form         |
/// | `c.compress(raw, out)`                 | `void`         | allocation | append the packed form, which may be longer than `raw` |
/// | `c.decompress(packed, raw_size, out)`  | `Result<void>` | allocation | append exactly `raw_size` bytes, or leave `out` and say why; any bytes are safe |
///
/// Threads: called concurrently on one object. Cost: linear in the bytes.
/// Models: `NoCompression`, `Lz4`, `Columnar`, `zlib::Gzip`, `zlib::Deflate`, `zstd::Zstd`.
/// Smallest user model: `examples/11_my_compression.cpp`.
/// Check yours: `static_assert(ashlar::explain_compression<Mine>());`
template <class C>
concept compression = std::copy_constructible<C> && detail::names_its_codec<C> && detail::numbers_its_version<C> &&
                      detail::compresses<C> && detail::decompresses<C>;

/// A compression that may use a dictionary: `c.dictionary()` names the one for new values (`{0, 0}`: none yet),
/// `c.compress(raw, tag, out)` and `c.decompress(packed, raw_size, tag, out)` use the one that `tag` names.
template <class C>
concept dictionary_compression = compression<C> && detail::tags_its_dictionary<C> &&
                                 detail::compresses_with_dictionary<C> && detail::decompresses_with_any_dictionary<C>;

/// A compression that knows how to pack a `T` better than its bytes: it encodes and decodes the value itself, and the
/// serializer is not asked. `Columnar` does so for sequences.
template <class C, class T>
concept typed_compression = compression<C> && serializer_for<C, T>;

/// True when `C` models `compression`; otherwise each missing part is reported with what to write.
template <class C>
consteval bool explain_compression() {
  static_assert(std::copy_constructible<C>, "[ashlar] compression: make it copyable");
  static_assert(detail::names_its_codec<C>,
                "[ashlar] compression: add `static constexpr ashlar::CodecId id{128};` (128 to 255 are yours)");
  static_assert(detail::numbers_its_version<C>,
                "[ashlar] compression: add `static constexpr std::uint8_t version = 0;`");
  static_assert(
      detail::compresses<C>,
      "[ashlar] compression: add `void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const`");
  static_assert(
      detail::decompresses<C>,
      "[ashlar] compression: add `Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, "
      "std::vector<std::byte>& out) const`");
  return compression<C>;
}

}  // namespace ashlar::inline v0
