// expect: \[ashlar\] serializer: add .template <class T> Result<T> decode
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED
  template <class T>
  ashlar::Result<T> decode(std::span<const std::byte>) const {
    return T{};
  }
#else

#endif
  static constexpr std::uint8_t format = 8;
  void encode(const int&, std::vector<std::byte>&) const {}
};
static_assert(ashlar::explain_serializer<Mine, int>());
