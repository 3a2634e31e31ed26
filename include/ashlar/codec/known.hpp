// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <ashlar/codec/concepts.hpp>

namespace ashlar::inline v0 {
namespace detail {

template <class C>
concept knows_others = requires { &C::decompress_other; };

}  // namespace detail

/// A compression that writes as `Writes` and also reads what each of `Reads` wrote: for values that outlive a change of
/// codec. `ValueCodec<T, Binary, Known<Lz4, zlib::Gzip<>>>` packs with LZ4 and still reads the gzip of last year; one of
/// `Reads` that is a `typed_compression` of `T`, such as `Columnar` for vectors, also what it encoded by itself.
/// No part is a `Known` itself: list its parts. Threads and cost: those of the parts.
template <compression Writes, compression... Reads>
class Known : public Writes {
  static_assert(!detail::knows_others<Writes> && (!detail::knows_others<Reads> && ...),
                "[ashlar] Known: a Known within it would read only as the codec it writes with; write "
                "Known<Writes, A, B> for Known<Writes, Known<A, B>>");

 public:
  Known() = default;
  explicit Known(Writes writes, Reads... reads) : Writes(std::move(writes)), reads_{std::move(reads)...} {}

  /// Unpacks what codec `packer` of version `packer_version` packed; `known` says whether that is one of `Reads`.
  Result<void> decompress_other(CodecId packer, std::uint8_t packer_version, std::span<const std::byte> packed,
                                std::size_t raw_size, DictionaryTag tag, std::vector<std::byte>& out,
                                bool& known) const {
    Result<void> result;
    known = std::apply(
        [&](const auto&... codec) {
          return (try_one(codec, packer, packer_version, packed, raw_size, tag, out, result) || ...);
        },
        reads_);
    return result;
  }

  /// The value that codec `packer` of version `packer_version` encoded by itself, in its own `format`; `known` says
  /// whether that is one of `Reads`.
  template <class T>
    requires(typed_compression<Reads, T> || ...)
  Result<T> decode_other(CodecId packer, std::uint8_t packer_version, std::uint8_t format,
                         std::span<const std::byte> payload, bool& known) const {
    return decode_from<0, T>(packer, packer_version, format, payload, known);
  }

 private:
  template <std::size_t first, class T>
  Result<T> decode_from(CodecId packer, std::uint8_t packer_version, std::uint8_t format,
                        std::span<const std::byte> payload, bool& known) const {
    if constexpr (first == sizeof...(Reads)) {
      known = false;
      return Error{ErrorCode::unsupported, "not known"};
    } else {
      using Codec = std::tuple_element_t<first, std::tuple<Reads...>>;
      if constexpr (typed_compression<Codec, T>) {
        known = packer == Codec::id && packer_version == Codec::version && format == Codec::format;
        if (known) return std::get<first>(reads_).template decode<T>(payload);
      }
      return decode_from<first + 1, T>(packer, packer_version, format, payload, known);
    }
  }

  template <class Codec>
  static bool try_one(const Codec& codec, CodecId packer, std::uint8_t packer_version,
                      std::span<const std::byte> packed, std::size_t raw_size, DictionaryTag tag,
                      std::vector<std::byte>& out, Result<void>& result) {
    if (packer != Codec::id || packer_version != Codec::version) return false;
    if constexpr (dictionary_compression<Codec>) {
      result = codec.decompress(packed, raw_size, tag, out);
      return true;
    } else {
      if (tag == DictionaryTag{}) result = codec.decompress(packed, raw_size, out);
      return tag == DictionaryTag{};
    }
  }

  std::tuple<Reads...> reads_;
};

}  // namespace ashlar::inline v0
