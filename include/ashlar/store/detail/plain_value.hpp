// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/value_header.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::detail {

/// Whether what `ValueCodec` stores of a value is a few bytes and then the value's own, so that it need not be copied to be
/// written, and can be looked at where it lies.
template <class Value, class Serializer, class Compression>
inline constexpr bool is_plain_value =
    (std::same_as<Value, std::string> || std::same_as<Value, std::vector<std::byte>>) &&
    std::same_as<Serializer, Binary> && Compression::id == CodecId::none;

/// Appends what comes before the bytes of a value of that size.
inline void begin_plain_value(std::vector<std::byte>& out, std::size_t size) {
  ByteWriter writer{out};
  ValueHeader{.format = Binary::format}.write(writer);
  writer.size(size);
  writer.flush();
}

/// The bytes of the value that `ValueCodec` stored so; `unsupported` when it is compressed.
inline Result<std::span<const std::byte>> plain_value(std::span<const std::byte> stored) {
  ByteReader reader{stored};
  ValueHeader header;
  if (!header.read(reader)) return reader.error().within("value header");
  if (header.codec != CodecId::none || header.format != Binary::format) {
    return Error{ErrorCode::unsupported, "the value is stored compressed or in another format; read it with get()"};
  }
  std::uint64_t size = 0;
  std::span<const std::byte> bytes;
  if (!reader.size(size) || !reader.bytes(static_cast<std::size_t>(size), bytes)) return reader.error();
  if (reader.left() != 0) {
    reader.fail("the value ends here, but bytes are left");
    return reader.error();
  }
  return bytes;
}

template <class Engine>
concept has_views = requires { typename Engine::View; };

/// What keeps a backend's views alive.
template <class Engine>
struct PinOf {
  using type = std::monostate;
};
template <has_views Engine>
struct PinOf<Engine> {
  using type = decltype(Engine::View::pin);
};

/// A value where the store has it in memory, pinned there.
template <class Engine>
class StoreView {
  using Pin = typename PinOf<Engine>::type;

 public:
  StoreView(Pin pin, std::span<const std::byte> bytes) noexcept : pin_{std::move(pin)}, bytes_{bytes} {}

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  Pin pin_;
  std::span<const std::byte> bytes_;
};

}  // namespace ashlar::inline v0::detail
