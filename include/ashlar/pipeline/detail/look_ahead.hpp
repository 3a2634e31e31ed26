// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace ashlar::inline v0::detail {

/// Hands paths out in order, while the system is already reading the files behind the next ones.
///
/// Whether that pays is measured, not assumed: a file is opened ahead of time and asked for a byte without waiting
/// (`RWF_NOWAIT`). If it is in the page cache nothing needs to be done, and after a run of such files only one in
/// sixteen is looked at. If it is not, the whole file is asked for; and when it still has not come by the time its
/// turn is there, the window doubles, up to 128.
template <class Path>
class LookAhead {
 public:
  static constexpr std::size_t automatic = ~std::size_t{0};

  explicit LookAhead(std::size_t window = automatic) noexcept
      : fixed_{window != automatic}, window_{fixed_ ? window : 32} {}
  LookAhead(const LookAhead& other) noexcept : fixed_{other.fixed_}, window_{other.window_} {}
  LookAhead(LookAhead&& other) noexcept : fixed_{other.fixed_}, window_{other.window_} {}
  LookAhead& operator=(LookAhead other) noexcept {
    std::swap(fixed_, other.fixed_);
    std::swap(window_, other.window_);
    return *this;
  }
  ~LookAhead() { clear(); }

  void clear() noexcept {
    for (Ahead& file : ahead_) shut(file);
    ahead_.clear();
    warm_ = 0;
  }
  std::size_t window() const noexcept { return window_; }

  /// The next path by way of `next(Path&)`, which returns false at the end.
  template <class Next>
  bool pull(Next&& next, Path& out) {
    while (!exhausted_ && ahead_.size() < std::max<std::size_t>(1, window_)) {
      Path path;
      if (!next(path)) {
        exhausted_ = true;
        break;
      }
      ahead_.push_back({std::move(path), -1, 0});
      if (window_ != 0) ask_for(ahead_.back());
    }
    if (ahead_.empty()) return false;
    Ahead& first = ahead_.front();
    if (first.fd >= 0) {
      if (!fixed_ && window_ < 128 && first.size > 0 && !is_cached(first.fd, first.size - 1)) window_ *= 2;
      shut(first);
    }
    out = std::move(first.path);
    ahead_.pop_front();
    return true;
  }
  void restart() noexcept {
    clear();
    exhausted_ = false;
  }

 private:
  struct Ahead {
    Path path;
    int fd;
    std::int64_t size;
  };

  void ask_for(Ahead& file) noexcept {
    if (!fixed_ && warm_ >= 16 && (++skipped_ & 15) != 0) return;
    const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return;  // whoever reads the file will say why
    if (is_cached(fd, 0)) {
      ++warm_;
      ::close(fd);
      return;
    }
    warm_ = 0;
    struct stat status{};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ::posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED) == 0) {
      file.fd = fd;
      file.size = status.st_size;
    } else {
      ::close(fd);
    }
  }
  static bool is_cached(int fd, std::int64_t at) noexcept {
    char byte = 0;
    iovec where{&byte, 1};
    return ::preadv2(fd, &where, 1, at, RWF_NOWAIT) >= 0 || (errno != EAGAIN && errno != EOPNOTSUPP);
  }
  static void shut(Ahead& file) noexcept {
    if (file.fd >= 0) ::close(file.fd);
    file.fd = -1;
  }

  bool fixed_;
  std::size_t window_;
  std::deque<Ahead> ahead_;
  bool exhausted_ = false;
  unsigned warm_ = 0;
  unsigned skipped_ = 0;
};

}  // namespace ashlar::inline v0::detail
