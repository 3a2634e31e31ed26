// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0 {

namespace detail {

/// The network file system that statfs(2) gives this number; empty for any other.
constexpr std::string_view network_name(std::uint32_t magic) noexcept {
  switch (magic) {
    case 0x6969: return "NFS";
    case 0x517B:
    case 0xFE534D42:
    case 0xFF534D42: return "SMB";
    case 0x01021997: return "9P";
    case 0x00C36400: return "Ceph";
    case 0x5346414F:
    case 0x6B414653: return "AFS";
    case 0x73757245: return "Coda";
    case 0x0BD00BD0: return "Lustre";
    case 0x47504653: return "GPFS";
    case 0x7461636F: return "OCFS2";
    case 0x01161970: return "GFS2";
    default: return {};
  }
}

/// Whether the file system of that number writes to room where it was taken.
constexpr bool room_is_kept(std::uint32_t magic) noexcept {
  return magic == 0xEF53 /* ext2 to ext4 */ || magic == 0x58465342 /* XFS */ || magic == 0x01021994 /* tmpfs */;
}

}  // namespace detail

/// The file system of a POSIX machine: the model of `file_system` that stores use unless told otherwise.
///
/// Every member is one system call or a short loop of them; interrupted calls are made again. Locks are Linux
/// open-file-description locks: they belong to the `File` object, exclude other processes and other `File`s of
/// this one, and end when the file is closed or its process dies. Threads: everything may be called concurrently.
class PosixFiles {
 public:
  /// An open file; closed by its destructor. Default constructed and moved-from: no file.
  class File {
   public:
    File() = default;
    explicit File(int descriptor) noexcept : descriptor_{descriptor} {}
    File(File&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    File& operator=(File&& other) noexcept {
      if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
      }
      return *this;
    }
    ~File() { close(); }

    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    int descriptor() const noexcept { return descriptor_; }

   private:
    void close() noexcept {
      if (descriptor_ >= 0) ::close(descriptor_);
      descriptor_ = -1;
    }

    int descriptor_ = -1;
  };

  /// A file, or its beginning, as memory shared with every other process that maps it.
  class Mapping {
   public:
    Mapping() = default;
    Mapping(std::byte* data, std::size_t size) noexcept : data_{data}, size_{size} {}
    Mapping(Mapping&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
    Mapping& operator=(Mapping&& other) noexcept {
      std::swap(data_, other.data_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~Mapping() {
      if (data_ != nullptr) ::munmap(data_, size_);
    }

    std::byte* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

   private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
  };

  Result<File> open(const std::string& path, FileAccess access) const {
    int flags = O_CLOEXEC;
    switch (access) {
      case FileAccess::read: flags |= O_RDONLY; break;
      case FileAccess::read_write: flags |= O_RDWR; break;
      case FileAccess::create: flags |= O_RDWR | O_CREAT; break;
      case FileAccess::create_new: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    }
    int descriptor = -1;
    do {
      descriptor = ::open(path.c_str(), flags, 0666);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return system_error(errno, "open", path);
    return File{descriptor};
  }

  Result<std::size_t> read(const File& file, std::uint64_t offset, std::span<std::byte> into) const {
    ssize_t got = -1;
    do {
      got = ::pread(file.descriptor(), into.data(), into.size(), static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return failed("read", file);
    return static_cast<std::size_t>(got);
  }

  Result<std::size_t> write(const File& file, std::uint64_t offset, std::span<const std::byte> from) const {
    ssize_t put = -1;
    do {
      put = ::pwrite(file.descriptor(), from.data(), from.size(), static_cast<off_t>(offset));
    } while (put < 0 && errno == EINTR);
    if (put < 0) return failed("write", file);
    return static_cast<std::size_t>(put);
  }

  /// As `write`, of several pieces that come to lie one behind the other.
  Result<std::size_t> write_pieces(const File& file, std::uint64_t offset,
                                   std::span<const std::span<const std::byte>> pieces) const {
    iovec vectors[256];
    const std::size_t count = std::min(pieces.size(), std::size(vectors));
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    }
    ssize_t put = -1;
    do {
      put = ::pwritev(file.descriptor(), vectors, static_cast<int>(count), static_cast<off_t>(offset));
    } while (put < 0 && errno == EINTR);
    if (put < 0) return failed("write", file);
    return static_cast<std::size_t>(put);
  }

  /// Reads the pages of `count` bytes from `offset` into memory now, which is faster than one by one. A hint.
  void populate(const Mapping& mapping, std::size_t offset, std::size_t count) const noexcept {
#ifdef MADV_POPULATE_READ
    const std::size_t from = offset / 4096 * 4096;
    if (from < mapping.size()) {
      (void)::madvise(mapping.data() + from, std::min(offset + count, mapping.size()) - from, MADV_POPULATE_READ);
    }
#endif
  }

  /// Makes the pages of a mapping that were written to by `write` ready to be stored to. A hint.
  void populate_to_store(const Mapping& mapping) const noexcept {
#ifdef MADV_POPULATE_WRITE
    (void)::madvise(mapping.data(), mapping.size(), MADV_POPULATE_WRITE);
#endif
  }

  /// Says that pages of a mapping are used here and there: what lies beside one need not be read with it. A hint.
  void scattered(const Mapping& mapping) const noexcept {
    (void)::madvise(mapping.data(), mapping.size(), MADV_RANDOM);
  }

  Result<std::uint64_t> size(const File& file) const {
    struct stat status{};
    if (::fstat(file.descriptor(), &status) != 0) return failed("look at", file);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<void> resize(const File& file, std::uint64_t size) const {
    if (::ftruncate(file.descriptor(), static_cast<off_t>(size)) != 0) return failed("resize", file);
    return {};
  }

  /// Content and length reach the device; the name is a matter of `sync_directory`.
  Result<void> sync(const File& file) const {
    if (::fdatasync(file.descriptor()) != 0) return failed("sync", file);
    return {};
  }

  Result<void> sync_directory(const std::string& path) const {
    const Result<File> directory = open_directory(path);
    if (!directory) return directory.error();
    if (::fsync(directory->descriptor()) != 0) return system_error(errno, "sync directory", path);
    return {};
  }

  /// Everything written so far on the file system of `path` reaches the device.
  Result<void> sync_all(const std::string& path) const {
    const Result<File> directory = open_directory(path);
    if (!directory) return directory.error();
    if (::syncfs(directory->descriptor()) != 0) return system_error(errno, "sync the file system of", path);
    return {};
  }

  /// Replaces what `to` named in one step.
  Result<void> rename(const std::string& from, const std::string& to) const {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "rename to " + to + " the file", from);
    return {};
  }

  /// Gives the file `from` a second name; `already_exists` when `to` is taken.
  Result<void> link(const std::string& from, const std::string& to) const {
    if (::link(from.c_str(), to.c_str()) != 0) return system_error(errno, "link", to);
    return {};
  }

  Result<void> remove(const std::string& path) const {
    if (::unlink(path.c_str()) != 0) return system_error(errno, "remove", path);
    return {};
  }

  /// Succeeds when the directory is there already.
  Result<void> make_directory(const std::string& path) const {
    if (::mkdir(path.c_str(), 0777) == 0) return {};
    const int reason = errno;
    struct stat status{};
    if (reason == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    return system_error(reason, "make directory", path);
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) const {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(path.c_str()), [](DIR* d) { return ::closedir(d); }};
    if (!directory) return system_error(errno, "list", path);
    std::vector<DirectoryEntry> entries;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(directory.get());
      if (entry == nullptr) break;
      std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      bool is_directory = entry->d_type == DT_DIR;
      if (entry->d_type == DT_UNKNOWN) {
        struct stat status{};
        is_directory = ::stat((path + "/" + name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      }
      entries.push_back({std::move(name), is_directory});
    }
    if (errno != 0) return system_error(errno, "list", path);
    return entries;
  }

  /// Which file has this name now; nothing when none has.
  Result<std::optional<FileId>> find(const std::string& path) const {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) return std::optional{id_of(status)};
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileId>{};
    return system_error(errno, "look at", path);
  }

  Result<FileId> id(const File& file) const {
    struct stat status{};
    if (::fstat(file.descriptor(), &status) != 0) return failed("look at", file);
    return id_of(status);
  }

  /// Waits for the lock on byte `at` of the file.
  Result<void> lock(const File& file, std::uint64_t at, FileLock kind) const {
    struct flock request = lock_of(at, kind == FileLock::shared ? F_RDLCK : F_WRLCK);
    while (::fcntl(file.descriptor(), F_OFD_SETLKW, &request) != 0) {
      if (errno != EINTR) return failed("lock", file);
    }
    return {};
  }

  /// Takes the lock when nobody is in the way; says whether it did.
  Result<bool> try_lock(const File& file, std::uint64_t at, FileLock kind) const {
    struct flock request = lock_of(at, kind == FileLock::shared ? F_RDLCK : F_WRLCK);
    while (::fcntl(file.descriptor(), F_OFD_SETLK, &request) != 0) {
      if (errno == EAGAIN || errno == EACCES) return false;
      if (errno != EINTR) return failed("lock", file);
    }
    return true;
  }

  Result<void> unlock(const File& file, std::uint64_t at) const {
    struct flock request = lock_of(at, F_UNLCK);
    if (::fcntl(file.descriptor(), F_OFD_SETLK, &request) != 0) return failed("unlock", file);
    return {};
  }

  /// Maps the first `length` bytes, shared. Bytes past the end of the file must not be touched before it has grown.
  Result<Mapping> map(const File& file, std::size_t length, bool writable) const {
    const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void* memory = ::mmap(nullptr, length, protection, MAP_SHARED, file.descriptor(), 0);
    if (memory == MAP_FAILED) return failed("map", file);
    return Mapping{static_cast<std::byte*>(memory), length};
  }

  /// Makes the file at least `size` bytes long, with room on the device for all of them; never shorter.
  Result<void> allocate(const File& file, std::uint64_t size) const {
    int done = -1;
    do {
      done = ::fallocate(file.descriptor(), 0, 0, static_cast<off_t>(size));
    } while (done != 0 && errno == EINTR);
    if (done != 0) return failed("allocate room for", file);
    return {};
  }

  /// Whether room that `allocate` took stays that file's when its bytes are written: so on ext2 to ext4, XFS and tmpfs.
  /// A file system that copies on write takes fresh room then; so does XFS for what is shared with a copy of the file
  /// (a reflink). False for all others.
  bool keeps_room(const File& file) const noexcept {
    struct statfs found{};
    return ::fstatfs(file.descriptor(), &found) == 0 && detail::room_is_kept(static_cast<std::uint32_t>(found.f_type));
  }

  /// The time of a clock that is never put back, exact to some milliseconds, which is what makes it cheap.
  std::chrono::nanoseconds steady_time() const noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  }

  /// A number of this run of the system, taken from the kernel's boot id; 0 where there is none.
  std::uint64_t boot() const {
    const Result<File> file = open("/proc/sys/kernel/random/boot_id", FileAccess::read);
    if (!file) return 0;
    char text[64] = {};
    const Result<std::size_t> got = read(*file, 0, std::as_writable_bytes(std::span{text}));
    std::uint64_t number = 0;
    for (std::size_t i = 0; got && i < *got; ++i) {
      const char c = text[i];
      if (c == '-' || c == '\n') continue;
      number = number * 31 + static_cast<unsigned char>(c);
    }
    return number;
  }

  /// The kind of network file system on which `path`, or the directory where it is to be, lies: one whose hosts do not
  /// share the memory of a mapped file. Nothing for a local one, and for one in user space, which does not tell.
  std::optional<std::string> network(const std::string& path) const {
    std::filesystem::path at{path};
    struct statfs found{};
    while (::statfs(at.empty() ? "." : at.c_str(), &found) != 0) {
      if (errno != ENOENT || at.empty()) return std::nullopt;
      at = at.parent_path();
    }
    const std::string_view name = detail::network_name(static_cast<std::uint32_t>(found.f_type));
    return name.empty() ? std::nullopt : std::optional<std::string>{name};
  }

  /// 64 unpredictable bits. Throws `std::runtime_error` where the system has none.
  std::uint64_t random() const {
    std::uint64_t bits = 0;
    if (::getrandom(&bits, sizeof bits, 0) == static_cast<ssize_t>(sizeof bits)) return bits;
    // A kernel without the call has the device.
    const Result<File> device = open("/dev/urandom", FileAccess::read);
    if (!device || !read_fully(*this, *device, 0, std::as_writable_bytes(std::span{&bits, 1}))) {
      throw std::runtime_error{"the system gives no random numbers: neither getrandom(2) nor /dev/urandom"};
    }
    return bits;
  }

 private:
  static FileId id_of(const struct stat& status) noexcept {
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
  }

  static struct flock lock_of(std::uint64_t at, short type) noexcept {
    struct flock request{};
    request.l_type = type;
    request.l_whence = SEEK_SET;
    request.l_start = static_cast<off_t>(at);
    request.l_len = 1;
    return request;
  }

  static Result<File> open_directory(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return system_error(errno, "open directory", path);
    return File{descriptor};
  }

  static Error failed(const char* action, const File& file) {
    const int reason = errno;
    char link[64];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file.descriptor());
    std::string path(4096, '\0');
    const ssize_t length = ::readlink(link, path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return system_error(reason, action, path);
  }
};

}  // namespace ashlar::inline v0
