// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace ashlar::inline v0::detail {

/// An empty vector of this thread that is borrowed, so that filling it does not allocate. A nested borrower gets a new one.
template <class T>
class Borrowed {
 public:
  Borrowed() noexcept {
    if (std::vector<T>* kept = spare()) items_ = std::exchange(*kept, {});
  }
  ~Borrowed() {
    items_.clear();
    if (items_.capacity() * sizeof(T) > most_kept) return;
    if (std::vector<T>* kept = spare()) *kept = std::move(items_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  std::vector<T>& operator*() noexcept { return items_; }
  std::vector<T>* operator->() noexcept { return &items_; }

 private:
  static constexpr std::size_t most_kept = std::size_t{16} << 10;  // bytes
  struct Kept {
    std::vector<T> items;
    ~Kept() { gone = true; }
  };
  // Outlives `Kept`: an object of static duration may borrow in its destructor.
  static inline constinit thread_local bool gone = false;

  /// Null when the thread's own is destroyed already.
  static std::vector<T>* spare() noexcept {
    if (gone) return nullptr;
    static thread_local Kept kept;
    return &kept.items;
  }
  std::vector<T> items_;
};

}  // namespace ashlar::inline v0::detail
