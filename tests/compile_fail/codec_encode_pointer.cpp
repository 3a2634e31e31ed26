// expect: \[ashlar\] serializer: a pointer has no bytes
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>

void write(const char* text, std::vector<std::byte>& out) {
#ifdef FIXED
  ashlar::Binary{}.encode(std::string_view{text}, out);
#else
  ashlar::Binary{}.encode(text, out);
#endif
}
