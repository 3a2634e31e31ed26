// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// How a `file_system` opens a file.
enum class FileAccess : std::uint8_t {
  read,        ///< for reading; the file must exist
  read_write,  ///< for reading and writing; the file must exist
  create,      ///< for reading and writing; made empty when it is missing
  create_new,  ///< for reading and writing; `already_exists` when it is there
};

/// The kinds of lock on one byte of a file: many may share, or one excludes all others.
enum class FileLock : std::uint8_t { shared, exclusive };

/// What identifies a file however it is named. Equal for two names of one file.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t file = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

/// One name in a directory, without "." and "..".
struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

/// Reads up to `into.size()` bytes from `offset`, asking again after short reads.
/// Returns how many there were: fewer only at the end of the file.
template <class Files>
Result<std::size_t> read_fully(const Files& files, const typename Files::File& file, std::uint64_t offset,
                               std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    Result<std::size_t> got = files.read(file, offset + done, into.subspan(done));
    if (!got) return got;
    if (*got == 0) break;
    done += *got;
  }
  return done;
}

/// Writes all of `from` at `offset`, going on after short writes.
template <class Files>
Result<void> write_fully(const Files& files, const typename Files::File& file, std::uint64_t offset,
                         std::span<const std::byte> from) {
  while (!from.empty()) {
    const Result<std::size_t> put = files.write(file, offset, from);
    if (!put) return put.error();
    if (*put == 0) return Error{ErrorCode::io, "cannot write: the file system took no byte and gave no reason"};
    offset += *put;
    from = from.subspan(*put);
  }
  return {};
}

/// Writes the pieces one behind the other from `offset`, going on after short writes; in one call where the file system
/// can. `pieces` is used up.
template <class Files>
Result<void> write_pieces_fully(const Files& files, const typename Files::File& file, std::uint64_t offset,
                                std::span<std::span<const std::byte>> pieces) {
  while (!pieces.empty()) {
    if (pieces.front().empty()) {
      pieces = pieces.subspan(1);
      continue;
    }
    if constexpr (requires { files.write_pieces(file, offset, pieces); }) {
      const Result<std::size_t> put = files.write_pieces(file, offset, pieces);
      if (!put) return put.error();
      if (*put == 0) return Error{ErrorCode::io, "cannot write: the file system took no byte and gave no reason"};
      offset += *put;
      for (std::size_t left = *put; left != 0;) {
        const std::size_t count = std::min(left, pieces.front().size());
        pieces.front() = pieces.front().subspan(count);
        left -= count;
        if (pieces.front().empty()) pieces = pieces.subspan(1);
      }
    } else {
      if (Result<void> done = write_fully(files, file, offset, pieces.front()); !done) return done;
      offset += pieces.front().size();
      pieces = pieces.subspan(1);
    }
  }
  return {};
}

/// Writes zeros from `from` up to `to`, in large pieces.
template <class Files>
Result<void> write_zeros(const Files& files, const typename Files::File& file, std::uint64_t from, std::uint64_t to) {
  static constexpr std::array<std::byte, 65536> zeros{};
  while (from < to) {
    std::array<std::span<const std::byte>, 16> pieces;
    std::uint64_t end = from;
    for (auto& piece : pieces) {
      piece = std::span{zeros}.first(static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), to - end)));
      end += piece.size();
    }
    if (Result<void> done = write_pieces_fully(files, file, from, std::span{pieces}); !done) return done;
    from = end;
  }
  return {};
}

/// The whole of a file from its beginning; `limit` bytes at most, `corrupt` where there are more.
template <class Files>
Result<std::vector<std::byte>> read_whole(const Files& files, const typename Files::File& file,
                                          std::uint64_t limit = std::uint64_t{1} << 40) {
  const Result<std::uint64_t> size = files.size(file);
  if (!size) return size.error();
  if (*size > limit) return Error{ErrorCode::corrupt, "the file is larger than it can be"};
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size));
  const Result<std::size_t> got = read_fully(files, file, 0, bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  return bytes;
}

}  // namespace ashlar::inline v0
