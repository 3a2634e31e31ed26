// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/sim_disk.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0 {

/// The operations of a file system that can be made to fail.
enum class FileCallKind : std::uint8_t {
  open,
  read,
  write,
  resize,
  sync,
  sync_directory,
  sync_all,
  rename,
  link,
  remove,
  make_directory,
  list,
  find,
  lock,
};

/// One call of a `FaultyFiles`.
struct FileCall {
  std::uint64_t number;  ///< counted from 0 over everything that shares the disk
  FileCallKind kind;
};

/// What goes wrong in a `FaultyFiles`.
struct Faults {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t seed = 1;          ///< of everything that is left to chance
  std::uint64_t crash_at = never;  ///< the call before which the machine stops; it and all later ones fail
  double short_io = 0;             ///< how often a read or write moves fewer bytes than asked
  std::uint64_t capacity = never;  ///< bytes of files; beyond, writes fail with `no_space`
  double write_back = 1.0 / 16;    ///< how often a call lets the system bring some un-synced blocks to the device
  std::string network = {};        ///< the network file system that the disk says it is
  bool copy_on_write = false;      ///< whether the disk says that it does not keep the room that was allocated
  /// Asked before each call; an answer makes the call fail so. A failed sync loses what it was to bring to the device.
  std::function<std::optional<ErrorCode>(const FileCall&)> fail = {};
  /// The machine's clock that is never put back; without one no time passes.
  std::function<std::chrono::nanoseconds()> time = {};
};

/// A file system in memory that fails on command, for tests: every run with the same faults is the same.
///
/// It keeps apart what programs see and what the device has. `sync` brings a file's content and length to the device,
/// `sync_directory` the names of a directory; the rest may or may not get there, in blocks of 4 KiB, in any order, some
/// cut at a multiple of 512 bytes, and a name may get there without its file's content. Copies share the disk. Threads:
/// everything may be called concurrently; only one thread at a time is deterministic.
class FaultyFiles {
 public:
  /// An open file; its destructor closes it and gives up its locks.
  class File {
   public:
    File() = default;
    File(File&& other) noexcept
        : disk_{std::move(other.disk_)}, node_{std::move(other.node_)}, open_{std::exchange(other.open_, 0)} {}
    File& operator=(File&& other) noexcept {
      std::swap(disk_, other.disk_);
      std::swap(node_, other.node_);
      std::swap(open_, other.open_);
      return *this;
    }
    ~File() {
      if (!disk_) return;
      const std::lock_guard guard{disk_->mutex};
      disk_->release(*node_, open_);
    }

   private:
    friend FaultyFiles;
    std::shared_ptr<detail::SimDisk> disk_;
    std::shared_ptr<detail::SimNode> node_;
    std::uint64_t open_ = 0;
  };

  /// A file as memory: what is stored there is seen by `read`, and is un-synced.
  class Mapping {
   public:
    Mapping() = default;
    std::byte* data() const noexcept { return node_ ? node_->seen.data() : nullptr; }
    std::size_t size() const noexcept { return size_; }

   private:
    friend FaultyFiles;
    std::shared_ptr<detail::SimNode> node_;
    std::size_t size_ = 0;
  };

  explicit FaultyFiles(Faults faults = {}) : FaultyFiles{std::make_shared<detail::SimDisk>(), std::move(faults)} {}

  /// How many calls there were.
  std::uint64_t operations() const {
    const std::lock_guard guard{disk_->mutex};
    return disk_->operations;
  }

  /// The disk after the power went, `kept` (0 to 1) of what was not synced being there, chosen by `seed`.
  FaultyFiles after_power_loss(std::uint64_t seed, double kept, Faults faults = {}) const {
    const std::lock_guard guard{disk_->mutex};
    detail::SimRandom random{seed};
    return FaultyFiles{disk_->after_power_loss(random, kept), std::move(faults)};
  }

  /// The disk after all programs were killed: nothing is lost but locks.
  FaultyFiles after_kill(Faults faults = {}) const {
    const std::lock_guard guard{disk_->mutex};
    return FaultyFiles{disk_->after_kill(), std::move(faults)};
  }

  /// Inverts one bit of a file, on the device and for programs. False when there is no such bit.
  bool flip_bit(const std::string& path, std::uint64_t bit) const {
    const std::lock_guard guard{disk_->mutex};
    const std::shared_ptr<detail::SimNode> node = disk_->node(disk_->place(path));
    const std::uint64_t at = bit / 8;
    if (!node || at >= node->seen.size()) return false;
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    node->seen.data()[at] ^= mask;
    if (at < node->durable.size()) node->durable[at] ^= mask;
    return true;
  }

  Result<File> open(const std::string& path, FileAccess access) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::open, "open", path)) return *failure;
    const auto place = disk_->place(path);
    if (!place.directory) return missing("open", path);
    std::shared_ptr<detail::SimNode> node = disk_->node(place);
    if (node && node->is_directory) return Error{ErrorCode::io, "cannot open '" + path + "': it is a directory"};
    if (node && access == FileAccess::create_new) return taken("open", path);
    if (!node) {
      if (access == FileAccess::read || access == FileAccess::read_write) return missing("open", path);
      node = disk_->make_node(false);
      place.directory->change_name(place.name, node);
    }
    File file;
    file.disk_ = disk_;
    file.node_ = std::move(node);
    file.open_ = disk_->next_open++;
    return file;
  }

  Result<std::size_t> read(const File& file, std::uint64_t offset, std::span<std::byte> into) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::read, "read", {})) return *failure;
    const detail::SimContent& content = file.node_->seen;
    if (offset >= content.size()) return std::size_t{0};
    const auto at = static_cast<std::size_t>(offset);
    const std::size_t count = shortened(std::min(into.size(), content.size() - at));
    if (count != 0) std::memcpy(into.data(), content.data() + at, count);
    return count;
  }

  Result<std::size_t> write(const File& file, std::uint64_t offset, std::span<const std::byte> from) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::write, "write", {})) return *failure;
    detail::SimNode& node = *file.node_;
    const auto at = static_cast<std::size_t>(offset);
    const std::size_t count = shortened(from.size());
    if (auto failure = grow(node, at + count)) return *failure;
    if (count != 0) std::memcpy(node.seen.data() + at, from.data(), count);
    for (std::size_t b = at / node.block; b * node.block < at + count; ++b) node.lost.erase(b);
    if (disk_->random.chance(faults_->write_back)) {
      node.write_back(node.block * disk_->random.below(node.blocks()), node.block);
    }
    return count;
  }

  Result<std::size_t> write_pieces(const File& file, std::uint64_t offset,
                                   std::span<const std::span<const std::byte>> pieces) const {
    std::vector<std::byte> all;
    for (const std::span<const std::byte> piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
    return write(file, offset, all);
  }

  Result<std::uint64_t> size(const File& file) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::find, "look at", {})) return *failure;
    return std::uint64_t{file.node_->seen.size()};
  }

  Result<void> resize(const File& file, std::uint64_t size) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::resize, "resize", {})) return *failure;
    if (auto failure = grow(*file.node_, static_cast<std::size_t>(size))) return *failure;
    (void)file.node_->seen.resize(static_cast<std::size_t>(size));
    return {};
  }

  Result<void> sync(const File& file) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::sync, "sync", {})) {
      if (!disk_->stopped) file.node_->fail_sync(disk_->random);
      return *failure;
    }
    file.node_->sync();
    return {};
  }

  Result<void> sync_directory(const std::string& path) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::sync_directory, "sync directory", path)) return *failure;
    const std::shared_ptr<detail::SimNode> node = disk_->node(disk_->place(path));
    if (!node || !node->is_directory) return missing("sync directory", path);
    node->durable_names = node->names;
    node->unsynced.clear();
    return {};
  }

  Result<void> sync_all(const std::string& path) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::sync_all, "sync the file system of", path)) return *failure;
    const auto walk = [&](const auto& self, detail::SimNode& node) -> void {
      if (!node.is_directory) {
        node.sync();
        return;
      }
      node.durable_names = node.names;
      node.unsynced.clear();
      for (const auto& [name, child] : node.names) self(self, *child);
    };
    walk(walk, *disk_->root);
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::rename, "rename", from)) return *failure;
    const auto old_place = disk_->place(from);
    const auto new_place = disk_->place(to);
    const std::shared_ptr<detail::SimNode> node = disk_->node(old_place);
    if (!node || !new_place.directory) return missing("rename", from);
    new_place.directory->change_name(new_place.name, node);
    old_place.directory->change_name(old_place.name, nullptr);
    return {};
  }

  Result<void> link(const std::string& from, const std::string& to) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::link, "link", to)) return *failure;
    const std::shared_ptr<detail::SimNode> node = disk_->node(disk_->place(from));
    const auto place = disk_->place(to);
    if (!node || !place.directory) return missing("link", from);
    if (disk_->node(place)) return taken("link", to);
    place.directory->change_name(place.name, node);
    return {};
  }

  Result<void> remove(const std::string& path) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::remove, "remove", path)) return *failure;
    const auto place = disk_->place(path);
    const std::shared_ptr<detail::SimNode> node = disk_->node(place);
    if (!node) return missing("remove", path);
    if (node->is_directory) return Error{ErrorCode::io, "cannot remove '" + path + "': it is a directory"};
    place.directory->change_name(place.name, nullptr);
    return {};
  }

  Result<void> make_directory(const std::string& path) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::make_directory, "make directory", path)) return *failure;
    const auto place = disk_->place(path);
    if (!place.directory) return missing("make directory", path);
    if (const std::shared_ptr<detail::SimNode> node = disk_->node(place)) {
      if (!node->is_directory) return taken("make directory", path);
      return {};
    }
    place.directory->change_name(place.name, disk_->make_node(true));
    return {};
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::list, "list", path)) return *failure;
    const std::shared_ptr<detail::SimNode> node = disk_->node(disk_->place(path));
    if (!node || !node->is_directory) return missing("list", path);
    std::vector<DirectoryEntry> entries;
    for (const auto& [name, child] : node->names) entries.push_back({name, child->is_directory});
    return entries;
  }

  Result<std::optional<FileId>> find(const std::string& path) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::find, "look at", path)) return *failure;
    const std::shared_ptr<detail::SimNode> node = disk_->node(disk_->place(path));
    return node ? std::optional{FileId{0, node->id}} : std::nullopt;
  }

  Result<FileId> id(const File& file) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::find, "look at", {})) return *failure;
    return FileId{0, file.node_->id};
  }

  Result<void> lock(const File& file, std::uint64_t at, FileLock kind) const {
    std::unique_lock guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::lock, "lock", {})) return *failure;
    disk_->unlocked.wait(guard, [&] { return disk_->stopped || take_lock(file, at, kind); });
    if (disk_->stopped) return stopped_error();
    return {};
  }

  Result<bool> try_lock(const File& file, std::uint64_t at, FileLock kind) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::lock, "lock", {})) return *failure;
    return take_lock(file, at, kind);
  }

  Result<void> unlock(const File& file, std::uint64_t at) const {
    const std::lock_guard guard{disk_->mutex};
    detail::SimNode::Lock& lock = file.node_->locks[at];
    if (lock.exclusive == file.open_) lock.exclusive = 0;
    lock.shared.erase(file.open_);
    disk_->unlocked.notify_all();
    return {};
  }

  Result<Mapping> map(const File& file, std::size_t length, bool) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::open, "map", {})) return *failure;
    if (!file.node_->seen.reserve(length)) return Error{ErrorCode::io, "cannot map more of a file that is mapped"};
    file.node_->seen.pin();
    Mapping mapping;
    mapping.node_ = file.node_;
    mapping.size_ = length;
    return mapping;
  }

  /// Counts as a write. Memory is then stored to without more calls, so that a crash is before all of it or behind.
  Result<void> storing(const Mapping& mapping, std::uint64_t offset, std::uint64_t count) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::write, "store to the memory of", {})) return *failure;
    detail::SimNode& node = *mapping.node_;
    for (std::size_t b = static_cast<std::size_t>(offset) / node.block; b * node.block < offset + count; ++b) {
      node.lost.erase(b);
    }
    if (disk_->random.chance(faults_->write_back)) {
      node.write_back(node.block * disk_->random.below(node.blocks()), node.block);
    }
    return {};
  }

  Result<void> allocate(const File& file, std::uint64_t size) const {
    const std::lock_guard guard{disk_->mutex};
    if (auto failure = enter(FileCallKind::resize, "allocate", {})) return *failure;
    if (auto failure = grow(*file.node_, static_cast<std::size_t>(size))) return *failure;
    return {};
  }

  /// Changes with a power loss, not with a kill.
  std::uint64_t boot() const {
    const std::lock_guard guard{disk_->mutex};
    return disk_->boot;
  }

  bool keeps_room(const File& /*file*/) const noexcept { return !faults_->copy_on_write; }
  std::optional<std::string> network(const std::string& /*path*/) const {
    return faults_->network.empty() ? std::nullopt : std::optional{faults_->network};
  }
  std::chrono::nanoseconds steady_time() const { return faults_->time ? faults_->time() : std::chrono::nanoseconds{0}; }
  std::uint64_t random() const {
    const std::lock_guard guard{disk_->mutex};
    return disk_->random();
  }

 private:
  FaultyFiles(std::shared_ptr<detail::SimDisk> disk, Faults faults)
      : disk_{std::move(disk)}, faults_{std::make_shared<const Faults>(std::move(faults))} {
    disk_->random = detail::SimRandom{faults_->seed};
  }

  static Error stopped_error() { return Error{ErrorCode::io, "the simulated machine has stopped"}; }
  static Error missing(const char* action, const std::string& path) { return system_error(ENOENT, action, path); }
  static Error taken(const char* action, const std::string& path) { return system_error(EEXIST, action, path); }

  /// Counts a call, and says whether it fails. Requires the disk's mutex.
  std::optional<Error> enter(FileCallKind kind, const char* action, const std::string& path) const {
    if (disk_->stopped) return stopped_error();
    const FileCall call{disk_->operations++, kind};
    if (call.number == faults_->crash_at) {
      disk_->stopped = true;
      disk_->unlocked.notify_all();
      return stopped_error();
    }
    if (!faults_->fail) return std::nullopt;
    const std::optional<ErrorCode> answer = faults_->fail(call);
    if (!answer) return std::nullopt;
    return Error{*answer, std::string{"cannot "} + action + " '" + path + "': a simulated fault"};
  }

  std::size_t shortened(std::size_t count) const {
    if (count < 2 || !disk_->random.chance(faults_->short_io)) return count;
    return static_cast<std::size_t>(1 + disk_->random.below(count - 1));
  }

  std::optional<Error> grow(detail::SimNode& node, std::size_t size) const {
    if (size <= node.seen.size()) return std::nullopt;
    if (faults_->capacity != Faults::never && disk_->used() + (size - node.seen.size()) > faults_->capacity) {
      return Error{ErrorCode::no_space, "cannot write: no space left on the simulated device"};
    }
    if (!node.seen.resize(size)) return Error{ErrorCode::io, "cannot write past the end of a mapped file"};
    return std::nullopt;
  }

  static bool take_lock(const File& file, std::uint64_t at, FileLock kind) {
    detail::SimNode::Lock& lock = file.node_->locks[at];
    const bool others_share = lock.shared.size() > lock.shared.count(file.open_);
    if (lock.exclusive != 0 && lock.exclusive != file.open_) return false;
    if (kind == FileLock::exclusive && others_share) return false;
    lock.exclusive = kind == FileLock::exclusive ? file.open_ : 0;
    if (kind == FileLock::shared) {
      lock.shared.insert(file.open_);
    } else {
      lock.shared.erase(file.open_);
    }
    return true;
  }

  std::shared_ptr<detail::SimDisk> disk_;
  std::shared_ptr<const Faults> faults_;
};

static_assert(file_system<FaultyFiles>);

}  // namespace ashlar::inline v0
