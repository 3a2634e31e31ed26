// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/detail/uring.hpp>

namespace ashlar::inline v0::detail {

/// Has the system read files whose turn comes later.
///
/// Whether that pays is measured, not assumed: a file is opened ahead of time and asked for a byte without waiting
/// (`RWF_NOWAIT`). If it is in the page cache nothing needs to be done, and after a run of such files only one in
/// sixteen is looked at. If it is not, its beginning is asked for, and what has come is looked at twice: a file that is
/// not there when its turn comes doubles the window, files that are always there when half of the window has passed
/// halve it. So the window follows the time a read takes, in files worked on meanwhile.
/// Opening itself can wait for the disk or a network. Where it is seen to, io_uring opens the files, if the kernel has
/// it; elsewhere a plain call is cheaper.
class Prefetcher {
 public:
  static constexpr std::size_t automatic = ~std::size_t{0};
  static constexpr std::size_t most = 256;
  static constexpr std::size_t least = 8;

  /// `window`: files read ahead, at most `most`; 0: none.
  explicit Prefetcher(std::size_t window = automatic) noexcept
      : fixed_{window != automatic},
        window_{!fixed_         ? 32
                : window < most ? window
                                : most} {}
  Prefetcher(const Prefetcher& other) noexcept : fixed_{other.fixed_}, window_{other.window_} {}
  Prefetcher& operator=(const Prefetcher& other) noexcept {
    clear();
    fixed_ = other.fixed_;
    window_ = other.window_;
    return *this;
  }
  ~Prefetcher() { clear(); }

  std::size_t window() const noexcept { return window_; }

  /// The file behind the ones announced so far; no more than `most` at a time.
  [[gnu::cold]] void announce(const char* path) noexcept {
    if (window_ == 0) return;
    if (files_ == nullptr && !(files_ = std::unique_ptr<File[]>{new (std::nothrow) File[most]})) return;
    const std::uint64_t number = end_++;
    if (!fixed_ && warm_ >= 16 && (++skipped_ & 15) != 0) return;
    if (bytes_ > (std::uint64_t{128} << 20)) return;
    if (open_time_ > slow_open && (++opened_ & 63) != 0 && has_ring() && ring_->open_file(number, path)) return;
    const Ticks begin = ticks();
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    open_time_ += (ticks() - begin - open_time_) / 8;
    if (fd >= 0) ask_for(at(number), fd);  // of those that fail, whoever reads the file will say why
  }
  /// The turn of the oldest file has come.
  void take() noexcept {
    if (begin_ == end_) return;
    if (ring_ != nullptr) reap();
    File& file = at(begin_);
    if (file.fd >= 0) {
      if (!fixed_) adapt(file);
      shut(file);
    }
    ++begin_;
  }
  [[gnu::cold]] void clear() noexcept {
    while (begin_ != end_) shut(at(begin_++));
    while (ring_ != nullptr && ring_->under_way() != 0) {
      ring_->wait();
      reap();
    }
    ring_ = nullptr;
    warm_ = 0;
  }

 private:
  struct File {
    int fd = -1;
    std::int64_t size = 0;  ///< what was asked for
  };
  static constexpr Ticks slow_open = 40'000;
  static constexpr std::uint64_t no_file = ~std::uint64_t{0};
  static constexpr std::int64_t most_of_one = std::int64_t{4} << 20;

  File& at(std::uint64_t number) noexcept { return files_[number % most]; }

  [[gnu::cold]] void ask_for(File& file, int fd) noexcept {
    if (is_cached(fd, 0)) {
      ++warm_;
      ::close(fd);
      return;
    }
    warm_ = 0;
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(fd);
      return;
    }
    const std::int64_t size = status.st_size < most_of_one ? status.st_size : most_of_one;
    // One call reads no more than the device's largest request. It takes as long as it takes to find memory for what is
    // read, and the others wait meanwhile for the source: better if the kernel's own threads make it.
    constexpr std::int64_t piece = 512 << 10;
    const bool ring = has_ring();
    for (std::int64_t from = 0; from < size; from += piece) {
      if (ring && ring_->will_need(no_file, fd, static_cast<std::uint64_t>(from), piece)) continue;
      ::posix_fadvise(fd, from, piece, POSIX_FADV_WILLNEED);
    }
    file.fd = fd;
    file.size = size;
    bytes_ += static_cast<std::uint64_t>(size);
  }
  void adapt(const File& file) noexcept {
    if (!has_come(file)) {
      early_ = 0;
      if (window_ < most && begin_ >= grown_) {
        window_ *= 2;
        grown_ = end_;  // the files behind this one are the first to gain from it
      }
      return;
    }
    const std::uint64_t half = begin_ + window_ / 2;
    early_ = half < end_ && at(half).fd >= 0 && has_come(at(half)) ? early_ + 1 : 0;
    if (early_ > 4 * window_ && window_ > least) {
      window_ /= 2;
      early_ = 0;
    }
  }
  static bool has_come(const File& file) noexcept { return file.size == 0 || is_cached(file.fd, file.size - 1); }
  static bool is_cached(int fd, std::int64_t at) noexcept {
    char byte = 0;
    iovec where{&byte, 1};
    return ::preadv2(fd, &where, 1, at, RWF_NOWAIT) >= 0 || (errno != EAGAIN && errno != EOPNOTSUPP);
  }
  void shut(File& file) noexcept {
    if (file.fd < 0) return;
    ::close(file.fd);
    bytes_ -= static_cast<std::uint64_t>(file.size);
    file = {};
  }

  [[gnu::cold]] bool has_ring() noexcept {
    if (ring_ == nullptr && !ring_refused_) {
      ring_.reset(new (std::nothrow) Uring{most});
      if (ring_ != nullptr && !ring_->usable()) ring_ = nullptr;
      ring_refused_ = ring_ == nullptr;
    }
    return !ring_refused_;
  }
  [[gnu::cold]] void reap() noexcept {
    ring_->reap([this](std::uint64_t number, int fd) {
      if (number == no_file) return;
      if (fd == -EINVAL || fd == -EPERM || fd == -ENOSYS) ring_refused_ = true;
      if (fd < 0) return;
      if (number < begin_) {
        ::close(fd);  // too late
      } else {
        ask_for(at(number), fd);
      }
    });
  }

  bool fixed_;
  std::size_t window_;
  std::unique_ptr<File[]> files_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t grown_ = 0;
  std::uint64_t bytes_ = 0;  ///< asked for and not yet taken
  std::size_t early_ = 0;
  unsigned warm_ = 0;
  unsigned skipped_ = 0;
  unsigned opened_ = 0;
  Ticks open_time_ = 0;
  std::unique_ptr<Uring> ring_;
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
  }

  /// The next path by way of `next(Path&)`, which returns false at the end.
  template <class Next>
  bool pull(Next&& next, Path& out) {
    if (files_.window() == 0) return next(out);
    if (paths_ == nullptr) paths_ = std::make_unique<Path[]>(Prefetcher::most);
    for (; !exhausted_ && end_ - begin_ < files_.window(); ++end_) {
      Path& path = paths_[end_ % Prefetcher::most];
      if (!next(path)) {
        exhausted_ = true;
        break;
      }
      files_.announce(path.c_str());
    }
    if (begin_ == end_) return false;
    out = std::move(paths_[begin_++ % Prefetcher::most]);
    files_.take();
    return true;
  }

 private:
  Prefetcher files_;
  std::unique_ptr<Path[]> paths_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  bool exhausted_ = false;
};

}  // namespace ashlar::inline v0::detail
