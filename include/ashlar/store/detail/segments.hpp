// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/fork_count.hpp>
#include <ashlar/store/detail/pins.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// Where a record lies, in one word: 11 bits of the key's hash, one that makes the number of ones even, 20 bits of the
/// segment's number, 32 of the offset in units of 8 bytes. 0 is no place: segments are numbered from 1.
struct RecordPlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;

  static constexpr std::uint32_t most_segments = (1U << 20) - 1;

  std::uint64_t word(std::uint64_t hash) const noexcept {
    const std::uint64_t bits = (hash >> 53 << 53) | (std::uint64_t{segment} << 32) | (offset / 8);
    return bits | std::uint64_t{is_odd(bits)} << 52;
  }
  static RecordPlace of(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>((word >> 32) & most_segments), (word & 0xFFFFFFFFU) * 8};
  }
  static bool same_tag(std::uint64_t word, std::uint64_t hash) noexcept { return (word ^ hash) >> 53 == 0; }
  /// Whether one bit of a word is wrong, or of one of several that were combined by exclusive or.
  static bool is_odd(std::uint64_t words) noexcept { return __builtin_parityll(words) != 0; }
};

/// The segments of a store as memory, each mapped when it is first asked for. Threads: may be called concurrently.
///
/// A segment that is mapped stays so while anybody of this process has a pin, also when its file goes. Whoever maps
/// segment n shares byte `first_user_byte + n` of the file `lock` of the store, so that a file whose byte nobody shares is
/// in nobody's memory and may be written anew.
template <mapping_file_system Files>
class Segments {
 public:
  class Segment {
   public:
    Segment(typename Files::Mapping mapping, std::uint64_t its_salt, std::uint64_t length)
        : memory{std::move(mapping)}, salt{its_salt}, forks{count_forks()}, length_{length} {}
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;
    ~Segment() { delete[] verified_.load(std::memory_order_relaxed); }

    const typename Files::Mapping memory;
    const std::uint64_t salt;
    const std::uint64_t forks;

    const std::byte* at(std::uint64_t offset) const noexcept { return memory.data() + offset; }

    /// How many bytes may be read: never behind the end that the file had when it was last asked, because memory of a
    /// file behind its end is a signal. The mapping is larger, for what is yet to be appended.
    std::uint64_t room() const noexcept {
      // Relaxed: what a place in the index names was in the file before the place was published.
      return std::min<std::uint64_t>(length_.load(std::memory_order_relaxed), memory.size());
    }
    void length_is(std::uint64_t length) const noexcept { length_.store(length, std::memory_order_relaxed); }

    /// Whether the record at `offset` passed its checksums since the segment was mapped. Records are larger than 64 bytes,
    /// so that each has a bit of its own.
    bool verified(std::uint64_t offset) const noexcept {
      const std::atomic<std::uint64_t>* bits = verified_.load(std::memory_order_acquire);
      return bits != nullptr && (bits[offset / 4096].load(std::memory_order_relaxed) >> (offset / 64 % 64) & 1) != 0;
    }
    void set_verified(std::uint64_t offset) const {
      std::atomic<std::uint64_t>* bits = verified_.load(std::memory_order_acquire);
      if (bits == nullptr) {
        auto fresh = std::make_unique<std::atomic<std::uint64_t>[]>(memory.size() / 4096 + 1);
        if (verified_.compare_exchange_strong(bits, fresh.get(), std::memory_order_acq_rel)) bits = fresh.release();
      }
      // Relaxed: nobody may write to what was published, so the bit says nothing about other memory.
      bits[offset / 4096].fetch_or(std::uint64_t{1} << (offset / 64 % 64), std::memory_order_relaxed);
    }

   private:
    mutable std::atomic<std::uint64_t> length_;
    mutable std::atomic<std::atomic<std::uint64_t>*> verified_{nullptr};
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

  /// The file `lock` of the store at `path`, open as `lock`, which outlives this. Before any segment is mapped.
  Result<void> use_lock(const typename Files::File& lock, std::string path) {
    const Result<FileId> id = files_.id(lock);
    if (!id) return id.error();
    lock_ = &lock;
    lock_path_ = std::move(path);
    lock_id_ = *id;
    return {};
  }

  /// An error when the store's directory was removed or another one has its name by now.
  Result<void> still_there() const {
    const Result<std::optional<FileId>> named = files_.find(lock_path_);
    if (!named) return named.error();
    if (*named == lock_id_) return {};
    return Error{ErrorCode::not_found, "the store's directory was removed or replaced while it was open ('" +
                                           lock_path_ + "' is gone or another file); open the store again"};
  }

  std::string path_of(std::uint32_t number) const { return path_with(number, ".log"); }
  std::string hint_path_of(std::uint32_t number) const { return path_with(number, ".hnt"); }
  std::string old_path_of(std::uint32_t number) const { return path_with(number, ".old"); }

  /// The number in the name of a segment's file with that suffix; 0 for other names.
  static std::uint32_t number_of(std::string_view name, std::string_view suffix = ".log") {
    if (name.size() != 12 || !name.ends_with(suffix)) return 0;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      if (name[i] < '0' || name[i] > '9') return 0;
      number = number * 10 + static_cast<std::uint32_t>(name[i] - '0');
    }
    return number <= RecordPlace::most_segments ? number : 0;
  }

  /// The numbers of the files with that suffix, rising.
  Result<std::vector<std::uint32_t>> numbers(std::string_view suffix = ".log") const {
    const Result<std::vector<DirectoryEntry>> entries = files_.list(directory_);
    if (!entries) return entries.error();
    std::vector<std::uint32_t> found;
    for (const DirectoryEntry& entry : *entries) {
      if (const std::uint32_t number = number_of(entry.name, suffix); number != 0) found.push_back(number);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  /// Keeps what the caller is about to look at mapped. Now and then lets go of segments whose files are gone.
  ReaderPins::Pin pin() const {
    // Relaxed: it only says that it may be worth to look.
    if (grown_.load(std::memory_order_relaxed) && grown_.exchange(false, std::memory_order_relaxed)) sweep();
    return pins_.pin();
  }

  /// The segment, mapped. The caller has a pin. `not_found` when its file is gone, `corrupt` when it is none of this
  /// store's.
  Result<const Segment*> get(std::uint32_t number) const {
    std::atomic<Segment*>& slot = slot_of(number);
    // Sequentially consistent: see `ReaderPins`; and what the exchange that put the segment there released.
    if (const Segment* known = slot.load(std::memory_order_seq_cst)) return known;
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
    const std::lock_guard guard{mapping_};
    std::atomic<Segment*>& slot = slot_of(number);
    const Result<std::uint64_t> size = files_.size(file);
    if (!size) return size.error();
    if (Segment* known = slot.load(std::memory_order_relaxed)) {
      known->length_is(*size);
      return known;
    }
    std::array<std::byte, segment_header_size> header;
    const Result<std::size_t> got = read_fully(files_, file, 0, header);
    if (!got) return got.error();
    const std::optional<std::uint64_t> salt =
        salt_of_segment(std::span<const std::byte>{header}.first(*got), store_, number);
    if (!salt) {
      return Error{ErrorCode::corrupt, "'" + path_of(number) + "' does not begin as a segment of this store"};
    }
    if (Result<void> shared = files_.lock(*lock_, user_byte(number), FileLock::shared); !shared) return shared.error();
    // Before the byte was shared the file may have been given to be written anew.
    const Result<bool> still = still_named(number, file);
    if (!still || !*still) {
      (void)files_.unlock(*lock_, user_byte(number));
      if (!still) return still.error();
      return system_error(ENOENT, "open", path_of(number));
    }
    Result<typename Files::Mapping> memory =
        files_.map(file, static_cast<std::size_t>(std::max(*size, limit_)), writable_);
    if (!memory) return memory.error();
    auto fresh = std::make_unique<Segment>(std::move(*memory), *salt, *size);
    grown_.store(true, std::memory_order_relaxed);
    slot.store(fresh.get(), std::memory_order_seq_cst);
    return fresh.release();
  }

  /// Whether the file that is open still has the segment's name.
  Result<bool> still_named(std::uint32_t number, const typename Files::File& file) const {
    const Result<std::optional<FileId>> named = files_.find(path_of(number));
    if (!named) return named.error();
    const Result<FileId> held = files_.id(file);
    if (!held) return held.error();
    return *named == *held;
  }

  /// Lets go of a segment whose file is gone. False when somebody of this process may still read it. The caller has no
  /// pin.
  bool release(std::uint32_t number) const {
    const std::lock_guard guard{mapping_};
    std::atomic<Segment*>& slot = slot_of(number);
    Segment* known = slot.exchange(nullptr, std::memory_order_seq_cst);
    if (known == nullptr) return true;
    // A child of a fork shares the lock, and may read what it has mapped.
    if (known->forks != count_forks() || !pins_.everybody_left()) {
      // Reachable again, so that it is not mapped twice; nothing names it any more.
      slot.store(known, std::memory_order_seq_cst);
      return false;
    }
    delete known;
    return static_cast<bool>(files_.unlock(*lock_, user_byte(number)));
  }

  /// The byte of `lock` that all who have a segment mapped share.
  static constexpr std::uint64_t user_byte(std::uint32_t number) noexcept { return first_user_byte + number; }
  const typename Files::File& lock() const noexcept { return *lock_; }

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
  static constexpr std::uint64_t first_user_byte = 1024;

  std::string path_with(std::uint32_t number, const char* suffix) const {
    char name[24];
    std::snprintf(name, sizeof name, "/%08u%s", number, suffix);
    return directory_ + name;
  }

  std::atomic<Segment*>& slot_of(std::uint32_t number) const {
    std::atomic<std::atomic<Segment*>*>& chunk = chunks_[number / chunk_size];
    std::atomic<Segment*>* slots = chunk.load(std::memory_order_acquire);
    if (slots == nullptr) {
      auto fresh = std::make_unique<std::atomic<Segment*>[]>(chunk_size);
      if (chunk.compare_exchange_strong(slots, fresh.get(), std::memory_order_acq_rel)) slots = fresh.release();
    }
    return slots[number % chunk_size];
  }

  /// Lets go of mapped segments whose files are gone.
  void sweep() const {
    const Result<std::vector<std::uint32_t>> present = numbers();
    if (!present) return;
    for (std::uint32_t number = 1; number <= RecordPlace::most_segments; ++number) {
      std::atomic<Segment*>* slots = chunks_[number / chunk_size].load(std::memory_order_acquire);
      if (slots == nullptr) {
        number |= chunk_size - 1;
        continue;
      }
      if (slots[number % chunk_size].load(std::memory_order_relaxed) == nullptr) continue;
      if (!std::binary_search(present->begin(), present->end(), number)) (void)release(number);
    }
  }

  Files files_;
  std::string directory_;
  std::uint64_t store_;
  std::uint64_t limit_;
  bool writable_;
  const typename Files::File* lock_ = nullptr;
  std::string lock_path_;
  FileId lock_id_;
  mutable ReaderPins pins_;
  mutable std::atomic<bool> grown_{false};
  mutable std::mutex mapping_;  // of the changes to the table below
  mutable std::array<std::atomic<std::atomic<Segment*>*>, (RecordPlace::most_segments + 1) / chunk_size> chunks_{};
};

struct MendsNothing {
  bool operator()(std::uint64_t) const noexcept { return false; }
};

/// Calls `f(offset, record)` for every record of `memory` from `at` on whose header is right, in order. Where one ends and
/// no other begins, `mend(offset)` may make it one, and says so. After bytes that are none, the search goes on at the next
/// multiple of 8: what a power loss took, or damage, hides nothing behind it. Returns the end of the last record.
template <class F, class Mend = MendsNothing>
std::uint64_t scan_segment(const std::byte* memory, std::uint64_t size, std::uint64_t salt, F&& f,
                           std::uint64_t at = segment_header_size, Mend&& mend = {}) {
  std::uint64_t end = at;
  while (at + record_header_size <= size) {
    const RecordView record{memory + at};
    if (record.header_is_right(salt, at, size - at) || (at == end && mend(at))) {
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
