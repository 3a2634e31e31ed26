// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/detail/binary_decode.hpp>
#include <ashlar/codec/detail/binary_encode.hpp>
#include <ashlar/codec/serializable.hpp>

namespace ashlar::inline v0 {

/// The default serializer: compact, little endian, the same bytes on every machine.
///
/// | type                            | bytes                                                                       |
/// |---------------------------------|-----------------------------------------------------------------------------|
/// | integers, enums, floating point | as many as the type has, little endian; `long` always 8; IEEE 754           |
/// | `bool`                          | 0 or 1                                                                      |
/// | strings, views, paths           | length, then the bytes (a path in its generic form)                         |
/// | sequences, sets, maps           | count, then the elements; unordered ones in the order of their bytes        |
/// | `array`, `tuple`, `pair`, structs | the parts in order, nothing between                                       |
/// | `optional`                      | 0, or 1 and the value                                                       |
/// | `variant`                       | index as a length, then the value                                           |
/// | durations, time points          | their count of ticks                                                        |
///
/// Lengths and counts are LEB128, in their shortest form. Equal values have equal bytes.
/// Decoding is safe on any bytes: a fault is an error that names the offset and the reason, no count is believed that
/// the bytes left could not hold, and a value must use up all bytes. Threads: no state. Cost: one pass, no allocation
/// but the value's own.
class Binary {
 public:
  static constexpr std::uint8_t format = 1;

  /// Appends the bytes of `value`, which must not be a view into `out`, to `out`. Throws what allocation and
  /// `Serialize<T>` throw; `out` is then as it was.
  template <encodable T>
  void encode(const T& value, std::vector<std::byte>& out) const {
    const std::size_t size = out.size();
    try {
      ByteWriter writer{out};
      detail::write_value(writer, value);
      writer.flush();
    } catch (...) {
      out.resize(size);
      throw;
    }
  }
  /// Chosen for types that cannot be written: says why, and does not compile.
  template <class T>
    requires(!encodable<T>)
  detail::NotSerializable encode(const T&, std::vector<std::byte>&) const {
    return {detail::explain_all<T, false>()};
  }

  /// The value that `bytes` hold, or `corrupt` (`unsupported` for an unknown `Versioned`) with offset and reason.
  template <serializable T>
  Result<T> decode(std::span<const std::byte> bytes) const {
    // One object from here to the caller, so that the value is never moved, nor is a T assigned.
    Result<T> result;
    ByteReader reader{bytes};
    if (!detail::read_value(reader, *result) ||
        (reader.left() != 0 && !reader.fail("the value ends here, but bytes are left"))) {
      Error error = reader.error();
      std::destroy_at(std::addressof(result));
      std::construct_at(std::addressof(result), std::move(error));
    }
    return result;
  }
  template <class T>
    requires(!serializable<T>)
  detail::NotSerializable decode(std::span<const std::byte>) const {
    return {explain_serializable<T>()};
  }
};

template <class T>
void ByteWriter::value(const T& value) {
  detail::write_value(*this, value);
}
template <class T>
bool ByteReader::value(T& value) {
  return detail::read_value(*this, value);
}

static_assert(serializer_for<Binary, int>);

}  // namespace ashlar::inline v0
