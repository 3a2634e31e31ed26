// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// What was found when an index was made from the segments.
struct Findings {
  std::uint64_t damaged =
      0;                   ///< records whose value had reached the device and is wrong: reading their keys is an error
  std::uint64_t gaps = 0;  ///< stretches between records that hold none any more, and segments that are none: their
                           ///< keys are lost
  std::uint64_t torn = 0;  ///< records that, as far as is known, had not reached the device: they count as not written
  std::uint64_t mended = 0;  ///< wrong bits that were put right
};

/// The index of a segment log: a table in memory that all processes share, from keys to the words of their newest
/// records. It is never the truth: it can be thrown away and made again from the segments.
///
/// It has levels, each eight times as large as the one before, made of buckets of eight words (one cache line). The path
/// of a key is its bucket in level 0, in level 1, and so on. A word that is set is replaced but never cleared; a new key
/// goes to the first empty word of its path. So whoever looks for a key along its path finds it or the place where it
/// would go, and two that insert the same key meet at the same word, where one compare-and-swap decides. Nothing is ever
/// moved, and there is no lock.
///
/// `index/head` holds, each 8 bytes in the machine's order: magic, store id, boot, ready (1 when complete), next sequence
/// number, next segment number, number of levels (low half, and its complement in the high one), and what was found when
/// it was made (`Findings`). `index/<level>` holds the words, each with an even number of ones. An index in which a wrong
/// bit is found is not used by those who open the store later: the last one to leave makes room for a new one.
template <mapping_file_system Files>
class SharedIndex {
  static constexpr std::uint64_t magic = 0x3258726C68736141U;
  static constexpr std::size_t head_size = 4096;
  static constexpr std::size_t most_levels = 7;

 public:
  using Word = std::atomic_ref<std::uint64_t>;
  static_assert(Word::is_always_lock_free, "[ashlar] SegmentLog: this machine has no lock-free 64-bit atomics");

  static constexpr std::size_t bucket_size = 8;
  static std::uint64_t buckets_of(std::size_t level) noexcept { return std::uint64_t{512} << (3 * level); }

  SharedIndex(Files files, std::string directory, bool writable)
      : files_{std::move(files)}, directory_{std::move(directory)}, writable_{writable} {}

  /// Maps an index that is complete, of this store and of this run of the system. False when there is none.
  Result<bool> open(std::uint64_t store) {
    const std::uint64_t boot = files_.boot();
    Result<typename Files::File> file =
        files_.open(directory_ + "/head", writable_ ? FileAccess::read_write : FileAccess::read);
    if (!file) {
      if (file.error().code() == ErrorCode::not_found) return false;
      return file.error();
    }
    const Result<std::uint64_t> size = files_.size(*file);
    if (!size) return size.error();
    if (*size < head_size || boot == 0) return false;
    Result<typename Files::Mapping> head = files_.map(*file, head_size, writable_);
    if (!head) return head.error();
    head_ = std::move(*head);
    const bool usable = field(0).load() == magic && field(1).load() == store && field(2).load() == boot &&
                        field(3).load(std::memory_order_acquire) == 1 && number_is_right();
    if (usable && !levels_are_whole()) {
      head_ = {};
      return false;
    }
    if (!usable) head_ = {};
    return usable;
  }

  /// Makes an empty index in place of what is there. Nobody else may use the store. `finish` makes it usable.
  Result<void> create(std::uint64_t store) {
    if (Result<void> made = files_.make_directory(directory_); !made) return made;
    const Result<std::vector<DirectoryEntry>> old = files_.list(directory_);
    if (!old) return old.error();
    // The head goes first: without it nobody takes the rest for an index.
    if (Result<void> gone = files_.remove(directory_ + "/head"); !gone && gone.error().code() != ErrorCode::not_found) {
      return gone;
    }
    for (const DirectoryEntry& entry : *old) {
      if (entry.name == "head") continue;
      if (Result<void> gone = files_.remove(directory_ + "/" + entry.name); !gone) return gone;
    }
    Result<typename Files::File> file = files_.open(directory_ + "/head", FileAccess::create_new);
    if (!file) return file.error();
    if (Result<void> room = files_.allocate(*file, head_size); !room) return room;
    Result<typename Files::Mapping> head = files_.map(*file, head_size, true);
    if (!head) return head.error();
    head_ = std::move(*head);
    field(0).store(magic);
    field(1).store(store);
    field(2).store(files_.boot());
    field(4).store(1);
    field(5).store(1);
    field(6).store(levels_of(0));
    return {};
  }
  void finish(std::uint64_t next_sequence, std::uint32_t next_segment, const Findings& findings) {
    field(4).store(next_sequence);
    field(5).store(next_segment);
    field(7).store(findings.damaged);
    field(8).store(findings.gaps);
    field(9).store(findings.torn);
    field(10).store(findings.mended);
    field(3).store(1, std::memory_order_release);
  }
  Findings findings() const noexcept { return {field(7).load(), field(8).load(), field(9).load(), field(10).load()}; }

  /// Whether somebody found a wrong bit in it. What it says is still to be believed where it is right.
  bool is_damaged() const noexcept { return field(11).load() != 0; }
  void note_damage() const noexcept {
    if (writable_) field(11).store(1);
  }

  /// `count` numbers that no other write has, higher than all given out before; the first of them.
  std::uint64_t next_sequence(std::uint64_t count = 1) const noexcept {
    return field(4).fetch_add(count, std::memory_order_relaxed);
  }
  /// Sees to it that the next number is higher than `seen`.
  void raise_sequence(std::uint64_t seen) const noexcept {
    std::uint64_t next = field(4).load(std::memory_order_relaxed);
    while (next <= seen && !field(4).compare_exchange_weak(next, seen + 1, std::memory_order_relaxed)) {
    }
  }
  std::uint64_t next_segment() const noexcept { return field(5).fetch_add(1, std::memory_order_relaxed); }

  /// Walks the path of a hash: `visit(place, word)` is called for each word with the hash's tag and says whether that is the
  /// one. Returns that word's place or the first empty one; null when every word of the path is taken and another level is
  /// needed.
  template <class Visit>
  Result<std::uint64_t*> walk(std::uint64_t hash, Visit&& visit) const {
    const std::uint64_t count = levels();
    for (std::size_t level = 0; level < count; ++level) {
      // Acquire: pairs with the mapping of the level by another thread.
      std::uint64_t* first = level_words_[level].load(std::memory_order_acquire);
      if (first == nullptr) {
        const Result<std::uint64_t*> words = level_words(level);
        if (!words) return words.error();
        first = *words;
      }
      std::uint64_t* bucket = first + (hash & (buckets_of(level) - 1)) * bucket_size;
      for (std::size_t i = 0; i < bucket_size; ++i) {
        // Acquire: pairs with the release that set the word, so that the record it names is seen whole.
        const std::uint64_t word = Word{bucket[i]}.load(std::memory_order_acquire);
        if (word == 0) return bucket + i;
        if (!RecordPlace::same_tag(word, hash)) continue;
        const Result<bool> found = visit(bucket + i, word);
        if (!found) return found.error();
        if (*found) return bucket + i;
      }
    }
    return static_cast<std::uint64_t*>(nullptr);
  }

  /// Whether no word on the path of a hash has a wrong bit. Asked where a key was not found.
  bool path_is_right(std::uint64_t hash) const noexcept {
    if (!number_is_right()) {
      note_damage();
      return false;
    }
    const std::uint64_t count = levels();
    for (std::size_t level = 0; level < count; ++level) {
      std::uint64_t* words = level_words_[level].load(std::memory_order_acquire);
      if (words == nullptr) return true;  // the walk ended before
      std::uint64_t* bucket = words + (hash & (buckets_of(level) - 1)) * bucket_size;
      std::uint64_t all = 0;
      std::uint64_t last = 0;
      for (std::size_t i = 0; i < bucket_size; ++i) {
        // Relaxed: each word alone is to be right.
        last = Word{bucket[i]}.load(std::memory_order_relaxed);
        all ^= last;
      }
      if (RecordPlace::is_odd(all)) {
        note_damage();
        return false;
      }
      if (last == 0) return true;
    }
    return true;
  }

  /// The first empty word on the path of a hash, whoever's the others are; null when there is none. Nobody else uses the
  /// index.
  std::uint64_t* vacant(std::uint64_t hash) const noexcept {
    const std::uint64_t count = levels();
    for (std::size_t level = 0; level < count; ++level) {
      std::uint64_t* bucket = bucket_of(level, hash);
      // Buckets fill from their first word on; counting is faster than guessing where that ends.
      if (bucket[bucket_size - 1] != 0) continue;
      std::size_t used = 0;
      for (std::size_t i = 0; i < bucket_size; ++i) used += bucket[i] != 0 ? 1 : 0;
      return bucket + used;
    }
    return nullptr;
  }

  /// Brings the bucket of a hash in a level that is mapped nearer.
  void prefetch(std::size_t level, std::uint64_t hash) const noexcept { __builtin_prefetch(bucket_of(level, hash), 1); }

  /// Adds the level after `levels`, unless somebody has done so.
  Result<void> grow() { return grow(Make::sparse); }

  /// Adds levels until there are `words` of them, all of which are about to be written to. Nobody else uses the index.
  Result<void> make_room(std::uint64_t words) {
    for (std::uint64_t there = 0, level = 0; there < words && level < most_levels; ++level) {
      if (level >= levels()) {
        if (Result<void> grown = grow(Make::dense); !grown) return grown;
      }
      there += size_of(static_cast<std::size_t>(level)) / sizeof(std::uint64_t);
    }
    return {};
  }
  /// 0 also where their number has a wrong bit, which `number_is_right` tells.
  std::uint64_t levels() const noexcept {
    // Acquire: pairs with `grow`, so that a level that is counted can be mapped.
    const std::uint64_t number = field(6).load(std::memory_order_acquire);
    return is_number(number) ? number & 0xFFFFFFFFU : 0;
  }

  /// Calls `f(place, word)` for every word that is set.
  template <class F>
  Result<void> for_each(F&& f) const {
    for (std::size_t level = 0; level < levels(); ++level) {
      const Result<std::uint64_t*> words = level_words(level);
      if (!words) return words.error();
      for (std::size_t i = 0; i < buckets_of(level) * bucket_size; ++i) {
        const std::uint64_t word = Word{(*words)[i]}.load(std::memory_order_acquire);
        if (word == 0) continue;
        if (Result<void> done = f(*words + i, word); !done) return done;
      }
    }
    if (!number_is_right()) return wrong_number();
    return {};
  }

 private:
  /// Of a level that is mapped.
  std::uint64_t* bucket_of(std::size_t level, std::uint64_t hash) const noexcept {
    return level_words_[level].load(std::memory_order_relaxed) + (hash & (buckets_of(level) - 1)) * bucket_size;
  }

  Word field(std::size_t number) const noexcept { return Word{reinterpret_cast<std::uint64_t*>(head_.data())[number]}; }

  /// A number of levels as the head has it.
  static std::uint64_t levels_of(std::uint64_t count) noexcept { return count | (~count << 32); }
  static bool is_number(std::uint64_t number) noexcept {
    const std::uint64_t count = number & 0xFFFFFFFFU;
    return count <= most_levels && number == levels_of(count);
  }
  bool number_is_right() const noexcept { return is_number(field(6).load(std::memory_order_relaxed)); }
  Error wrong_number() const {
    return Error{ErrorCode::corrupt, "'" + directory_ +
                                         "/head' has a wrong number of levels; close the store everywhere "
                                         "and open it again for writing"};
  }

  static std::size_t size_of(std::size_t level) noexcept {
    return static_cast<std::size_t>(buckets_of(level)) * bucket_size * sizeof(std::uint64_t);
  }
  std::string path_of(std::size_t level) const { return directory_ + "/" + std::to_string(level); }

  /// Whether the files of all levels are there in full: what is cut off would be memory that is a signal.
  bool levels_are_whole() const {
    const std::uint64_t levels = this->levels();
    for (std::size_t level = 0; level < levels; ++level) {
      const Result<typename Files::File> file = files_.open(path_of(level), FileAccess::read);
      if (!file) return false;
      const Result<std::uint64_t> size = files_.size(*file);
      if (!size || *size < size_of(level)) return false;
    }
    return true;
  }

  /// Whether a level's file may be missing or short yet, and whether most of its pages are about to be written to.
  enum class Make : std::uint8_t { no, sparse, dense };

  Result<void> grow(Make make) {
    if (!number_is_right()) return wrong_number();
    const std::uint64_t levels = this->levels();
    if (levels >= most_levels) return Error{ErrorCode::no_space, "the store holds as many keys as its index can"};
    const Result<std::uint64_t*> words = level_words(static_cast<std::size_t>(levels), make);
    if (!words) return words.error();
    std::uint64_t expected = levels_of(levels);
    if (!field(6).compare_exchange_strong(expected, levels_of(levels + 1), std::memory_order_acq_rel) &&
        this->levels() <= levels) {
      return wrong_number();
    }
    return {};
  }

  Result<std::uint64_t*> level_words(std::size_t level, Make make = Make::no) const {
    std::atomic<std::uint64_t*>& known = level_words_[level];
    if (std::uint64_t* words = known.load(std::memory_order_acquire)) return words;
    const std::lock_guard guard{mutex_};
    if (std::uint64_t* words = known.load(std::memory_order_relaxed)) return words;
    const std::size_t size = size_of(level);
    const FileAccess access = writable_ ? FileAccess::read_write : FileAccess::read;
    Result<typename Files::File> file = files_.open(path_of(level), make != Make::no ? FileAccess::create : access);
    if (!file) return file.error();
    const Result<std::uint64_t> length = files_.size(*file);
    if (!length) return length.error();
    if (*length < size && make == Make::no) {
      return Error{ErrorCode::corrupt,
                   "'" + path_of(level) + "' is cut off; close the store everywhere and open it again for writing"};
    }
    if (make != Make::no) {
      // Room on the device is taken before anybody stores there: a full disk is an error here, not a signal later.
      if (Result<void> room = files_.allocate(*file, size); !room) return room.error();
    }
    const bool dense = make == Make::dense && size > std::size_t{1} << 20;
    if (dense) {
      // Pages that were written to are in memory in large pieces, and cost a third of those that are first stored to.
      if (Result<void> written = write_zeros(files_, *file, 0, size); !written) return written.error();
    }
    Result<typename Files::Mapping> memory = files_.map(*file, size, writable_);
    if (!memory) return memory.error();
    if constexpr (requires { files_.scattered(*memory); }) files_.scattered(*memory);
    if constexpr (requires { files_.populate_to_store(*memory); }) {
      if (dense) files_.populate_to_store(*memory);
    }
    levels_[level] = std::move(*memory);
    auto* words = reinterpret_cast<std::uint64_t*>(levels_[level].data());
    known.store(words, std::memory_order_release);
    return words;
  }

  Files files_;
  std::string directory_;
  bool writable_;
  typename Files::Mapping head_;
  mutable std::mutex mutex_;
  mutable std::array<typename Files::Mapping, most_levels> levels_;
  mutable std::array<std::atomic<std::uint64_t*>, most_levels> level_words_{};
};

}  // namespace ashlar::inline v0::detail
