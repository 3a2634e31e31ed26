// expect: \[ashlar\] serializer: make it copyable
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/concepts.hpp>

struct Mine {
#ifdef FIXED

#else
  Mine(const Mine&) = delete;
#endif
  static constexpr std::uint8_t format = 8;
  void encode(const int&, std::vector<std::byte>&) const {}
  template <class T>
  ashlar::Result<T> decode(std::span<const std::byte>) const {
    return T{};
  }
};
static_assert(ashlar::explain_serializer<Mine, int>());
