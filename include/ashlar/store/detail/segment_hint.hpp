// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/little_endian.hpp>
#include <ashlar/store/detail/segment_record.hpp>
#include <ashlar/store/detail/segments.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

// A hint file says where the records of a segment lie up to some offset, so that the index can be made anew without
// reading them. It is never the truth: without it, or where it does not fit, the segment itself is read. All numbers are
// little-endian.
//
//   offset  size  content of the header
//        0     8  "ashlarH" and the format version as a byte (1)
//        8     8  id of the store
//       16     8  salt of the segment
//       24     4  number of the segment
//       28     4  CRC-32C of the entries
//       32     8  the offset in the segment up to which the hint goes
//       40     8  number of entries
//       48     8  0: the segment was on the device up to there before the hint was written; else the boot number of
//                 the run of the system within which alone the hint counts
//       56     4  zero
//       60     4  CRC-32C of the 60 bytes before
//
//   offset  size  content of an entry
//        0     8  hash of the key
//        8     8  sequence number
//       16     4  offset of the record in units of 8 bytes
//       20     4  zero
//
// Entries are of the records that count, in the order of their offsets. When a hint was written, all groups that begin
// before its end were decided.

inline constexpr std::size_t hint_header_size = 64;
inline constexpr std::size_t hint_entry_size = 24;
inline constexpr std::array<char, 7> hint_magic = {'a', 's', 'h', 'l', 'a', 'r', 'H'};
inline constexpr std::byte hint_version{1};

struct HintHeader {
  std::uint64_t store = 0;
  std::uint64_t salt = 0;
  std::uint32_t number = 0;
  std::uint64_t end = 0;
  std::uint64_t boot = 0;
};

/// Fills in the header of `bytes`, which has the entries behind it.
inline void finish_hint(std::span<std::byte> bytes, const HintHeader& header) {
  const std::span<const std::byte> entries = bytes.subspan(hint_header_size);
  std::memcpy(bytes.data(), hint_magic.data(), hint_magic.size());
  bytes[7] = hint_version;
  store_le(bytes.data() + 8, header.store);
  store_le(bytes.data() + 16, header.salt);
  store_le(bytes.data() + 24, header.number);
  store_le(bytes.data() + 28, crc32c(entries));
  store_le(bytes.data() + 32, header.end);
  store_le(bytes.data() + 40, static_cast<std::uint64_t>(entries.size() / hint_entry_size));
  store_le(bytes.data() + 48, header.boot);
  store_le(bytes.data() + 56, std::uint32_t{0});
  store_le(bytes.data() + 60, crc32c(bytes.first(60)));
}

inline void append_hint(std::vector<std::byte>& bytes, std::uint64_t hash, std::uint64_t sequence,
                        std::uint64_t offset) {
  std::array<std::byte, hint_entry_size> entry{};
  store_le(entry.data(), hash);
  store_le(entry.data() + 8, sequence);
  store_le(entry.data() + 16, static_cast<std::uint32_t>(offset / 8));
  bytes.insert(bytes.end(), entry.begin(), entry.end());
}

/// The header, when it is whole and of that version.
inline std::optional<HintHeader> hint_header(std::span<const std::byte> bytes) {
  if (bytes.size() < hint_header_size || std::memcmp(bytes.data(), hint_magic.data(), hint_magic.size()) != 0 ||
      bytes[7] != hint_version || load_le<std::uint32_t>(bytes.data() + 60) != crc32c(bytes.first(60))) {
    return std::nullopt;
  }
  return HintHeader{load_le<std::uint64_t>(bytes.data() + 8), load_le<std::uint64_t>(bytes.data() + 16),
                    load_le<std::uint32_t>(bytes.data() + 24), load_le<std::uint64_t>(bytes.data() + 32),
                    load_le<std::uint64_t>(bytes.data() + 48)};
}

/// The entries behind the header, when they are all there and fail no checksum.
inline std::optional<std::span<const std::byte>> hint_entries(std::span<const std::byte> bytes) {
  const std::uint64_t count = load_le<std::uint64_t>(bytes.data() + 40);
  const std::span<const std::byte> entries = bytes.subspan(hint_header_size);
  if (count > entries.size() / hint_entry_size || entries.size() != count * hint_entry_size ||
      load_le<std::uint32_t>(bytes.data() + 28) != crc32c(entries)) {
    return std::nullopt;
  }
  return entries;
}

/// The header, if it is of this segment and counts in this run of the system.
template <mapping_file_system Files>
std::optional<HintHeader> fitting(std::optional<HintHeader> header, const Segments<Files>& segments,
                                  std::uint32_t number, std::optional<std::uint64_t> salt, std::uint64_t size) {
  const bool fits = header && header->store == segments.store() && header->number == number &&
                    header->salt == salt.value_or(header->salt) && header->end <= size &&
                    header->end >= segment_header_size && header->end % 8 == 0 &&
                    (header->boot == 0 || header->boot == segments.files().boot());
  return fits ? header : std::nullopt;
}

/// The header of a segment's hint, without the entries; nothing when there is none that fits the segment. Without `salt`
/// it is not compared.
template <mapping_file_system Files>
std::optional<HintHeader> find_hint(const Segments<Files>& segments, std::uint32_t number,
                                    std::optional<std::uint64_t> salt, std::uint64_t size) {
  const Result<typename Files::File> file = segments.files().open(segments.hint_path_of(number), FileAccess::read);
  if (!file) return std::nullopt;
  std::array<std::byte, hint_header_size> bytes;
  const Result<std::size_t> got = read_fully(segments.files(), *file, 0, bytes);
  if (!got || *got != bytes.size()) return std::nullopt;
  return fitting(hint_header(bytes), segments, number, salt, size);
}

/// Calls `f(entries)` with those of a segment's hint, when it fits, and returns its header; else one that ends at 0.
template <mapping_file_system Files, class F>
Result<HintHeader> read_hint(const Segments<Files>& segments, std::uint32_t number, std::uint64_t salt,
                             std::uint64_t segment_size, F&& f) {
  const Files& files = segments.files();
  const Result<typename Files::File> file = files.open(segments.hint_path_of(number), FileAccess::read);
  if (!file) return HintHeader{};
  const Result<std::uint64_t> size = files.size(*file);
  if (!size || *size < hint_header_size) return HintHeader{};
  const Result<typename Files::Mapping> memory = files.map(*file, static_cast<std::size_t>(*size), false);
  if (!memory) return HintHeader{};
  if constexpr (requires { files.populate(*memory, std::size_t{}, std::size_t{}); }) {
    files.populate(*memory, 0, memory->size());
  }
  const std::span<const std::byte> bytes{memory->data(), memory->size()};
  const std::optional<HintHeader> header =
      fitting(hint_header(bytes), segments, number, std::optional{salt}, segment_size);
  const auto entries = header ? hint_entries(bytes) : std::nullopt;
  if (!entries) return HintHeader{};
  if (Result<void> done = f(*entries); !done) return done.error();
  return *header;
}

/// A record of which a hint is to say where it lies. `group`: as in the record.
struct HintEntry {
  std::uint64_t hash;
  std::uint64_t sequence;
  std::uint64_t offset;
  std::uint64_t group;
};

/// Puts the file of a hint in place: `bytes` has the entries behind an empty header. With `durably`, the segment's file,
/// what the hint says is brought to the device first; else it counts in this run of the system alone, and there is none
/// where runs are not told apart. A failure costs the next opening time, and nothing else.
template <mapping_file_system Files>
void put_hint(const Segments<Files>& segments, std::uint32_t number, std::uint64_t salt, std::vector<std::byte>& bytes,
              std::uint64_t end, const typename Files::File* durably) {
  const Files& files = segments.files();
  const std::uint64_t boot = durably != nullptr ? 0 : files.boot();
  if (durably != nullptr ? !files.sync(*durably) : boot == 0) return;
  finish_hint(bytes, {segments.store(), salt, number, end, boot});
  const std::string fresh = segments.hint_path_of(number) + ".new";
  const auto written = [&]() -> Result<void> {
    const Result<typename Files::File> file = files.open(fresh, FileAccess::create);
    if (!file) return file.error();
    if (Result<void> empty = files.resize(*file, 0); !empty) return empty;
    return write_fully(files, *file, 0, bytes);
  }();
  if (!written || !files.rename(fresh, segments.hint_path_of(number))) (void)files.remove(fresh);
}

/// Whether a record of that group counts. Decides it to no when it is undecided. Nothing: the commit word is damaged.
template <mapping_file_system Files>
std::optional<bool> decided(const typename Segments<Files>::Segment& segment, std::uint64_t group) {
  if (group == 0) return true;
  const auto word = Segments<Files>::commit_word(segment, group);
  std::uint64_t decision = word.load(std::memory_order_acquire);
  if (decision == 0) word.compare_exchange_strong(decision, commit_no, std::memory_order_acq_rel);
  const Decision said = decision_of(decision);
  return said == Decision::damaged ? std::nullopt : std::optional{said == Decision::yes};
}

/// Writes the hint of a segment up to `end`, where a record ends and behind which this process alone writes, reading the
/// segment. Groups that are undecided are decided to no.
template <mapping_file_system Files>
void write_hint(const Segments<Files>& segments, std::uint32_t number, const typename Segments<Files>::Segment& segment,
                std::uint64_t end, const typename Files::File* durably) {
  std::vector<std::byte> bytes(hint_header_size);
  bool whole = true;
  std::uint64_t covered = segment_header_size;
  scan_segment(segment.memory.data(), end, segment.salt, [&](std::uint64_t offset, const RecordView& record) {
    whole =
        whole && offset == covered && record.group() <= offset && record.group() % 8 == 0 && record.value_is_right();
    covered = offset + record.size();
    if (!whole) return;
    const std::optional<bool> counts = decided<Files>(segment, record.group());
    whole = counts.has_value();
    if (counts.value_or(false)) append_hint(bytes, record.key_hash(), record.sequence(), offset);
  });
  // What is damaged or torn is to be found as such when the index is made anew.
  if (whole && covered == end) put_hint(segments, number, segment.salt, bytes, end, durably);
}

/// As above, of a segment whose hint goes up to where `entries`, all records since, begin.
template <mapping_file_system Files>
void extend_hint(const Segments<Files>& segments, std::uint32_t number,
                 const typename Segments<Files>::Segment& segment, std::uint64_t hinted,
                 std::span<const HintEntry> entries, std::uint64_t end, const typename Files::File* durably) {
  std::vector<std::byte> bytes(hint_header_size);
  bytes.reserve(hint_header_size + entries.size() * hint_entry_size);
  if (hinted > segment_header_size) {
    const auto copy = [&](std::span<const std::byte> known) -> Result<void> {
      bytes.insert(bytes.end(), known.begin(), known.end());
      return {};
    };
    const Result<HintHeader> before = read_hint(segments, number, segment.salt, end, copy);
    if (!before || before->end != hinted) return write_hint(segments, number, segment, end, durably);
  }
  for (const HintEntry& entry : entries) {
    const std::optional<bool> counts = decided<Files>(segment, entry.group);
    // What is damaged is to be found as such when the index is made anew.
    if (!counts) return;
    if (*counts) append_hint(bytes, entry.hash, entry.sequence, entry.offset);
  }
  put_hint(segments, number, segment.salt, bytes, end, durably);
}

}  // namespace ashlar::inline v0::detail
