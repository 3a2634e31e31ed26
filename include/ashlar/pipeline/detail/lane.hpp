// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace ashlar::inline v0::detail {

/// A row of items of some type, as the engine sees it: it can count them and drop them.
struct Row {
  explicit Row(void (*drop_last)(Row&, std::size_t) noexcept) noexcept : drop{drop_last} {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  /// Leaves the first `n` items.
  void cut(std::size_t n) noexcept {
    if (n < size) drop(*this, n);
  }
  void clear() noexcept { cut(0); }

  void* data = nullptr;
  std::size_t size = 0;
  std::size_t capacity = 0;
  void (*drop)(Row&, std::size_t) noexcept;

 protected:
  ~Row() = default;
};

/// A growing row of items that keeps its memory when it is cleared; what travels between two stages.
/// Unlike `std::vector` it needs no assignment, has no `bool` special case and does not check twice.
template <class T>
class Lane final : public Row {
  static_assert(std::is_object_v<T> && std::is_move_constructible_v<T>,
                "[ashlar] pipeline: items must be movable objects; pass a std::unique_ptr or a std::span instead");

 public:
  Lane() noexcept : Row{&drop_items} {}
  ~Lane() {
    clear();
    if (data != nullptr) std::allocator<T>{}.deallocate(items(), capacity);
  }

  T& operator[](std::size_t i) noexcept { return items()[i]; }

  void reserve(std::size_t wanted) {
    if (wanted > capacity) grow(wanted);
  }
  template <class... Args>
  T& emplace(Args&&... args) {
    if (size == capacity) grow(capacity * 2 + 8);
    T* made = ::new (static_cast<void*>(items() + size)) T(std::forward<Args>(args)...);
    ++size;
    return *made;
  }
  /// What `make()` returns, made where it is to lie rather than moved there.
  template <class Make>
  void emplace_made_by(Make&& make) {
    if (size == capacity) grow(capacity * 2 + 8);
    ::new (static_cast<void*>(items() + size)) T(make());
    ++size;
  }

 private:
  T* items() noexcept { return static_cast<T*>(data); }
  static void drop_items(Row& row, std::size_t left) noexcept {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      for (std::size_t i = row.size; i-- > left;) static_cast<T*>(row.data)[i].~T();
    }
    row.size = left;
  }
  [[gnu::noinline]] void grow(std::size_t wanted) {
    T* fresh = std::allocator<T>{}.allocate(wanted);
    std::size_t done = 0;
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      for (; done < size; ++done) ::new (static_cast<void*>(fresh + done)) T(std::move(items()[done]));
    } else {
      try {
        for (; done < size; ++done) ::new (static_cast<void*>(fresh + done)) T(std::move_if_noexcept(items()[done]));
      } catch (...) {
        while (done != 0) fresh[--done].~T();
        std::allocator<T>{}.deallocate(fresh, wanted);
        throw;
      }
    }
    const std::size_t kept = size;
    clear();
    if (data != nullptr) std::allocator<T>{}.deallocate(items(), capacity);
    data = fresh;
    size = kept;
    capacity = wanted;
  }
};

}  // namespace ashlar::inline v0::detail
