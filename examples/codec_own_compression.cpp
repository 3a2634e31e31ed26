// SPDX-License-Identifier: BSL-1.0
// The smallest compression of one's own: what is all one byte is kept as that byte.
#include <algorithm>
#include <iostream>
#include <string>

#include <ashlar/codec.hpp>

struct OneByte {
  static constexpr ashlar::CodecId id{128};  // 128 to 255 are free for one's own
  static constexpr std::uint8_t version = 0;

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    const bool same = !raw.empty() && std::equal(raw.begin() + 1, raw.end(), raw.begin());
    out.insert(out.end(), raw.begin(), same ? raw.begin() + 1 : raw.end());
  }
  ashlar::Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size,
                                  std::vector<std::byte>& out) const {
    if (packed.size() != 1 && packed.size() != raw_size) {
      return ashlar::Error{ashlar::ErrorCode::corrupt, "one byte: neither one byte nor all of them"};
    }
    if (packed.size() == raw_size) {
      out.insert(out.end(), packed.begin(), packed.end());
    } else {
      out.insert(out.end(), raw_size, packed[0]);
    }
    return {};
  }
};
static_assert(ashlar::explain_compression<OneByte>());

int main() {
  const ashlar::ValueCodec<std::vector<std::uint8_t>, ashlar::Binary, OneByte> codec;
  std::vector<std::byte> bytes;
  codec.encode(std::vector<std::uint8_t>(100, 100), bytes);
  std::cout << bytes.size() << " bytes for " << codec.decode(bytes)->size() << " numbers\n";
}
