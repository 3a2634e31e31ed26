// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/siphash.hpp>
#include <ashlar/store/files.hpp>

namespace ashlar::inline v0::detail {

/// A process's place for files under construction: `<directory>/tmp/<owner>.<number>`.
///
/// The owner holds a kernel lock on `<owner>.lock` for its life, so a lock that can be had says that the owner is
/// dead, whatever its process number or the age of its files, and its leftovers go. A child of `fork` that uses an
/// inherited workspace becomes an owner of its own.
template <file_system Files>
class Workspace {
 public:
  Workspace(Files files, std::string directory) : files_{std::move(files)}, directory_{std::move(directory)} {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (process_.load(std::memory_order_relaxed) == ::getpid()) (void)files_.remove(path(owner_, ".lock"));
  }

  /// Becomes an owner, and removes what dead owners left. Once, before the other members.
  Result<void> open() {
    if (Result<void> made = files_.make_directory(directory_); !made) return made;
    if (Result<void> taken = take_ownership(); !taken) return taken;
    clean();
    return {};
  }

  /// A path that nobody else uses. Threads: may be called concurrently.
  Result<std::string> new_path() {
    // After a fork the child's first call gets here; its parent's name and lock must not be used by both.
    if (process_.load(std::memory_order_acquire) != ::getpid()) {
      const std::lock_guard guard{mutex_};
      if (process_.load(std::memory_order_relaxed) != ::getpid()) {
        if (Result<void> taken = take_ownership(); !taken) return taken.error();
      }
    }
    return path(owner_, "." + std::to_string(next_.fetch_add(1, std::memory_order_relaxed)));
  }

  /// Writes a file of that content under a new path, synced when asked. On failure nothing is left behind.
  Result<std::string> write(std::span<const std::byte> content, bool synced) {
    Result<std::string> at = new_path();
    if (!at) return at;
    Result<void> done = [&]() -> Result<void> {
      const Result<typename Files::File> file = files_.open(*at, FileAccess::create_new);
      if (!file) return file.error();
      if (Result<void> put = write_fully(files_, *file, 0, content); !put) return put;
      return synced ? files_.sync(*file) : Result<void>{};
    }();
    if (done) return at;
    (void)files_.remove(*at);
    return done.error();
  }

  /// A number that no other write of any process has: random bits of the owner with a count.
  std::uint64_t new_revision() {
    return salt_ + 0x9E3779B97F4A7C15U * next_revision_.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  std::string path(const std::string& owner, std::string_view suffix) const {
    std::string text;
    text.reserve(directory_.size() + 1 + owner.size() + suffix.size());
    return text.append(directory_).append("/").append(owner).append(suffix);
  }

  Result<void> take_ownership() {
    while (true) {
      std::string owner = hex(files_.random());
      const std::string at = path(owner, ".lock");
      Result<typename Files::File> file = files_.open(at, FileAccess::create_new);
      if (!file) {
        if (file.error().code() == ErrorCode::already_exists) continue;
        return file.error();
      }
      if (Result<void> locked = files_.lock(*file, 0, FileLock::exclusive); !locked) return locked;
      // Somebody may have taken the file for a dead owner's before it was locked; then it has no name any more.
      const Result<std::optional<FileId>> named = files_.find(at);
      if (!named) return named.error();
      const Result<FileId> held = files_.id(*file);
      if (!held) return held.error();
      if (!*named || **named != *held) continue;
      lock_ = std::move(*file);
      owner_ = std::move(owner);
      salt_ = files_.random();
      process_.store(::getpid(), std::memory_order_release);
      return {};
    }
  }

  /// Best effort: a leftover that cannot be removed costs space, not truth.
  void clean() {
    const Result<std::vector<DirectoryEntry>> entries = files_.list(directory_);
    if (!entries) return;
    std::vector<std::string> owners;
    for (const DirectoryEntry& entry : *entries) {
      const std::string owner = entry.name.substr(0, entry.name.find('.'));
      if (owner != owner_ && (owners.empty() || owners.back() != owner)) owners.push_back(owner);
    }
    for (const std::string& owner : owners) {
      typename Files::File lock;
      Result<typename Files::File> opened = files_.open(path(owner, ".lock"), FileAccess::read_write);
      if (opened) {
        const Result<bool> dead = files_.try_lock(*opened, 0, FileLock::exclusive);
        if (!dead || !*dead) continue;
        lock = std::move(*opened);
      } else if (opened.error().code() != ErrorCode::not_found) {
        continue;
      }
      // The lock file goes last: while it is there, a cleaner that dies here leaves work for the next one.
      for (const DirectoryEntry& entry : *entries) {
        if (entry.name.starts_with(owner + ".") && entry.name != owner + ".lock") {
          (void)files_.remove(directory_ + "/" + entry.name);
        }
      }
      (void)files_.remove(path(owner, ".lock"));
    }
  }

  Files files_;
  std::string directory_;
  std::mutex mutex_;
  std::atomic<pid_t> process_{0};
  std::string owner_;
  typename Files::File lock_;
  std::uint64_t salt_ = 0;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> next_revision_{0};
};

/// Locks of single keys between threads and processes: one byte of a lock file, and a mutex in front of it because
/// threads of one process share the file. Both end with the process. Nobody waits for a dead owner.
template <file_system Files>
class KeyLocks {
 public:
  class Guard {
   public:
    Guard(Guard&& other) noexcept
        : locks_{std::exchange(other.locks_, nullptr)}, byte_{other.byte_}, held_{std::move(other.held_)} {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (locks_ != nullptr) (void)locks_->files_.unlock(locks_->file_, byte_);
    }

   private:
    friend KeyLocks;
    Guard(const KeyLocks* locks, std::uint64_t byte, std::unique_lock<std::mutex> held)
        : locks_{locks}, byte_{byte}, held_{std::move(held)} {}

    const KeyLocks* locks_;
    std::uint64_t byte_;
    std::unique_lock<std::mutex> held_;
  };

  KeyLocks(Files files, std::string path) : files_{std::move(files)}, path_{std::move(path)} {}

  /// Waits for the lock of the key with that hash.
  Result<Guard> take(const KeyHash& hash, FileLock kind) {
    if (Result<void> ready = open(); !ready) return ready.error();
    const std::uint64_t byte = hash.second & 0xFFFFF;
    std::unique_lock held{stripes_[byte % stripes_.size()]};
    if (Result<void> locked = files_.lock(file_, byte, kind); !locked) return locked.error();
    return Guard{this, byte, std::move(held)};
  }

 private:
  /// A forked child shares its parent's open file, and with it its locks, until it opens the file anew.
  Result<void> open() {
    if (process_.load(std::memory_order_acquire) == ::getpid()) return {};
    const std::lock_guard guard{mutex_};
    if (process_.load(std::memory_order_relaxed) == ::getpid()) return {};
    Result<typename Files::File> file = files_.open(path_, FileAccess::create);
    if (!file) return file.error();
    file_ = std::move(*file);
    process_.store(::getpid(), std::memory_order_release);
    return {};
  }

  Files files_;
  std::string path_;
  std::mutex mutex_;
  std::atomic<pid_t> process_{0};
  typename Files::File file_;
  std::array<std::mutex, 64> stripes_;
};

}  // namespace ashlar::inline v0::detail
