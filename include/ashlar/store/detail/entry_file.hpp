// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/store/detail/little_endian.hpp>

namespace ashlar::inline v0::detail {

// The file of one entry. All numbers are little-endian.
//
//   offset  size  content
//        0     8  "ashlarE" and the format version as a byte (1)
//        8     4  CRC-32C of everything after these 12 bytes
//       12     4  length of the key in bytes
//       16     8  length of the value in bytes
//       24     8  revision: a number that no other write of this store has
//       32     k  key
//     32+k     v  value
//
// The file ends there. One that is longer or shorter is corrupt.
//
// In every later version the bytes 0 to 11 stay as they are, but the checksum is that of the version's byte followed by
// everything after these 12 bytes. So a damaged version byte of this version is told from an entry of a later one.

inline constexpr std::size_t entry_header_size = 32;
inline constexpr std::array<char, 7> entry_magic = {'a', 's', 'h', 'l', 'a', 'r', 'E'};
inline constexpr std::byte entry_version{1};

/// One entry, as views into the bytes it was read from.
struct EntryView {
  std::string_view key;
  std::span<const std::byte> value;
  std::uint64_t revision = 0;
};

inline std::vector<std::byte> make_entry_file(std::string_view key, std::span<const std::byte> value,
                                              std::uint64_t revision) {
  std::vector<std::byte> bytes(entry_header_size + key.size() + value.size());
  std::byte* at = bytes.data();
  std::memcpy(at, entry_magic.data(), entry_magic.size());
  at[7] = entry_version;
  store_le(at + 12, static_cast<std::uint32_t>(key.size()));
  store_le(at + 16, static_cast<std::uint64_t>(value.size()));
  store_le(at + 24, revision);
  if (!key.empty()) std::memcpy(at + entry_header_size, key.data(), key.size());
  if (!value.empty()) std::memcpy(at + entry_header_size + key.size(), value.data(), value.size());
  store_le(at + 8, crc32c(std::span<const std::byte>{bytes}.subspan(12)));
  return bytes;
}

/// The entry in `bytes`. Errors: `corrupt` and `unsupported`, with what is wrong but not where.
inline Result<EntryView> parse_entry_file(std::span<const std::byte> bytes) {
  const auto corrupt = [](std::string what) { return Error{ErrorCode::corrupt, what}; };
  if (bytes.empty()) return corrupt("the entry is empty: its content was lost before it reached the disk");
  if (bytes.size() < entry_header_size) return corrupt("the entry is cut off in its header");
  if (std::memcmp(bytes.data(), entry_magic.data(), entry_magic.size()) != 0) {
    return corrupt("the entry does not begin with \"ashlarE\"");
  }
  const std::uint64_t key_size = load_le<std::uint32_t>(bytes.data() + 12);
  const std::uint64_t value_size = load_le<std::uint64_t>(bytes.data() + 16);
  const std::uint64_t body = bytes.size() - entry_header_size;
  if (bytes[7] != entry_version) {
    // Only a checksum that is right for the version it states makes it one of that version.
    if (crc32c(bytes.subspan(12), crc32c(bytes.subspan(7, 1))) != load_le<std::uint32_t>(bytes.data() + 8)) {
      return corrupt("the version of the entry is damaged");
    }
    return Error{ErrorCode::unsupported, "the entry has format version " +
                                             std::to_string(std::to_integer<unsigned>(bytes[7])) +
                                             "; this program reads version 1"};
  }
  if (key_size > body || value_size != body - key_size) return corrupt("the entry has not the length its header says");
  if (crc32c(bytes.subspan(12)) != load_le<std::uint32_t>(bytes.data() + 8)) {
    return corrupt("the checksum of the entry is wrong");
  }
  const std::span<const std::byte> key = bytes.subspan(entry_header_size, static_cast<std::size_t>(key_size));
  return EntryView{{reinterpret_cast<const char*>(key.data()), key.size()},
                   bytes.subspan(entry_header_size + key.size()),
                   load_le<std::uint64_t>(bytes.data() + 24)};
}

}  // namespace ashlar::inline v0::detail
