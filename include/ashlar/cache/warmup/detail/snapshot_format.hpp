// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/core/result.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/store/concepts.hpp>

namespace ashlar::inline v0::detail {

// A snapshot, version 1, all numbers little endian:
//
//   header   "ASHSNAP1" | schema u64 | crc u32 of what comes before
//   block    payload length u32 | entries u32 | crc u32 of both and of the payload | payload
//   …
//   end      0 u32 | 0xFFFFFFFF u32 | crc u32 of both and of the number | entries of all blocks u64
//
// The payload is entries one after the other: deadline i64 (nanoseconds since the epoch, the largest for never), then the
// lengths of key and value in LEB128, then their bytes in `Binary`. Nothing follows the end.
inline constexpr std::array<char, 8> snapshot_magic{'A', 'S', 'H', 'S', 'N', 'A', 'P', '1'};
inline constexpr std::size_t snapshot_magic_kind = 7;  // what comes before the version
inline constexpr std::size_t snapshot_header_size = 20;
inline constexpr std::size_t snapshot_block_head = 12;
inline constexpr std::size_t snapshot_block_size = std::size_t{64} << 10;
inline constexpr std::uint32_t snapshot_end = 0xFFFFFFFF;
inline constexpr std::int64_t snapshot_forever = std::numeric_limits<std::int64_t>::max();

template <class Clock>
std::int64_t snapshot_time(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock.now().time_since_epoch()).count();
}

template <class K, class V>
void encode_snapshot_entry(const K& key, const V& value, std::int64_t deadline, std::vector<std::byte>& out) {
  std::vector<std::byte> key_bytes;
  std::vector<std::byte> value_bytes;
  Binary{}.encode(key, key_bytes);
  Binary{}.encode(value, value_bytes);
  ByteWriter writer{out};
  writer.number(deadline);
  writer.size(key_bytes.size());
  writer.size(value_bytes.size());
  writer.bytes(key_bytes);
  writer.bytes(value_bytes);
  writer.flush();
}

/// The bytes of a key, to tell keys apart whatever they can be compared with.
template <class K>
std::string snapshot_key(const K& key) {
  std::vector<std::byte> bytes;
  Binary{}.encode(key, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::uint32_t snapshot_block_crc(const std::byte* head, std::span<const std::byte> payload) {
  return crc32c(payload, crc32c(std::span{head, 8}));
}

/// Writes a snapshot beside its final name and gives it that name at the end. One that is not finished is removed.
template <class Files>
class SnapshotWriter {
 public:
  static Result<SnapshotWriter> create(const Files& files, const std::string& path, std::uint64_t schema) {
    SnapshotWriter writer{files, path};
    Result<void> opened = writer.open();
    if (!opened) return opened.error();
    std::vector<std::byte> header;
    ByteWriter out{header};
    out.bytes(std::as_bytes(std::span{snapshot_magic}));
    out.number(schema);
    out.flush();
    out.number(crc32c(header));
    out.flush();
    if (Result<void> written = writer.write(header); !written) return written.error();
    return writer;
  }
  SnapshotWriter(SnapshotWriter&& other) noexcept
      : files_{other.files_},
        path_{std::move(other.path_)},
        file_{std::move(other.file_)},
        block_{std::move(other.block_)},
        entries_{other.entries_},
        all_{other.all_},
        offset_{other.offset_},
        unfinished_{std::exchange(other.unfinished_, false)} {}
  SnapshotWriter& operator=(SnapshotWriter&&) = delete;
  ~SnapshotWriter() {
    if (unfinished_) static_cast<void>(files_.remove(part()));
  }

  Result<void> add(std::span<const std::byte> entry) {
    if (entry.size() > std::numeric_limits<std::uint32_t>::max() - snapshot_block_size) {
      return Error{ErrorCode::invalid_argument, "cannot save an entry of 4 GiB in the snapshot " + path_};
    }
    if (!block_.empty() && block_.size() + entry.size() > snapshot_block_size) {
      if (Result<void> written = write_block(); !written) return written;
    }
    block_.insert(block_.end(), entry.begin(), entry.end());
    ++entries_;
    ++all_;
    return {};
  }

  /// The length of the file, which is on the device under its name now.
  Result<std::uint64_t> finish() {
    if (!block_.empty()) {
      if (Result<void> written = write_block(); !written) return written.error();
    }
    std::vector<std::byte> number;
    ByteWriter out{number};
    out.number(all_);
    out.flush();
    if (Result<void> written = write_block_of(0, snapshot_end, number); !written) return written.error();
    if (Result<void> synced = files_.sync(file_); !synced) return synced.error().within(part());
    if (Result<void> named = files_.rename(part(), path_); !named) return named.error();
    unfinished_ = false;
    const std::size_t slash = path_.rfind('/');
    if (Result<void> synced = files_.sync_directory(slash == path_.npos ? "." : path_.substr(0, slash + 1)); !synced) {
      return synced.error();
    }
    return offset_;
  }

 private:
  SnapshotWriter(const Files& files, std::string path) : files_{files}, path_{std::move(path)} {}

  std::string part() const { return path_ + ".part"; }

  Result<void> open() {
    while (true) {
      Result<typename Files::File> file = files_.open(part(), FileAccess::create);
      if (!file) return file.error();
      const Result<bool> locked = files_.try_lock(*file, 0, FileLock::exclusive);
      if (!locked) return locked.error().within(part());
      if (!*locked) return Error{ErrorCode::busy, part() + " is being written by somebody else; save again later"};
      // Whoever had the lock before may have given the file its final name in between.
      const Result<FileId> mine = files_.id(*file);
      if (!mine) return mine.error().within(part());
      const Result<std::optional<FileId>> named = files_.find(part());
      if (!named) return named.error();
      if (*named != *mine) continue;
      if (Result<void> emptied = files_.resize(*file, 0); !emptied) return emptied.error().within(part());
      file_ = *std::move(file);
      unfinished_ = true;
      return {};
    }
  }

  Result<void> write(std::span<const std::byte> bytes) {
    Result<void> written = write_fully(files_, file_, offset_, bytes);
    if (!written) return written.error().within(part());
    offset_ += bytes.size();
    return {};
  }

  Result<void> write_block() {
    Result<void> written = write_block_of(static_cast<std::uint32_t>(block_.size()), entries_, block_);
    block_.clear();
    entries_ = 0;
    return written;
  }

  Result<void> write_block_of(std::uint32_t length, std::uint32_t entries, std::span<const std::byte> payload) {
    std::vector<std::byte> bytes;
    bytes.reserve(snapshot_block_head + payload.size());
    ByteWriter out{bytes};
    out.number(length);
    out.number(entries);
    out.flush();
    out.number(snapshot_block_crc(bytes.data(), payload));
    out.bytes(payload);
    out.flush();
    return write(bytes);
  }

  Files files_;
  std::string path_;
  typename Files::File file_{};
  std::vector<std::byte> block_;
  std::uint32_t entries_ = 0;
  std::uint64_t all_ = 0;
  std::uint64_t offset_ = 0;
  bool unfinished_ = false;
};

/// Reads a snapshot block by block.
template <class Files>
class SnapshotReader {
 public:
  static Result<SnapshotReader> open(const Files& files, const std::string& path, std::uint64_t schema) {
    SnapshotReader reader{files, path};
    Result<typename Files::File> file = files.open(path, FileAccess::read);
    if (!file) return file.error();
    reader.file_ = *std::move(file);
    const Result<std::uint64_t> size = files.size(reader.file_);
    if (!size) return size.error().within(path);
    reader.size_ = *size;
    std::vector<std::byte> header;
    if (Result<bool> got = reader.read(snapshot_header_size, header); !got) return got.error();
    ByteReader in{header};
    std::span<const std::byte> magic;
    std::uint64_t written_schema = 0;
    std::uint32_t crc = 0;
    const auto expected = std::as_bytes(std::span{snapshot_magic});
    if (!in.bytes(expected.size(), magic) || !in.number(written_schema) || !in.number(crc) ||
        !std::ranges::equal(magic.first(snapshot_magic_kind), expected.first(snapshot_magic_kind))) {
      return Error{ErrorCode::corrupt, path + " is no snapshot"};
    }
    if (magic.back() != expected.back()) {
      return Error{ErrorCode::unsupported, path + " has version '" + static_cast<char>(magic.back()) +
                                               "' of the snapshot format; this program reads version 1"};
    }
    if (crc != crc32c(std::span{header}.first(snapshot_header_size - sizeof crc))) {
      return Error{ErrorCode::corrupt, path + ": the header fails its checksum"};
    }
    if (written_schema != schema) {
      return Error{ErrorCode::unsupported, path + " was saved with schema " + std::to_string(written_schema) +
                                               ", and " + std::to_string(schema) + " was asked for"};
    }
    return reader;
  }

  /// Calls `put(key, value, deadline)` for each entry up to the first damage, which is described in `damage`.
  /// Fails with what `put` and the file system fail with.
  template <class K, class V, class Put>
  Result<void> for_each(Put&& put, std::optional<Error>& damage) {
    const auto damaged = [&](const std::string& what) {
      damage.emplace(ErrorCode::corrupt, path_ + ": " + what);
      return Result<void>{};
    };
    std::uint64_t all = 0;
    std::vector<std::byte> head;
    std::vector<std::byte> payload;
    while (true) {
      const std::string place = "the block at offset " + std::to_string(offset_);
      Result<bool> got = read(snapshot_block_head, head);
      if (!got) return got.error();
      if (!*got) return damaged("it ends before its last block");
      ByteReader in{head};
      std::uint32_t length = 0;
      std::uint32_t entries = 0;
      std::uint32_t crc = 0;
      static_cast<void>(in.number(length) && in.number(entries) && in.number(crc));
      const bool end = length == 0 && entries == snapshot_end;
      got = read(end ? sizeof all : length, payload);
      if (!got) return got.error();
      if (!*got) return damaged(place + " goes beyond the end of the file");
      if (crc != snapshot_block_crc(head.data(), payload)) return damaged(place + " fails its checksum");
      ByteReader body{payload};
      if (end) {
        std::uint64_t expected = 0;
        static_cast<void>(body.number(expected));
        if (expected != all) return damaged("blocks are missing");
        if (offset_ != size_) return damaged("something follows its end");
        return {};
      }
      for (std::uint32_t i = 0; i < entries; ++i) {
        std::int64_t deadline = 0;
        std::uint64_t key_size = 0;
        std::uint64_t value_size = 0;
        std::span<const std::byte> key_bytes;
        std::span<const std::byte> value_bytes;
        if (!body.number(deadline) || !body.size(key_size) || !body.size(value_size) ||
            !body.bytes(key_size, key_bytes) || !body.bytes(value_size, value_bytes)) {
          return damaged(place + ", entry " + std::to_string(i) + ": " + body.error().what());
        }
        Result<K> key = Binary{}.decode<K>(key_bytes);
        if (!key) return damaged(place + ", key of entry " + std::to_string(i) + ": " + key.error().what());
        Result<V> value = Binary{}.decode<V>(value_bytes);
        if (!value) return damaged(place + ", value of entry " + std::to_string(i) + ": " + value.error().what());
        if (Result<void> done = put(*key, *std::move(value), deadline); !done) return done;
        ++all;
      }
      if (body.left() != 0) return damaged(place + " goes on after its entries");
    }
  }

 private:
  SnapshotReader(const Files& files, std::string path) : files_{files}, path_{std::move(path)} {}

  /// The next `size` bytes; false when the file has fewer.
  Result<bool> read(std::size_t size, std::vector<std::byte>& into) {
    into.clear();
    if (size > size_ - offset_) return false;
    into.resize(size);
    const Result<std::size_t> got = read_fully(files_, file_, offset_, into);
    if (!got) return got.error().within(path_);
    offset_ += *got;
    return *got == size;
  }

  Files files_;
  std::string path_;
  typename Files::File file_{};
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace ashlar::inline v0::detail
