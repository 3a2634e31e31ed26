// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/codec/dictionaries.hpp>
#include <ashlar/codec/lz4.hpp>

namespace ashlar::inline v0 {

/// `Lz4` that knows what values look like: for values too small to repeat themselves. Until a dictionary of its id is
/// added it packs as `Lz4` does. Values carry the tag of the dictionary they were packed with, so that a newly trained
/// epoch can be added at any time.
/// Threads: any. Cost: packing takes two to three times as long as `Lz4`, unpacking about the same.
class Lz4WithDictionary {
 public:
  static constexpr CodecId id = CodecId::lz4;
  static constexpr std::uint8_t version = 0;

  /// Packs with the newest dictionary `dictionary_id` of `known`, and reads with any of `known`.
  Lz4WithDictionary(std::shared_ptr<const Dictionaries> known, std::uint32_t dictionary_id)
      : known_{std::move(known)}, id_{dictionary_id} {}
  /// With the dictionary for keys like `key`.
  Lz4WithDictionary for_key(std::string_view key) const { return {known_, known_->id_for(key)}; }

  /// The tag that `compress` would pack with now.
  DictionaryTag dictionary() const {
    const auto newest = known_->newest(id_);
    return newest ? newest->tag() : DictionaryTag{};
  }

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const { compress(raw, dictionary(), out); }
  /// With the dictionary that `tag` names; requires that it is known, or `{0, 0}`.
  void compress(std::span<const std::byte> raw, DictionaryTag tag, std::vector<std::byte>& out) const {
    const auto dictionary = tag == DictionaryTag{} ? nullptr : known_->find(tag);
    ASHLAR_ASSERT(tag == DictionaryTag{} || dictionary, "Lz4WithDictionary::compress needs a tag that is known");
    if (!dictionary || raw.size() > Lz4::most) return Lz4{}.compress(raw, out);
    const std::size_t start = out.size();
    out.resize(start + Lz4::bound(raw.size()));
    out.resize(start + dictionary->compress_into(raw, std::span{out}.subspan(start)));
  }

  /// A block that needs no dictionary.
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) const {
    return Lz4{}.decompress(packed, raw_size, out);
  }
  /// `unsupported` for a dictionary that is not known.
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, DictionaryTag tag,
                          std::vector<std::byte>& out) const {
    if (tag == DictionaryTag{}) return decompress(packed, raw_size, out);
    const auto dictionary = known_->find(tag);
    const std::string which = "dictionary " + std::to_string(tag.id) + " epoch " + std::to_string(tag.epoch);
    if (!dictionary)
      return Error{ErrorCode::unsupported, "lz4: packed with " + which + ", which is not known here; add it"};
    const std::size_t start = out.size();
    if (raw_size <= detail::lz4::most_raw(packed.size())) {
      out.resize(start + raw_size);
      if (dictionary->decompress_into(packed, std::span{out}.subspan(start))) return {};
      out.resize(start);
    }
    return Error{ErrorCode::corrupt, "lz4: " + std::to_string(packed.size()) + " bytes are no block of " +
                                         std::to_string(raw_size) + " with " + which};
  }

 private:
  std::shared_ptr<const Dictionaries> known_;
  std::uint32_t id_;
};

static_assert(dictionary_compression<Lz4WithDictionary>);

}  // namespace ashlar::inline v0
