// SPDX-License-Identifier: BSL-1.0
// The smallest compression of one's own, packing what a cache keeps below: zeros at the end of a value are left out.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <ashlar/cache.hpp>

struct NoZerosAtTheEnd {
  static constexpr ashlar::CodecId id{128};  // 128 to 255 are free for one's own
  static constexpr std::uint8_t version = 0;

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    const auto end = std::find_if(raw.rbegin(), raw.rend(), [](std::byte b) { return b != std::byte{0}; }).base();
    out.insert(out.end(), raw.begin(), end);
  }
  ashlar::Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size,
                                  std::vector<std::byte>& out) const {
    if (packed.size() > raw_size) return ashlar::Error{ashlar::ErrorCode::corrupt, "more bytes than there were"};
    out.insert(out.end(), packed.begin(), packed.end());
    out.insert(out.end(), raw_size - packed.size(), std::byte{0});
    return {};
  }
};
static_assert(ashlar::explain_compression<NoZerosAtTheEnd>());

int main() {
  using Page = std::vector<std::uint8_t>;
  ashlar::Cache<ashlar::MemoryTier<std::string, Page>, ashlar::PackedMemory<std::string, Page>, ashlar::WriteThrough,
                NoZerosAtTheEnd>
      pages{ashlar::entries(100), ashlar::bytes(1 << 20)};
  Page page(4096);
  page[0] = 42;
  pages.put("front", page);
  pages.upper().clear();  // so that it comes from below
  std::cout << std::boolalpha << "the same page: " << (pages.get("front") == page)
            << ", kept in less than 64 bytes: " << (pages.lower().packed_bytes_written() < 64) << '\n';
}
