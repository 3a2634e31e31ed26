// expect: \[ashlar\] serializer: add .static constexpr std::uint8_t format
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED
  static constexpr std::uint8_t format = 8;
#else

#endif
  void encode(const int&, std::vector<std::byte>&) const {}
  template <class T>
  ashlar::Result<T> decode(std::span<const std::byte>) const {
    return T{};
  }
};
static_assert(ashlar::explain_serializer<Mine, int>());
