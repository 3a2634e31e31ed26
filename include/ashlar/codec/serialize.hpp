// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/fwd.hpp>

namespace ashlar::inline v0 {

/// The customisation point of `Binary`: specialise it for a type that is not built in, or to choose other bytes.
///
/// | expression                            | result | must do                                                        |
/// |---------------------------------------|--------|----------------------------------------------------------------|
/// | `Serialize<T>::encode(value, writer)` | `void` | write `value` to the `ByteWriter`, one byte or more            |
/// | `Serialize<T>::decode(reader, value)` | `bool` | read what encode wrote from the `ByteReader`; false on a fault |
///
/// `writer.value(x)` and `reader.value(x)` pass parts on to `Binary`. Where all that is needed is a list of members,
/// derive from `SerializeMembers`. `T` must be default constructible to be decoded.
template <class T>
struct Serialize;

/// `Serialize` by listing members, in the order in which they are written:
/// `template <> struct ashlar::Serialize<Point> : ashlar::SerializeMembers<&Point::x, &Point::y> {};`
/// Also the way for aggregates with bases, with more than 32 members, and for types that contain themselves.
template <auto... Members>
struct SerializeMembers {
  template <class T>
  static void encode(const T& value, ByteWriter& writer) {
    (writer.value(value.*Members), ...);
  }
  template <class T>
  static bool decode(ByteReader& reader, T& value) {
    return (reader.value(value.*Members) && ...);
  }
};

namespace detail {

template <class T>
concept custom_encoded = requires(const T& value, ByteWriter& writer) {
  { Serialize<T>::encode(value, writer) } -> std::same_as<void>;
};
template <class T>
concept custom_decoded = requires(ByteReader& reader, T& value) {
  { Serialize<T>::decode(reader, value) } -> std::same_as<bool>;
};
template <class T>
concept customised = requires { sizeof(Serialize<T>); };

}  // namespace detail
}  // namespace ashlar::inline v0
