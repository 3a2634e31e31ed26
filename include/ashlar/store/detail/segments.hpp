// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// Where a record lies, in one word: 12 bits of the key's hash, 20 of the segment's number, 32 of the offset in units of
/// 8 bytes. 0 is no place: segments are numbered from 1.
struct RecordPlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;

  static constexpr std::uint32_t most_segments = (1U << 20) - 1;

  std::uint64_t word(std::uint64_t hash) const noexcept {
    return (hash >> 52 << 52) | (std::uint64_t{segment} << 32) | (offset / 8);
  }
  static RecordPlace of(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>((word >> 32) & most_segments), (word & 0xFFFFFFFFU) * 8};
  }
  static bool same_tag(std::uint64_t word, std::uint64_t hash) noexcept { return (word ^ hash) >> 52 == 0; }
};

/// The segments of a store as memory, each mapped when it is first asked for. Threads: may be called concurrently; a
/// segment that is mapped stays so until the end, also when its file goes.
template <mapping_file_system Files>
class Segments {
 public:
  class Segment {
   public:
    Segment(typename Files::Mapping mapping, std::uint64_t its_salt, std::uint64_t length)
        : memory{std::move(mapping)}, salt{its_salt}, length_{length} {}

    const typename Files::Mapping memory;
    const std::uint64_t salt;

    const std::byte* at(std::uint64_t offset) const noexcept { return memory.data() + offset; }

    /// How many bytes may be read: never behind the end that the file had when it was last asked, because memory of a
    /// file behind its end is a signal. The mapping is larger, for what is yet to be appended.
    std::uint64_t room() const noexcept {
      // Relaxed: what a place in the index names was in the file before the place was published.
      return std::min<std::uint64_t>(length_.load(std::memory_order_relaxed), memory.size());
    }
    void length_is(std::uint64_t length) const noexcept { length_.store(length, std::memory_order_relaxed); }

   private:
    mutable std::atomic<std::uint64_t> length_;
  };

  Segments(Files files, std::string directory, std::uint64_t store, std::uint64_t limit, bool writable)
      : files_{std::move(files)}, directory_{std::move(directory)}, store_{store}, limit_{limit}, writable_{writable} {}
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  ~Segments() {
    for (auto& chunk : chunks_) {
      std::atomic<Segment*>* slots = chunk.load(std::memory_order_relaxed);
      if (slots == nullptr) continue;
      for (std::size_t i = 0; i < chunk_size; ++i) delete slots[i].load(std::memory_order_relaxed);
      delete[] slots;
    }
  }

  std::string path_of(std::uint32_t number) const {
    char name[24];
    std::snprintf(name, sizeof name, "/%08u.log", number);
    return directory_ + name;
  }

  /// The segment, mapped. `not_found` when its file is gone, `corrupt` when it is none of this store's.
  Result<const Segment*> get(std::uint32_t number) const {
    std::atomic<Segment*>& slot = slot_of(number);
    // Acquire: pairs with the release of the exchange that put the segment there.
    if (const Segment* known = slot.load(std::memory_order_acquire)) return known;
    Result<typename Files::File> file =
        files_.open(path_of(number), writable_ ? FileAccess::read_write : FileAccess::read);
    if (!file) return file.error();
    return map(number, *file);
  }

  /// Asks how long the file of a segment is by now: other processes append to it. `not_found` when it is gone.
  Result<void> measure(std::uint32_t number, const Segment& segment) const {
    const Result<typename Files::File> file = files_.open(path_of(number), FileAccess::read);
    if (!file) return file.error();
    const Result<std::uint64_t> size = files_.size(*file);
    if (!size) return size.error();
    segment.length_is(*size);
    return {};
  }

  /// As `get`, of a file that is open.
  Result<const Segment*> map(std::uint32_t number, const typename Files::File& file) const {
    const Result<std::uint64_t> size = files_.size(file);
    if (!size) return size.error();
    std::array<std::byte, segment_header_size> header;
    const Result<std::size_t> got = read_fully(files_, file, 0, header);
    if (!got) return got.error();
    const std::optional<std::uint64_t> salt =
        salt_of_segment(std::span<const std::byte>{header}.first(*got), store_, number);
    if (!salt) {
      return Error{ErrorCode::corrupt, "'" + path_of(number) + "' does not begin as a segment of this store"};
    }
    Result<typename Files::Mapping> memory =
        files_.map(file, static_cast<std::size_t>(std::max(*size, limit_)), writable_);
    if (!memory) return memory.error();
    auto fresh = std::make_unique<Segment>(std::move(*memory), *salt, *size);
    std::atomic<Segment*>& slot = slot_of(number);
    Segment* known = nullptr;
    if (!slot.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) {
      known->length_is(*size);
      return known;
    }
    return fresh.release();
  }

  /// The commit word of a record's group. Any process may change it, by compare-and-swap only.
  static std::atomic_ref<std::uint64_t> commit_word(const Segment& segment, std::uint64_t group) noexcept {
    return std::atomic_ref<std::uint64_t>{
        *reinterpret_cast<std::uint64_t*>(segment.memory.data() + group + commit_offset)};
  }

  const Files& files() const noexcept { return files_; }
  std::uint64_t store() const noexcept { return store_; }
  std::uint64_t limit() const noexcept { return limit_; }
  const std::string& directory() const noexcept { return directory_; }

 private:
  static constexpr std::size_t chunk_size = 1024;

  std::atomic<Segment*>& slot_of(std::uint32_t number) const {
    std::atomic<std::atomic<Segment*>*>& chunk = chunks_[number / chunk_size];
    std::atomic<Segment*>* slots = chunk.load(std::memory_order_acquire);
    if (slots == nullptr) {
      auto fresh = std::make_unique<std::atomic<Segment*>[]>(chunk_size);
      if (chunk.compare_exchange_strong(slots, fresh.get(), std::memory_order_acq_rel)) slots = fresh.release();
    }
    return slots[number % chunk_size];
  }

  Files files_;
  std::string directory_;
  std::uint64_t store_;
  std::uint64_t limit_;
  bool writable_;
  mutable std::array<std::atomic<std::atomic<Segment*>*>, (RecordPlace::most_segments + 1) / chunk_size> chunks_{};
};

/// Calls `f(offset, record)` for every record of `memory` whose header is right, in order. After bytes that are none, the
/// search goes on at the next multiple of 8: what a power loss or a bad sector took hides nothing behind it. Returns the
/// end of the last record.
template <class F>
std::uint64_t scan_segment(const std::byte* memory, std::uint64_t size, std::uint64_t salt, F&& f) {
  std::uint64_t end = segment_header_size;
  std::uint64_t at = segment_header_size;
  while (at + record_header_size <= size) {
    const RecordView record{memory + at};
    if (record.header_is_right(salt, at, size - at)) {
      f(at, record);
      at += record.size();
      end = at;
    } else {
      at += 8;
    }
  }
  return end;
}

}  // namespace ashlar::inline v0::detail
