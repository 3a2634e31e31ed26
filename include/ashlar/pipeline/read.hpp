// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ashlar/core/result.hpp>
#include <ashlar/pipeline/buffer_pool.hpp>
#include <ashlar/pipeline/files.hpp>
#include <ashlar/pipeline/mapped_file.hpp>
#include <ashlar/pipeline/stage.hpp>
#include <ashlar/pipeline/transform.hpp>

namespace ashlar::inline v0 {

/// A file's path and contents. Move-only; the memory goes back to its pool, or the mapping away, with it.
class FileData {
 public:
  FileData() = default;
  FileData(std::string path, Buffer buffer) : path_{std::move(path)}, buffer_{std::move(buffer)} {}
  FileData(std::string path, MappedFile mapping) : path_{std::move(path)}, mapping_{std::move(mapping)} {}

  const std::string& path() const noexcept { return path_; }
  const std::byte* data() const noexcept { return mapping_.data() != nullptr ? mapping_.data() : buffer_.data(); }
  std::size_t size() const noexcept { return mapping_.data() != nullptr ? mapping_.size() : buffer_.size(); }
  std::span<const std::byte> bytes() const noexcept { return {data(), size()}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data()), size()}; }

 private:
  std::string path_;
  Buffer buffer_;
  MappedFile mapping_;
};

/// How `read_file` gets at the contents.
struct ReadOptions {
  /// Files of at least so many bytes are mapped rather than copied: no buffer of that size has to be kept.
  std::uint64_t map_from = detail::mapped_from;
};

/// The contents of the file at `path`, in a buffer of `pool` or, from `options.map_from` bytes, mapped. What the file
/// gains while it is read is included, what it loses is not. Fails with the system's reason.
[[gnu::cold]] inline Result<FileData> read_file(BufferPool& pool, std::string path, ReadOptions options = {}) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error(errno, "open", path);
  struct Close {
    int fd;
    ~Close() { ::close(fd); }
  } close{fd};
  struct stat status{};
  if (::fstat(fd, &status) != 0) return system_error(errno, "stat", path);
  if (S_ISDIR(status.st_mode)) return system_error(EISDIR, "read", path);
  const auto expected = static_cast<std::uint64_t>(status.st_size > 0 ? status.st_size : 0);
  if (S_ISREG(status.st_mode) && expected >= options.map_from && expected != 0) {
    auto mapped = MappedFile::open(path);
    if (!mapped) return mapped.error();
    mapped->expect_sequential();
    return FileData{std::move(path), *std::move(mapped)};
  }
  // One byte more than expected, so that the read that fills the file in also sees its end.
  auto buffer = pool.acquire(static_cast<std::size_t>(expected) + 1);
  if (!buffer) return buffer.error().within(path);
  std::size_t size = 0;
  for (;;) {
    if (size == buffer->capacity()) {
      auto larger = pool.acquire(buffer->capacity() * 2);
      if (!larger) return larger.error().within(path);
      std::memcpy(larger->data(), buffer->data(), size);
      *buffer = *std::move(larger);
    }
    const ssize_t n = ::read(fd, buffer->data() + size, buffer->capacity() - size);
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return system_error(errno, "read", path);
    }
    size += static_cast<std::size_t>(n);
    if (size == expected && size < buffer->capacity() && S_ISREG(status.st_mode)) break;
  }
  buffer->resize(size);
  return FileData{std::move(path), *std::move(buffer)};
}

/// A stage that takes paths and gives `FileData`, on up to `N` threads at once (0: every worker), from buffers of
/// `pool`, which must outlive the run. It reads on the compute workers, right before the file is needed and while it is
/// in the processor's cache; `files` and `directory` read ahead. On slow networks: `read<32>(pool).blocking()`.
template <std::size_t N = 0>
auto read(BufferPool& pool, ReadOptions options = {}) {
  return transform<N>([&pool, options](auto&& path)
                        requires detail::file_named<std::remove_cvref_t<decltype(path)>>
                      {
                        return read_file(pool, path.c_str(), options);
                      }).named("read");
}

/// The same, from a pool of the program's own.
template <std::size_t N = 0>
auto read(ReadOptions options = {}) {
  static BufferPool shared;
  return read<N>(shared, options);
}

}  // namespace ashlar::inline v0
