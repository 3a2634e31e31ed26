// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ashlar/core/detail/text.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// A file's contents in memory, read by the system when they are touched; for large files of which only parts are
/// needed. (For small files `read` into a pooled buffer is faster: pages of a mapping cost a fault each.)
/// Threads: as a `const std::byte*`. If another program truncates the file meanwhile, touching the rest kills the
/// process (SIGBUS), as with any mapping.
class MappedFile {
 public:
  MappedFile() noexcept = default;
  MappedFile(MappedFile&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  MappedFile& operator=(MappedFile other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedFile() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }

  /// Maps the regular file at `path` for reading; an empty file gives an empty mapping.
  [[gnu::cold]] static Result<MappedFile> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_error(errno, "open", path);
    struct stat status{};
    if (::fstat(fd, &status) != 0) return failed(fd, "stat", path);
    if (!S_ISREG(status.st_mode)) {
      ::close(fd);
      return Error{ErrorCode::invalid_argument, detail::joined({"cannot map '", path, "': not a regular file"})};
    }
    MappedFile file;
    if (status.st_size > 0) {
      file.size_ = static_cast<std::size_t>(status.st_size);
      void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (data == MAP_FAILED) return failed(fd, "map", path);
      file.data_ = data;
    }
    ::close(fd);
    return file;
  }

  std::span<const std::byte> bytes() const noexcept { return {data(), size_}; }
  const std::byte* data() const noexcept { return static_cast<const std::byte*>(data_); }
  std::size_t size() const noexcept { return size_; }
  /// Tells the system that the file will be read from front to back.
  void expect_sequential() const noexcept {
    if (data_ != nullptr) ::madvise(data_, size_, MADV_SEQUENTIAL);
  }

 private:
  [[gnu::cold]] static Error failed(int fd, const char* action, const std::string& path) {
    const int error = errno;
    ::close(fd);
    return system_error(error, action, path);
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ashlar::inline v0
