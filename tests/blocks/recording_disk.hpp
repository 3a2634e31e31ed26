// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <support/processes.hpp>

#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace ashlar_test {

[[noreturn]] inline void fail(const std::string& what) {
  throw std::system_error{errno, std::generic_category(), what};
}

/// Memory that a process shares with its children, and that takes room only where it was written.
class SharedBytes {
 public:
  explicit SharedBytes(std::size_t size) : size_{size} {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    data_ = static_cast<std::byte*>(memory);
  }
  SharedBytes(const SharedBytes&) = delete;
  SharedBytes& operator=(const SharedBytes&) = delete;
  ~SharedBytes() { ::munmap(data_, size_); }
  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::byte* data_;
  std::size_t size_;
};

/// What a disk was told, in order: writes and flushes, each with how much had been acknowledged to the user by then.
class DiskLog {
 public:
  struct Entry {
    bool flush;
    std::uint64_t acknowledged;
    std::uint64_t offset;
    std::uint64_t size;
    const std::byte* data;
  };

  explicit DiskLog(std::size_t room) : bytes_{room} {}

  void add(bool flush, std::uint64_t offset, const std::byte* data, std::uint64_t size) {
    const std::uint64_t used = used_->load();
    if (used + header + size > bytes_.size()) ::_exit(3);  // the disk is gone, and the test fails
    const std::array<std::uint64_t, 4> front{flush ? 1U : 0U, acknowledged->load(), offset, size};
    std::memcpy(bytes_.data() + used, front.data(), header);
    if (size != 0) std::memcpy(bytes_.data() + used + header, data, static_cast<std::size_t>(size));
    used_->store(used + header + size);
  }
  std::vector<Entry> entries() const {
    std::vector<Entry> all;
    for (std::uint64_t at = 0; at < used_->load();) {
      std::array<std::uint64_t, 4> front;
      std::memcpy(front.data(), bytes_.data() + at, header);
      all.push_back({front[0] != 0, front[1], front[2], front[3], bytes_.data() + at + header});
      at += header + front[3];
    }
    return all;
  }

  const Shared<std::atomic<std::uint64_t>> acknowledged;

 private:
  static constexpr std::size_t header = 32;
  SharedBytes bytes_;
  Shared<std::atomic<std::uint64_t>> used_;
};

/// A disk in memory that is the file `disk` below a mount point, served over the kernel's FUSE protocol by a child process,
/// which notes all that it is told.
class RecordingDisk {
 public:
  /// Why there can be none here; nothing when there can.
  static std::optional<std::string> missing() {
    if (::geteuid() != 0) return "it needs root";
    if (::access("/dev/fuse", R_OK | W_OK) != 0) return "there is no /dev/fuse";
    if (::access("/dev/loop-control", R_OK | W_OK) != 0) return "there is no /dev/loop-control";
    return std::nullopt;
  }

  RecordingDisk(std::string mount_point, std::size_t size, DiskLog& log)
      : mount_point_{std::move(mount_point)}, bytes_{size}, log_{log} {
    const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device < 0) fail("open /dev/fuse");
    const std::string options = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
    if (::mount("ashlar", mount_point_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
      ::close(device);
      fail("mount fuse");
    }
    server_.emplace([&, device] {
      serve(device);
      return true;
    });
    ::close(device);
  }
  RecordingDisk(const RecordingDisk&) = delete;
  RecordingDisk& operator=(const RecordingDisk&) = delete;
  ~RecordingDisk() {
    if (::umount2(mount_point_.c_str(), 0) != 0) ::umount2(mount_point_.c_str(), MNT_DETACH);
  }
  std::string path() const { return mount_point_ + "/disk"; }

 private:
  static constexpr std::uint64_t root = 1;
  static constexpr std::uint64_t disk = 2;
  static constexpr std::uint32_t most = 128 << 10;

  fuse_attr attributes(std::uint64_t node) const {
    fuse_attr attributes{};
    attributes.ino = node;
    attributes.mode = node == root ? S_IFDIR | 0755 : S_IFREG | 0600;
    attributes.nlink = node == root ? 2 : 1;
    attributes.size = node == root ? 0 : bytes_.size();
    attributes.blksize = 4096;
    return attributes;
  }

  void serve(int device) {
    std::vector<std::byte> request(most + 4096);
    while (true) {
      const ssize_t got = ::read(device, request.data(), request.size());
      if (got < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN)) continue;
      if (got <= 0) return;  // unmounted
      fuse_in_header in;
      std::memcpy(&in, request.data(), sizeof in);
      answer(device, in, request.data() + sizeof in);
    }
  }

  static void reply(int device, const fuse_in_header& in, int error, const void* body = nullptr, std::size_t size = 0) {
    std::vector<std::byte> out(sizeof(fuse_out_header) + size);
    const fuse_out_header header{static_cast<std::uint32_t>(out.size()), -error, in.unique};
    std::memcpy(out.data(), &header, sizeof header);
    if (size != 0) std::memcpy(out.data() + sizeof header, body, size);
    // ENOENT: whoever asked does not wait any more.
    if (::write(device, out.data(), out.size()) < 0 && errno != ENOENT) ::_exit(4);
  }
  template <class T>
  static T body_of(const std::byte* body) {
    T object;
    std::memcpy(&object, body, sizeof object);
    return object;
  }

  void answer(int device, const fuse_in_header& in, const std::byte* body) {
    switch (in.opcode) {
      case FUSE_INIT: {
        fuse_init_out out{};
        out.major = FUSE_KERNEL_VERSION;
        out.minor = std::min<std::uint32_t>(FUSE_KERNEL_MINOR_VERSION, body_of<fuse_init_in>(body).minor);
        out.max_readahead = most;
        out.flags = FUSE_BIG_WRITES;
        out.max_background = 16;
        out.congestion_threshold = 12;
        out.max_write = most;
        out.time_gran = 1;
        return reply(device, in, 0, &out, sizeof out);
      }
      case FUSE_LOOKUP: {
        if (in.nodeid != root || std::strcmp(reinterpret_cast<const char*>(body), "disk") != 0) {
          return reply(device, in, ENOENT);
        }
        fuse_entry_out out{};
        out.nodeid = disk;
        out.attr = attributes(disk);
        return reply(device, in, 0, &out, sizeof out);
      }
      case FUSE_GETATTR:
      case FUSE_SETATTR: {
        fuse_attr_out out{};
        out.attr = attributes(in.nodeid);
        return reply(device, in, 0, &out, sizeof out);
      }
      case FUSE_OPEN:
      case FUSE_OPENDIR: {
        const fuse_open_out out{};
        return reply(device, in, 0, &out, sizeof out);
      }
      case FUSE_READ: {
        const auto read = body_of<fuse_read_in>(body);
        const std::size_t from = std::min<std::size_t>(read.offset, bytes_.size());
        return reply(device, in, 0, bytes_.data() + from, std::min<std::size_t>(read.size, bytes_.size() - from));
      }
      case FUSE_WRITE: {
        const auto write = body_of<fuse_write_in>(body);
        if (write.offset + write.size > bytes_.size()) return reply(device, in, ENOSPC);
        std::memcpy(bytes_.data() + write.offset, body + sizeof write, write.size);
        log_.add(false, write.offset, body + sizeof write, write.size);
        fuse_write_out out{};
        out.size = write.size;
        return reply(device, in, 0, &out, sizeof out);
      }
      case FUSE_FSYNC: log_.add(true, 0, nullptr, 0); return reply(device, in, 0);
      case FUSE_STATFS: {
        const fuse_statfs_out out{};
        return reply(device, in, 0, &out, sizeof out);
      }
      case FUSE_FLUSH:
      case FUSE_RELEASE:
      case FUSE_RELEASEDIR:
      case FUSE_READDIR:
      case FUSE_DESTROY: return reply(device, in, 0);
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT: return;
      default: return reply(device, in, ENOSYS);
    }
  }

  std::string mount_point_;
  SharedBytes bytes_;
  DiskLog& log_;
  std::optional<Process> server_;
};

/// A file as a block device.
class LoopDevice {
 public:
  explicit LoopDevice(const std::string& file) {
    const int backing = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (backing < 0) fail("open " + file);
    const int control = ::open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    // Another program may take the one that was free.
    for (int tries = 0; device_ < 0 && control >= 0 && tries < 100; ++tries) {
      const int number = ::ioctl(control, LOOP_CTL_GET_FREE);
      if (number < 0) break;
      path_ = "/dev/loop" + std::to_string(number);
      device_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
      if (device_ >= 0 && ::ioctl(device_, LOOP_SET_FD, backing) != 0) {
        ::close(device_);
        device_ = -1;
      }
    }
    const int reason = errno;
    if (control >= 0) ::close(control);
    ::close(backing);
    errno = reason;
    if (device_ < 0) fail("a loop device");
  }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;
  ~LoopDevice() {
    ::ioctl(device_, LOOP_CLR_FD, 0);
    ::close(device_);
  }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  int device_ = -1;
};

/// A block device that is mounted.
class Mounted {
 public:
  Mounted(const std::string& device, std::string at, const std::string& type, const std::string& options)
      : at_{std::move(at)} {
    if (::mount(device.c_str(), at_.c_str(), type.c_str(), MS_NOATIME, options.c_str()) != 0) {
      fail("mount " + type);
    }
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  ~Mounted() {
    while (::umount(at_.c_str()) != 0 && errno == EBUSY) ::usleep(10'000);
  }

 private:
  std::string at_;
};

/// The disk as a power loss right before entry `crash` would leave it: all up to the last flush, and of what came later
/// none, half or nearly all, by blocks of 4 KiB, an eighth of them torn at sectors of 512 bytes.
inline void disk_after_crash(const std::vector<DiskLog::Entry>& log, std::size_t crash, std::uint64_t seed,
                             std::byte* image) {
  std::size_t flushed = 0;
  for (std::size_t i = 0; i < crash; ++i) flushed = log[i].flush ? i : flushed;
  std::mt19937_64 random{seed};
  const std::uint64_t share = std::array<std::uint64_t, 3>{0, 50, 95}[random() % 3];
  for (std::size_t i = 0; i < crash; ++i) {
    const DiskLog::Entry& entry = log[i];
    if (i <= flushed) {
      if (entry.size != 0) std::memcpy(image + entry.offset, entry.data, static_cast<std::size_t>(entry.size));
      continue;
    }
    for (std::uint64_t block = 0; block < entry.size; block += 4096) {
      if (random() % 100 >= share) continue;
      const bool torn = random() % 8 == 0;
      for (std::uint64_t at = block; at < std::min(block + 4096, entry.size); at += 512) {
        if (torn && random() % 2 == 0) continue;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(512, entry.size - at));
        std::memcpy(image + entry.offset + at, entry.data + at, size);
      }
    }
  }
}

}  // namespace ashlar_test
