// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// Room that a store keeps for the time when the disk is full: an empty file with blocks of its own. What has to be written
/// before room can come free takes its place: the record of an erased key, and what a compaction moves.
/// Threads and processes: may be called concurrently.
template <mapping_file_system Files>
class Reserve {
 public:
  /// For segments of `segment` bytes.
  Reserve(Files files, std::string path, std::uint64_t segment)
      : files_{std::move(files)}, path_{std::move(path)}, size_{std::min(segment / 16, std::uint64_t{1} << 20)} {}

  /// Makes it where it is missing or has no room yet, and there is room.
  void keep() const {
    const Result<typename Files::File> file = files_.open(path_, FileAccess::create);
    if (!file) return;
    const Result<std::uint64_t> size = files_.size(*file);
    if (size && *size < size_ && !files_.allocate(*file, size_)) (void)files_.remove(path_);
  }

  /// Calls `append()`, and again with the reserve's room when there was none. Also where the reserve is gone: whoever took
  /// it a moment ago may have left enough of it.
  template <class Append>
  auto spend_on(Append&& append) const {
    auto done = append();
    if (done || done.error().code() != ErrorCode::no_space) return done;
    (void)files_.remove(path_);
    return append();
  }

 private:
  Files files_;
  std::string path_;
  std::uint64_t size_;
};

}  // namespace ashlar::inline v0::detail
