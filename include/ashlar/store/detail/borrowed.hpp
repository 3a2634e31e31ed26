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
  Borrowed() noexcept : items_{std::exchange(spare(), {})} {}
  ~Borrowed() {
    items_.clear();
    if (items_.capacity() <= most_kept) spare() = std::move(items_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  std::vector<T>& operator*() noexcept { return items_; }
  std::vector<T>* operator->() noexcept { return &items_; }

 private:
  static constexpr std::size_t most_kept = 256;
  static std::vector<T>& spare() noexcept {
    static thread_local std::vector<T> kept;
    return kept;
  }
  std::vector<T> items_;
};

}  // namespace ashlar::inline v0::detail
