// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/codec/dictionaries.hpp>
#include <ashlar/zstd/zstd.hpp>

namespace ashlar::inline v0::zstd {

/// `Zstd` with the dictionaries of `Dictionaries`, as `Lz4WithDictionary`: for values too small to repeat themselves.
/// Copies share the prepared dictionaries. Threads: any. Cost: a dictionary is prepared once, at its first use.
template <int Level = 1>
class ZstdWithDictionary {
 public:
  static constexpr CodecId id = CodecId::zstd;
  static constexpr std::uint8_t version = 0;

  /// Packs with the newest dictionary `dictionary_id` of `known`, and reads with any of `known`.
  ZstdWithDictionary(std::shared_ptr<const Dictionaries> known, std::uint32_t dictionary_id)
      : known_{std::move(known)}, id_{dictionary_id}, prepared_{std::make_shared<Prepared>()} {}

  DictionaryTag dictionary() const {
    const auto newest = known_->newest(id_);
    return newest ? newest->tag() : DictionaryTag{};
  }

  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const { compress(raw, dictionary(), out); }
  /// With the dictionary that `tag` names; requires that it is known, or `{0, 0}`.
  void compress(std::span<const std::byte> raw, DictionaryTag tag, std::vector<std::byte>& out) const {
    const auto pair = prepared(tag);
    ASHLAR_ASSERT(tag == DictionaryTag{} || pair, "ZstdWithDictionary::compress needs a tag that is known");
    if (!pair) return Zstd<Level>{}.compress(raw, out);
    detail::compress(raw.size(), out, [&](void* to, std::size_t room) {
      return ZSTD_compress_usingCDict(detail::packer(), to, room, raw.data(), raw.size(), pair->pack.get());
    });
  }

  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, std::vector<std::byte>& out) const {
    return detail::decompress(packed, raw_size, nullptr, out);
  }
  /// `unsupported` for a dictionary that is not known.
  Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, DictionaryTag tag,
                          std::vector<std::byte>& out) const {
    if (tag == DictionaryTag{}) return decompress(packed, raw_size, out);
    if (const auto pair = prepared(tag)) return detail::decompress(packed, raw_size, pair->unpack.get(), out);
    return Error{ErrorCode::unsupported, "zstd: packed with dictionary " + std::to_string(tag.id) + " epoch " +
                                             std::to_string(tag.epoch) + ", which is not known here; add it"};
  }

 private:
  struct Pair {
    detail::Owned<ZSTD_CDict> pack;
    detail::Owned<ZSTD_DDict> unpack;
  };
  struct Prepared {
    std::mutex mutex;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::shared_ptr<const Pair>> by_tag;
  };

  std::shared_ptr<const Pair> prepared(DictionaryTag tag) const {
    if (tag == DictionaryTag{}) return nullptr;
    const std::lock_guard lock{prepared_->mutex};
    if (const auto found = prepared_->by_tag.find({tag.id, tag.epoch}); found != prepared_->by_tag.end()) {
      return found->second;
    }
    // Only what is known takes room: values from elsewhere may carry any tag.
    const auto dictionary = known_->find(tag);
    if (!dictionary) return nullptr;
    const auto bytes = dictionary->bytes();
    auto pair = std::make_shared<const Pair>(
        Pair{detail::Owned<ZSTD_CDict>{detail::made(ZSTD_createCDict(bytes.data(), bytes.size(), Level))},
             detail::Owned<ZSTD_DDict>{detail::made(ZSTD_createDDict(bytes.data(), bytes.size()))}});
    return prepared_->by_tag[{tag.id, tag.epoch}] = std::move(pair);
  }

  std::shared_ptr<const Dictionaries> known_;
  std::uint32_t id_;
  std::shared_ptr<Prepared> prepared_;
};

static_assert(dictionary_compression<ZstdWithDictionary<>>);

}  // namespace ashlar::inline v0::zstd
