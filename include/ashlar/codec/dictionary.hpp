// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/detail/lz4_dictionary.hpp>

namespace ashlar::inline v0 {

/// Bytes that many small values have in common, given to packer and unpacker alike, and the tag that values carry.
/// A small value hardly repeats itself, but it repeats its neighbours: with a dictionary of 16 KiB rows shrink to a third.
/// Make one with `train_dictionary`. Threads: immutable. Cost: the bytes twice, for LZ4's index.
class Dictionary {
 public:
  /// `tag` must not be `{0, 0}`, which says "none". LZ4 reaches the last 64 KiB of `bytes`, less the value's own size.
  Dictionary(DictionaryTag tag, std::vector<std::byte> bytes)
      : tag_{tag}, size_{bytes.size()}, bytes_{std::move(bytes)} {
    ASHLAR_ASSERT(tag != DictionaryTag{}, "Dictionary: the tag {0, 0} says that there is none");
    bytes_.resize(size_ + detail::lz4::spare);
    index_.build(data(), size_);
  }

  DictionaryTag tag() const noexcept { return tag_; }
  std::span<const std::byte> bytes() const noexcept { return {bytes_.data(), size_}; }

  /// Packs `raw` as an LZ4 block that continues these bytes, to the front of `packed`, which has room for
  /// `Lz4::bound(raw.size())`. Returns the packed size.
  std::size_t compress_into(std::span<const std::byte> raw, std::span<std::byte> packed) const noexcept {
    auto* const out = reinterpret_cast<unsigned char*>(packed.data());
    const auto* const in = reinterpret_cast<const unsigned char*>(raw.data());
    return static_cast<std::size_t>(detail::lz4::encode_after(in, raw.size(), out, history(), index_) - out);
  }
  /// Unpacks a block that continues these bytes and holds exactly `raw.size()` bytes; false for any other bytes.
  bool decompress_into(std::span<const std::byte> packed, std::span<std::byte> raw) const noexcept {
    const auto* const in = reinterpret_cast<const unsigned char*>(packed.data());
    auto* const out = reinterpret_cast<unsigned char*>(raw.data());
    return detail::lz4::decode(in, in + packed.size(), out, out + raw.size(), history());
  }

 private:
  const unsigned char* data() const noexcept { return reinterpret_cast<const unsigned char*>(bytes_.data()); }
  detail::lz4::History history() const noexcept { return {data() + size_, size_}; }

  DictionaryTag tag_;
  std::size_t size_;
  std::vector<std::byte> bytes_;
  detail::lz4::DictionaryIndex index_;
};

}  // namespace ashlar::inline v0
