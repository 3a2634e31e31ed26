// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace ashlar::inline v0::detail {

/// A growing row of items that keeps its memory when it is cleared; what travels between two stages.
/// Unlike `std::vector` it needs no assignment, has no `bool` special case and does not check twice.
template <class T>
class Lane {
  static_assert(std::is_object_v<T> && std::is_move_constructible_v<T>,
                "[ashlar] pipeline: items must be movable objects; pass a std::unique_ptr or a std::span instead");

 public:
  Lane() noexcept = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() {
    clear();
    if (data_ != nullptr) std::allocator<T>{}.deallocate(data_, capacity_);
  }

  std::size_t size() const noexcept { return size_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }

  void reserve(std::size_t wanted) {
    if (wanted > capacity_) grow(wanted);
  }
  template <class... Args>
  T& emplace(Args&&... args) {
    if (size_ == capacity_) grow(capacity_ * 2 + 8);
    T* made = std::construct_at(data_ + size_, std::forward<Args>(args)...);
    ++size_;
    return *made;
  }
  void clear() noexcept {
    std::destroy_n(data_, size_);
    size_ = 0;
  }
  void pop_back() noexcept { std::destroy_at(data_ + --size_); }

 private:
  void grow(std::size_t wanted) {
    T* fresh = std::allocator<T>{}.allocate(wanted);
    std::size_t done = 0;
    try {
      for (; done < size_; ++done) std::construct_at(fresh + done, std::move_if_noexcept(data_[done]));
    } catch (...) {
      std::destroy_n(fresh, done);
      std::allocator<T>{}.deallocate(fresh, wanted);
      throw;
    }
    std::destroy_n(data_, size_);
    if (data_ != nullptr) std::allocator<T>{}.deallocate(data_, capacity_);
    data_ = fresh;
    capacity_ = wanted;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ashlar::inline v0::detail
