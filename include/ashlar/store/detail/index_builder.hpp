// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_reader.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/detail/shared_index.hpp>

namespace ashlar::inline v0::detail {

/// Fills an index that is empty and that nobody else uses yet: of the records of a key the one with the highest sequence
/// number counts, the first of several.
///
/// The places of keys lie all over an index. So records are gathered first, in parts by some bits of their hashes: those of
/// one part go to few cache lines, and are compared with each other while they lie side by side instead of where their
/// records are. Memory: 24 bytes for each record that is held back, in huge pages where the system has them.
template <mapping_file_system Files>
class IndexBuilder {
 public:
  /// Holds back at most so many records.
  IndexBuilder(SharedIndex<Files>& index, const SegmentReader<Files>& reader, std::size_t most = std::size_t{1} << 22)
      : index_{index}, reader_{reader}, most_{most} {}

  /// A record: its place as the index has it, the hash of its key, its sequence number.
  Result<void> add(std::uint64_t word, std::uint64_t hash, std::uint64_t sequence) {
    Part& part = parts_[(hash >> first_bit) % part_count];
    if (part.next == part.end) begin_block(part);
    *part.next++ = {hash, sequence, word};
    return ++held_ < most_ ? Result<void>{} : flush();
  }

  /// Puts what was gathered into the index. Once, after the last `add`.
  Result<void> finish() { return flush(); }

 private:
  static constexpr std::size_t part_count = 256;
  // The bits above pick a bucket of all levels but the smallest: a part's buckets of a level lie side by side.
  static constexpr int first_bit = 10;
  static constexpr std::size_t block_size = 256;
  static constexpr std::size_t first_block = 32;  // of a part: most stores need no more
  static constexpr std::size_t huge_page = std::size_t{1} << 21;

  struct Entry {
    std::uint64_t hash;
    std::uint64_t sequence;
    std::uint64_t word;  // 0: it is in the index, or a later record of the key is there
  };
  struct Part {
    Entry* next = nullptr;  // of the last block
    Entry* end = nullptr;
    std::vector<Entry*> blocks;
    std::size_t size() const noexcept {
      if (blocks.empty()) return 0;
      return first_block + (blocks.size() - 1) * block_size - static_cast<std::size_t>(end - next);
    }
    Entry& at(std::size_t i) const noexcept {
      if (i < first_block) return blocks[0][i];
      i -= first_block;
      return blocks[1 + i / block_size][i % block_size];
    }
  };
  struct Release {
    std::align_val_t alignment;
    void operator()(Entry* slab) const noexcept { ::operator delete(slab, alignment); }
  };

  void begin_block(Part& part) {
    const std::size_t size = part.blocks.empty() ? first_block : block_size;
    if (left_ < size) {
      // The first ones are small; the others are three huge pages each.
      constexpr std::array<std::size_t, 3> small{2048, 16384, 65536};
      left_ = slabs_.size() < small.size() ? small[slabs_.size()] : 262144;
      const std::size_t bytes = left_ * sizeof(Entry);
      const std::align_val_t alignment{bytes < huge_page ? alignof(std::max_align_t) : huge_page};
      slabs_.emplace_back(static_cast<Entry*>(::operator new(bytes, alignment)), Release{alignment});
#ifdef MADV_HUGEPAGE
      if (bytes >= huge_page) (void)::madvise(slabs_.back().get(), bytes, MADV_HUGEPAGE);
#endif
      next_ = slabs_.back().get();
    }
    left_ -= size;
    part.blocks.push_back(next_);
    part.next = std::exchange(next_, next_ + size);
    part.end = next_;
  }

  Result<void> flush() {
    if (held_ == 0) return {};
    std::uint64_t keys = 0;
    for (const Part& part : parts_) keys += drop_older(part);
    if (!flushed_) {
      // Of later portions nobody knows yet how many keys are there already.
      if (Result<void> room = index_.make_room(keys + keys / 2); !room) return room;
      if (Result<void> put = put_crowded(); !put) return put;
    }
    const auto largest = static_cast<std::size_t>(index_.levels()) - 1;
    for (std::size_t number = 0; number < part_count; ++number) {
      // Those that share buckets of the smaller levels come one behind the other.
      Part& part = parts_[reversed(number)];
      const std::size_t count = part.size();
      for (std::size_t i = 0; i < count; ++i) {
        constexpr std::size_t ahead = 16;
        if (i + ahead < count) index_.prefetch(largest, part.at(i + ahead).hash);
        const Entry& entry = part.at(i);
        if (entry.word == 0) continue;
        if (Result<void> done = put(entry); !done) return done;
      }
      part = {};
    }
    slabs_.clear();
    left_ = 0;
    held_ = 0;
    flushed_ = true;
    return {};
  }

  /// The bits of a part's number from the last to the first.
  static constexpr std::size_t reversed(std::size_t number) noexcept {
    std::size_t other = 0;
    for (std::size_t bit = 1; bit < part_count; bit *= 2) other = 2 * other + ((number & bit) != 0 ? 1 : 0);
    return other;
  }

  /// Leaves one record of each key, and says how many.
  std::size_t drop_older(const Part& part) {
    const std::size_t count = part.size();
    std::size_t left = count;
    table_.assign(std::bit_ceil(2 * count + 1), 0);
    for (std::uint32_t i = 0; i < count; ++i) {
      Entry& entry = part.at(i);
      for (std::size_t slot = entry.hash >> (first_bit + 8);; ++slot) {
        std::uint32_t& known = table_[slot & (table_.size() - 1)];
        if (known == 0) {
          known = i + 1;
          break;
        }
        Entry& other = part.at(known - 1);
        if (other.hash != entry.hash || !same_key(other.word, entry.word)) continue;
        const bool later = entry.sequence > other.sequence;
        (later ? other : entry).word = 0;
        if (later) known = i + 1;
        --left;
        break;
      }
    }
    return left;
  }

  /// Puts in the keys for which their bucket of the largest level has no word left when the others have theirs. While
  /// the smaller levels are empty they find room there; later each would take a page of a level eight times as large.
  Result<void> put_crowded() {
    const auto largest = static_cast<std::size_t>(index_.levels()) - 1;
    const std::uint64_t buckets = SharedIndex<Files>::buckets_of(largest);
    std::vector<std::uint8_t> used(static_cast<std::size_t>(buckets));
    for (const Part& part : parts_) {
      const std::size_t count = part.size();
      for (std::size_t i = 0; i < count; ++i) {
        Entry& entry = part.at(i);
        if (entry.word == 0) continue;
        std::uint8_t& taken = used[static_cast<std::size_t>(entry.hash & (buckets - 1))];
        if (taken < SharedIndex<Files>::bucket_size) {
          ++taken;
          continue;
        }
        if (Result<void> done = put(entry); !done) return done;
        entry.word = 0;
      }
    }
    return {};
  }

  Result<void> put(const Entry& entry) {
    while (true) {
      bool later = false;
      const Result<std::uint64_t*> place = flushed_ ? find(entry, later) : index_.vacant(entry.hash);
      if (!place) return place.error();
      if (*place != nullptr) {
        if (later) return {};
        typename SharedIndex<Files>::Word{**place}.store(entry.word, std::memory_order_release);
        return {};
      }
      if (Result<void> grown = index_.grow(); !grown) return grown;
    }
  }

  /// The place of the key among those that were put in before, or its first empty one. `later`: it is there already, and
  /// not older.
  Result<std::uint64_t*> find(const Entry& entry, bool& later) const {
    return index_.walk(entry.hash, [&](std::uint64_t*, std::uint64_t known) -> Result<bool> {
      const std::optional<RecordView> there = reader_.header_at(known);
      if (!there) return false;
      const bool same = there->key_hash() == entry.hash ? same_key(known, entry.word) : equal_keys(known, entry.word);
      later = same && there->sequence() >= entry.sequence;
      return same;
    });
  }

  /// Whether two records whose hashes are equal are of the same key. A hint names records that were not verified, so a key
  /// that looks different may be a damaged one: it counts as the same, and whoever reads it is told of the damage instead
  /// of being given what is older.
  bool same_key(std::uint64_t one, std::uint64_t other) const {
    return equal_keys(one, other) || !reader_.record_at(one) || !reader_.record_at(other);
  }
  bool equal_keys(std::uint64_t one, std::uint64_t other) const {
    const std::optional<RecordView> there = reader_.peek(one);
    const std::optional<RecordView> here = reader_.peek(other);
    return there && here && there->key() == here->key();
  }

  SharedIndex<Files>& index_;
  const SegmentReader<Files>& reader_;
  std::size_t most_;
  std::array<Part, part_count> parts_;
  std::vector<std::unique_ptr<Entry, Release>> slabs_;
  Entry* next_ = nullptr;
  std::size_t left_ = 0;  // entries of the newest slab
  std::size_t held_ = 0;
  bool flushed_ = false;
  std::vector<std::uint32_t> table_;
};

}  // namespace ashlar::inline v0::detail
