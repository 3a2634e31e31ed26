// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace ashlar::inline v0::detail {

/// Work that may outlive what it works on enters here first, and does nothing once the gate is closed.
class Gate {
 public:
  bool enter() {
    const std::lock_guard lock{mutex_};
    if (closed_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    {
      const std::lock_guard lock{mutex_};
      --inside_;
    }
    left_.notify_all();
  }
  /// Lets nobody in any more; returns when nobody is inside.
  void close() {
    std::unique_lock lock{mutex_};
    closed_ = true;
    left_.wait(lock, [&] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t inside_ = 0;
  bool closed_ = false;
};

}  // namespace ashlar::inline v0::detail
