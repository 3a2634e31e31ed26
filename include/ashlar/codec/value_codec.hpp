// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/lz4.hpp>
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/codec/value_header.hpp>

namespace ashlar::inline v0 {

namespace detail {

// A buffer of this thread that is borrowed, so that packing a value does not allocate. A nested borrower gets a new
// one.
class Scratch {
 public:
  Scratch() noexcept : buffer_{std::exchange(spare(), {})} { buffer_.clear(); }
  ~Scratch() {
    if (buffer_.capacity() <= most_kept) spare() = std::move(buffer_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::vector<std::byte>& operator*() noexcept { return buffer_; }
  std::vector<std::byte>* operator->() noexcept { return &buffer_; }

 private:
  static constexpr std::size_t most_kept = std::size_t{1} << 18;
  static std::vector<std::byte>& spare() noexcept {
    static thread_local std::vector<std::byte> kept;
    return kept;
  }
  std::vector<std::byte> buffer_;
};

}  // namespace detail

/// Values to bytes and back: serializer, then compression, with a `ValueHeader` in front that says which.
/// What compression does not make smaller is stored as it is. A value that was written with another compression is
/// read when that one is `NoCompression`, `Lz4` or among those of `Known<…>`; otherwise the error names it.
/// A `typed_compression` of `T`, such as `Columnar` for vectors, packs the value itself.
/// Threads: encode and decode may be called concurrently. Cost: no allocation but that of `out` and of the value.
template <class T, serializer Serializer = Binary, compression Compression = NoCompression>
class ValueCodec {
  static constexpr bool typed = typed_compression<Compression, T>;
  static_assert(typed || explain_serializer<Serializer, T>());

 public:
  using value_type = T;
  using serializer_type = Serializer;
  using compression_type = Compression;

  explicit ValueCodec(Serializer serializer = {}, Compression compression = {})
      : serializer_(std::move(serializer)), compression_(std::move(compression)) {}

  const Serializer& serializer() const noexcept { return serializer_; }
  const Compression& compression() const noexcept { return compression_; }

  /// Appends header and packed bytes of `value` to `out`. Throws what allocation and the serializer throw; `out` is
  /// then as it was.
  void encode(const T& value, std::vector<std::byte>& out) const {
    const std::size_t start = out.size();
    try {
      append(value, out);
    } catch (...) {
      out.resize(start);
      throw;
    }
  }

  /// The value in `bytes`; `corrupt` for bytes that are none, `unsupported` for a codec, version or format not known
  /// here.
  Result<T> decode(std::span<const std::byte> bytes) const {
    ByteReader reader{bytes};
    ValueHeader header;
    if (!header.read(reader)) return reader.error().within("value header");
    const auto payload = bytes.subspan(reader.offset());
    if constexpr (typed) {
      if (header.codec == Compression::id && header.format == Compression::format) {
        if (header.codec_version != Compression::version) return unknown(header);
        return compression_.template decode<T>(payload);
      }
    }
    if constexpr (requires(bool& known) {
                    compression_.template decode_other<T>(header.codec, header.codec_version, header.format, payload,
                                                          known);
                  }) {
      bool known = false;
      auto result =
          compression_.template decode_other<T>(header.codec, header.codec_version, header.format, payload, known);
      if (known) return result;
    }
    if constexpr (serializer_for<Serializer, T>) {
      if (header.format != Serializer::format) return other_format(header);
      if (header.codec == CodecId::none && header.codec_version == 0) return serializer_.template decode<T>(payload);
      detail::Scratch raw;
      auto unpacked = unpack(header, payload, *raw);
      if (!unpacked) return unpacked.error();
      return serializer_.template decode<T>(std::span<const std::byte>{*raw});
    } else {
      return unknown(header);
    }
  }

 private:
  void append(const T& value, std::vector<std::byte>& out) const {
    if constexpr (typed) {
      put(out, {.codec = Compression::id, .codec_version = Compression::version, .format = Compression::format});
      compression_.encode(value, out);
    } else if constexpr (Compression::id == CodecId::none) {
      put(out, {.format = Serializer::format});
      serializer_.encode(value, out);
    } else {
      detail::Scratch raw;
      serializer_.encode(value, *raw);
      const std::size_t start = out.size();
      ValueHeader header{.codec = Compression::id,
                         .codec_version = Compression::version,
                         .format = Serializer::format,
                         .raw_size = raw->size()};
      if constexpr (dictionary_compression<Compression>) {
        header.dictionary = compression_.dictionary();
        put(out, header);
        compression_.compress(*raw, header.dictionary, out);
      } else {
        put(out, header);
        compression_.compress(*raw, out);
      }
      if (out.size() - start < raw->size() + 3) return;
      out.resize(start);
      put(out, {.format = Serializer::format});
      detail::append_bytes(out, *raw);
    }
  }

  static void put(std::vector<std::byte>& out, const ValueHeader& header) {
    ByteWriter writer{out};
    header.write(writer);
    writer.flush();
  }

  Result<void> unpack(const ValueHeader& header, std::span<const std::byte> packed, std::vector<std::byte>& raw) const {
    const auto size = static_cast<std::size_t>(header.raw_size);
    if (header.codec == Compression::id && header.codec_version == Compression::version) {
      if constexpr (dictionary_compression<Compression>) {
        return compression_.decompress(packed, size, header.dictionary, raw);
      } else if (header.dictionary == DictionaryTag{}) {
        return compression_.decompress(packed, size, raw);
      }
    }
    if constexpr (requires(bool& known) {
                    compression_.decompress_other(header.codec, header.codec_version, packed, size, header.dictionary,
                                                  raw, known);
                  }) {
      bool known = false;
      auto result = compression_.decompress_other(header.codec, header.codec_version, packed, size, header.dictionary,
                                                  raw, known);
      if (known) return result;
    }
    if (header.codec == Lz4::id && header.codec_version == Lz4::version && header.dictionary == DictionaryTag{}) {
      return Lz4{}.decompress(packed, size, raw);
    }
    return unknown(header);
  }

  // The format may be another serializer's, or that of a codec which encodes values itself and is missing here.
  static Error other_format(const ValueHeader& header) {
    const std::string formats = "written by serializer format " + std::to_string(header.format) + ", this one reads " +
                                std::to_string(Serializer::format);
    const bool stored = header.codec == CodecId::none || header.codec == Lz4::id || header.codec == Compression::id;
    return Error{ErrorCode::unsupported,
                 stored ? "value: " + formats
                        : "value: " + written_with(header) + ", " + formats +
                              "; add that codec with Known<…> if it encodes values itself, or write the value anew"};
  }

  static Error unknown(const ValueHeader& header) {
    return Error{ErrorCode::unsupported, "value: " + written_with(header) +
                                             ", which is not known here; add it with Known<…> or write the value anew"};
  }

  static std::string written_with(const ValueHeader& header) {
    std::string text = "written with codec ";
    text += to_string(header.codec);
    text += " (" + std::to_string(static_cast<unsigned>(header.codec)) + ") version " +
            std::to_string(header.codec_version);
    if (header.dictionary != DictionaryTag{}) {
      text +=
          ", dictionary " + std::to_string(header.dictionary.id) + " epoch " + std::to_string(header.dictionary.epoch);
    }
    return text;
  }

  [[no_unique_address]] Serializer serializer_;
  [[no_unique_address]] Compression compression_;
};

}  // namespace ashlar::inline v0
