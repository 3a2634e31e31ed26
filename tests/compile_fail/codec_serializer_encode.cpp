// expect: \[ashlar\] serializer: add .void encode
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED
  void encode(const int&, std::vector<std::byte>&) const {}
#else
  void encode(int, int) const {}
#endif
  static constexpr std::uint8_t format = 8;
  template <class T>
  ashlar::Result<T> decode(std::span<const std::byte>) const {
    return T{};
  }
};
static_assert(ashlar::explain_serializer<Mine, int>());
