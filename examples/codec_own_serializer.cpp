// SPDX-License-Identifier: BSL-1.0
// The smallest serializer of one's own: numbers as text, so that a person can read what is stored.
#include <charconv>
#include <iostream>
#include <string>

#include <ashlar/codec.hpp>

struct AsText {
  static constexpr std::uint8_t format = 8;  // 8 to 15 are free for one's own

  void encode(const int& value, std::vector<std::byte>& out) const {
    for (const char digit : std::to_string(value)) out.push_back(static_cast<std::byte>(digit));
  }
  template <class T>
  ashlar::Result<T> decode(std::span<const std::byte> bytes) const {
    const char* begin = reinterpret_cast<const char*>(bytes.data());
    T value{};
    const auto [end, error] = std::from_chars(begin, begin + bytes.size(), value);
    if (error != std::errc{} || end != begin + bytes.size()) {
      return ashlar::Error{ashlar::ErrorCode::corrupt, "not a number"};
    }
    return value;
  }
};
static_assert(ashlar::explain_serializer<AsText, int>());

int main() {
  const ashlar::ValueCodec<int, AsText> codec;
  std::vector<std::byte> bytes;
  codec.encode(-42, bytes);
  std::cout << codec.decode(bytes).value() << " in " << bytes.size() << " bytes\n";
  bytes.back() = std::byte{'x'};
  std::cout << codec.decode(bytes).error().what() << "\n";
}
