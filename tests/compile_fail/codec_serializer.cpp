// expect: \[ashlar\] serializer: make it copyable
// expect: \[ashlar\] serializer: add `static constexpr std::uint8_t format = 8;` \(8 to 15 are yours\)
// expect: \[ashlar\] serializer: add `void encode\(const T& value, std::vector<std::byte>& out\) const`
// expect: \[ashlar\] serializer: add `template <class T> Result<T> decode\(std::span<const std::byte> bytes\) const`
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED
  static constexpr std::uint8_t format = 8;
  void encode(const int&, std::vector<std::byte>&) const {}
  template <class T>
  ashlar::Result<T> decode(std::span<const std::byte>) const {
    return T{};
  }
#else
  Mine(const Mine&) = delete;
#endif
};
static_assert(ashlar::explain_serializer<Mine, int>());
