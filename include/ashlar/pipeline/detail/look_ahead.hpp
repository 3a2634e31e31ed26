// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ashlar/pipeline/detail/fixed_row.hpp>
#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/detail/uring.hpp>

namespace ashlar::inline v0::detail {

/// Has the system read files whose turn comes later.
///
/// Whether that pays is measured, not assumed: a file is opened ahead of time and asked for a byte without waiting
/// (`RWF_NOWAIT`). If it is in the page cache nothing needs to be done, and after a run of such files only one in
/// sixteen is looked at. If it is not, the beginnings of this file and the next ones are asked for. Of every few the
/// arrival is looked at twice: when half of them are not there as their turn comes the window doubles, when for a while
/// all are there after half of the window it halves. So the window follows the time a read takes, in files worked on
/// meanwhile. It never gets small: a file that comes too early only lies in the page cache, for which 128 MiB is the
/// bound, while one that comes too late holds a worker up.
/// Opening itself can wait for the disk or a network. Where it is seen to, io_uring opens the files, if the kernel has
/// it; elsewhere a plain call is cheaper.
///
/// Threads: `add` and `take` are for the one who pulls from the source. `advance`, which makes the system calls, is
/// for any number at once, so that nobody waits for the source meanwhile.
class Prefetcher {
 public:
  static constexpr std::size_t automatic = ~std::size_t{0};
  static constexpr std::size_t most = 256;
  static constexpr std::size_t least = 32;
  static constexpr std::size_t at_first = 64;
  static constexpr Ticks slow_open = 40'000;

  /// `window`: files read ahead, at most `most`; 0: none. Opening takes long above `slow` nanoseconds.
  explicit Prefetcher(std::size_t window = automatic, Ticks slow = slow_open) noexcept
      : fixed_{window != automatic},
        window_{!fixed_         ? at_first
                : window < most ? window
                                : most},
        slow_{slow} {}
  Prefetcher(const Prefetcher& other) noexcept : fixed_{other.fixed_}, window_{other.window_}, slow_{other.slow_} {}
  Prefetcher& operator=(const Prefetcher& other) noexcept {
    clear();
    fixed_ = other.fixed_;
    window_ = other.window_;
    slow_ = other.slow_;
    return *this;
  }
  ~Prefetcher() { clear(); }

  /// For who pulls.
  std::size_t window() const noexcept { return window_; }
  /// Whether opening was seen to take long, and the kernel has somebody else do it.
  bool opens_elsewhere() const noexcept {
    const std::lock_guard lock{mutex_};
    return ring_.usable();
  }

  /// The file behind the ones added so far; no more than `most` before they are taken. Without memory it is not read
  /// ahead.
  void add(const char* path) noexcept {
    if (window_ == 0) return;
    const std::lock_guard lock{mutex_};
    try {
      if (files_.size() == 0) files_ = FixedRow<File>{most};
    } catch (...) {
      return;
    }
    try {
      if (fixed_ || warm_ < 16 || (++skipped_ & 15) == 0) at(end_).path = path;
    } catch (...) {
      // The path stays empty, as of a file that need not be asked for.
    }
    ++end_;
  }
  /// The turn of the oldest file has come.
  void take() noexcept {
    const std::lock_guard lock{mutex_};
    if (begin_ == end_) return;
    File& file = at(begin_);
    if (file.fd >= 0) adapt(file);
    shut(file);
    ++begin_;
    ++taken_;
  }
  /// Asks for the next two files for each taken since the last call, and for two at least, if there are so many: two,
  /// so that the window fills while files are taken.
  void advance() noexcept {
    if (opens_elsewhere()) collect();
    for (std::uint64_t left = 2 * taken(); left != 0; --left) {
      Asked asked;
      if (!choose(asked)) return;
      if (asked.path.empty()) continue;
      const Ticks begin = ticks();
      const int fd = ::open(asked.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      asked.open_time = ticks() - begin;
      if (fd >= 0) ask_for(asked, fd);  // of those that fail, whoever reads the file will say why
    }
  }
  [[gnu::cold]] void clear() noexcept {
    const std::lock_guard lock{mutex_};
    while (begin_ != end_) shut(at(begin_++));
    while (ring_.under_way() != 0) {
      ring_.wait();
      ring_.reap([](std::uint64_t, int fd) {
        if (fd >= 0) ::close(fd);
      });
    }
    ring_.shut();
    next_ = end_;
    taken_ = 0;
    warm_ = 0;
  }

 private:
  struct File {
    std::string path;       ///< until it is asked for
    int fd = -1;            ///< of the few whose arrival is looked at
    std::int64_t size = 0;  ///< what was asked for
  };
  struct Asked {
    std::uint64_t number = 0;
    std::string path;
    bool look = true;  ///< whether it is in the cache already
    Ticks open_time = -1;
  };
  static constexpr std::int64_t most_of_one = std::int64_t{4} << 20;
  static constexpr std::uint64_t most_of_all = std::uint64_t{128} << 20;
  static constexpr std::uint64_t watched = 8;  ///< one in so many files is looked at

  File& at(std::uint64_t number) noexcept { return files_[number % most]; }

  /// Files taken since the last call, or one.
  std::uint64_t taken() noexcept {
    const std::lock_guard lock{mutex_};
    const std::uint64_t n = std::exchange(taken_, 0);
    return n != 0 ? n : 1;
  }

  /// The next file to ask for; with an empty path if that has been begun, or is not needed.
  bool choose(Asked& asked) noexcept {
    const std::lock_guard lock{mutex_};
    if (next_ < begin_) next_ = begin_;
    if (next_ == end_ || bytes_ > most_of_all) return false;
    asked.number = next_++;
    asked.path.swap(at(asked.number).path);
    asked.look = !fixed_ && unlooked_ == 0;
    if (asked.path.empty()) return true;
    if (unlooked_ != 0) --unlooked_;
    if (open_time_ > slow_ && (++opened_ & 63) != 0 && has_ring() &&
        ring_.open_file(asked.number, asked.path.c_str())) {
      asked.path.clear();
    }
    return true;
  }
  void ask_for(const Asked& asked, int fd) noexcept {
    const bool here = asked.look && is_cached(fd, 0);
    struct stat status{};
    std::int64_t size = -1;
    if (!here && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
      size = status.st_size < most_of_one ? status.st_size : most_of_one;
      constexpr std::int64_t piece = 512 << 10;  // one call reads no more than the device's largest request
      for (std::int64_t from = 0; from < size; from += piece) ::posix_fadvise(fd, from, piece, POSIX_FADV_WILLNEED);
    }
    {
      const std::lock_guard lock{mutex_};
      if (asked.open_time >= 0) open_time_ += (asked.open_time - open_time_) / 8;
      if (here) ++warm_;
      if (size >= 0) {
        warm_ = 0;
        if (asked.look) unlooked_ = 7;
        if (asked.number >= begin_) {
          File& file = at(asked.number);
          file.size = size;
          bytes_ += static_cast<std::uint64_t>(size);
          if (!fixed_ && asked.number % watched == 0) file.fd = std::exchange(fd, -1);
        }
      }
    }
    if (fd >= 0) ::close(fd);
  }
  /// What the kernel has opened.
  void collect() noexcept {
    std::array<std::pair<std::uint64_t, int>, most> opened;
    std::size_t n = 0;
    {
      const std::lock_guard lock{mutex_};
      ring_.reap([&](std::uint64_t number, int fd) {
        if (fd == -EINVAL || fd == -EPERM || fd == -ENOSYS) ring_refused_ = true;
        if (fd >= 0) opened[n++] = {number, fd};
      });
    }
    for (std::size_t i = 0; i < n; ++i) {
      Asked asked;
      asked.number = opened[i].first;
      ask_for(asked, opened[i].second);
    }
  }

  /// Judges the window by rounds of a few watched files: a file or two may come late by chance.
  void adapt(const File& file) noexcept {
    if (begin_ < changed_) return;
    const std::uint64_t half = begin_ + window_ / 2 / watched * watched;
    if (!has_come(file)) {
      ++late_;
    } else if (half < end_ && at(half).fd >= 0 && has_come(at(half))) {
      ++early_;
    }
    if (++looked_ < 8) return;
    if (late_ >= 4) {
      calm_ = 0;
      if (window_ < most) {
        window_ *= 2;
        changed_ = end_;  // the files behind this one are the first to gain from it
      }
    } else {
      calm_ = early_ == looked_ ? calm_ + 1 : 0;
      if (calm_ == 4 && window_ > least) {
        window_ /= 2;
        calm_ = 0;
      }
    }
    looked_ = late_ = early_ = 0;
  }
  static bool has_come(const File& file) noexcept { return file.size == 0 || is_cached(file.fd, file.size - 1); }
  static bool is_cached(int fd, std::int64_t at) noexcept {
    char byte = 0;
    iovec where{&byte, 1};
    return ::preadv2(fd, &where, 1, at, RWF_NOWAIT) >= 0 || (errno != EAGAIN && errno != EOPNOTSUPP);
  }
  void shut(File& file) noexcept {
    if (file.fd >= 0) ::close(file.fd);
    bytes_ -= static_cast<std::uint64_t>(file.size);
    file.fd = -1;
    file.size = 0;
    file.path.clear();
  }
  [[gnu::cold]] bool has_ring() noexcept {
    if (!ring_.usable() && !ring_refused_) ring_refused_ = !ring_.open(most);
    return !ring_refused_;
  }

  bool fixed_;
  std::size_t window_;  ///< of who pulls
  Ticks slow_;
  mutable std::mutex mutex_;  ///< all of the following
  FixedRow<File> files_;
  std::uint64_t begin_ = 0;  ///< begin_ <= next_ <= end_ but for files taken before they were asked for
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t taken_ = 0;  ///< since the last `advance`
  std::uint64_t changed_ = 0;
  std::uint64_t bytes_ = 0;  ///< asked for and not yet taken
  unsigned looked_ = 0;      ///< watched files in this round, of them late, and early
  unsigned late_ = 0;
  unsigned early_ = 0;
  unsigned calm_ = 0;  ///< rounds in which all were early
  unsigned warm_ = 0;  ///< files found in the cache, one after the other
  unsigned skipped_ = 0;
  unsigned unlooked_ = 0;  ///< files to ask for without a look, because the last one was not in the cache
  unsigned opened_ = 0;
  Ticks open_time_ = 0;
  Uring ring_;
  bool ring_refused_ = false;
};

/// Hands paths out in order, while the system is already reading the files behind the next ones.
template <class Path>
class LookAhead {
 public:
  explicit LookAhead(std::size_t window = Prefetcher::automatic) noexcept : files_{window} {}
  LookAhead(const LookAhead& other) noexcept : files_{other.files_} {}
  LookAhead& operator=(const LookAhead& other) noexcept {
    files_ = other.files_;
    restart();
    return *this;
  }

  void restart() noexcept {
    files_.clear();
    begin_ = end_ = 0;
    exhausted_ = false;
    late_ = nullptr;
  }

  /// The next path by way of `next(Path&)`, which returns false at the end. What `next` throws comes behind the paths
  /// it gave before.
  template <class Next>
  bool pull(Next&& next, Path& out) {
    if (files_.window() == 0) return next(out);
    if (paths_.size() == 0) paths_ = FixedRow<Path>{Prefetcher::most};
    for (; !exhausted_ && end_ - begin_ < files_.window(); ++end_) {
      Path& path = paths_[end_ % Prefetcher::most];
      try {
        exhausted_ = !next(path);
      } catch (...) {
        exhausted_ = true;
        late_ = std::current_exception();
      }
      if (exhausted_) break;
      files_.add(path.c_str());
    }
    if (begin_ == end_) {
      if (late_) std::rethrow_exception(std::exchange(late_, nullptr));
      return false;
    }
    out = std::move(paths_[begin_++ % Prefetcher::most]);
    files_.take();
    return true;
  }
  /// After a pull, by any number of threads.
  void advance() noexcept { files_.advance(); }

 private:
  Prefetcher files_;
  FixedRow<Path> paths_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  bool exhausted_ = false;
  std::exception_ptr late_;  ///< ended the paths
};

}  // namespace ashlar::inline v0::detail
