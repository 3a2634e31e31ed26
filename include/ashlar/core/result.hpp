// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include <ashlar/core/assert.hpp>
#include <ashlar/core/detail/invoke.hpp>
#include <ashlar/core/error.hpp>

namespace ashlar::inline v0 {

template <class T>
class Result;

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

}  // namespace detail

/// The value of an operation that may fail outside the program, or the `Error` that says why.
/// Has the names and meaning of `std::expected` (C++23), except that `value()` throws the `Error` itself and that the
/// chains `and_then`, `transform` and `or_else` are for temporaries.
/// `T` is an object type; `Result<void>` carries success alone. Threads: as any value. Cost: no allocation of its own.
template <class T>
class [[nodiscard]] Result {
  static_assert(
      std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T> && !std::is_same_v<T, Error> &&
          !detail::is_result<T>,
      "[ashlar] Result: T must be an object type, not const, an Error or a Result; write Result<void>, Result<T*> or "
      "Result<std::array<…>>");

 public:
  using value_type = T;
  using error_type = Error;

  Result()
    requires std::default_initializable<T>
      : value_{}, ok_{true} {}
  template <class U = T>
    requires(!detail::is_result<std::remove_cvref_t<U>> && !std::same_as<std::remove_cvref_t<U>, Error> &&
             std::constructible_from<T, U>)
  explicit(!std::convertible_to<U, T>) Result(U&& value) : value_(std::forward<U>(value)), ok_{true} {}
  Result(Error error) noexcept : error_(std::move(error)), ok_{false} {}

  Result(const Result& other)
    requires std::copy_constructible<T>
      : ok_{other.ok_} {
    if (ok_) {
      std::construct_at(std::addressof(value_), other.value_);
    } else {
      std::construct_at(std::addressof(error_), other.error_);
    }
  }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : ok_{other.ok_} {
    if (ok_) {
      std::construct_at(std::addressof(value_), std::move(other.value_));
    } else {
      std::construct_at(std::addressof(error_), std::move(other.error_));
    }
  }
  /// Strong guarantee where moving a `T` cannot throw; otherwise a throwing move leaves the moved-from error.
  Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T> &&
                                           std::is_nothrow_move_assignable_v<T>) {
    if (ok_ && other.ok_) {
      value_ = std::move(other.value_);
    } else if (!ok_ && !other.ok_) {
      error_ = std::move(other.error_);
    } else if (ok_) {
      std::destroy_at(std::addressof(value_));
      std::construct_at(std::addressof(error_), std::move(other.error_));
      ok_ = false;
    } else if constexpr (std::is_nothrow_move_constructible_v<T>) {
      std::destroy_at(std::addressof(error_));
      std::construct_at(std::addressof(value_), std::move(other.value_));
      ok_ = true;
    } else {
      Error kept = error_;
      std::destroy_at(std::addressof(error_));
      try {
        std::construct_at(std::addressof(value_), std::move(other.value_));
      } catch (...) {
        std::construct_at(std::addressof(error_), std::move(kept));
        throw;
      }
      ok_ = true;
    }
    return *this;
  }
  ~Result() {
    if (ok_) {
      std::destroy_at(std::addressof(value_));
    } else {
      std::destroy_at(std::addressof(error_));
    }
  }

  bool has_value() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }

  /// The value. Throws the `Error` when there is none.
  T& value() & { return ok_ ? value_ : throw error_; }
  const T& value() const& { return ok_ ? value_ : throw error_; }
  T&& value() && { return std::move(ok_ ? value_ : throw error_); }

  /// The value, unchecked but for `ASHLAR_ASSERT`.
  T& operator*() & noexcept { return checked(); }
  const T& operator*() const& noexcept { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && noexcept { return std::move(checked()); }
  T* operator->() noexcept { return std::addressof(checked()); }
  const T* operator->() const noexcept { return std::addressof(const_cast<Result*>(this)->checked()); }

  /// The error. Requires `!has_value()`.
  const Error& error() const noexcept {
    ASHLAR_ASSERT(!ok_, "Result::error() of a success; ask has_value() first");
    return error_;
  }

  template <class U>
  T value_or(U&& otherwise) const& {
    return ok_ ? value_ : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  T value_or(U&& otherwise) && {
    return ok_ ? std::move(value_) : static_cast<T>(std::forward<U>(otherwise));
  }

  /// `f(value)`, itself a `Result`; an error passes through untouched.
  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (ok_) return detail::invoke(std::forward<F>(f), std::move(value_));
    return error_;
  }
  /// A `Result` of `f(value)`; an error passes through untouched.
  template <class F>
  auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!ok_) return error_;
    if constexpr (std::is_void_v<std::invoke_result_t<F, T&&>>) {
      detail::invoke(std::forward<F>(f), std::move(value_));
      return {};
    } else {
      return detail::invoke(std::forward<F>(f), std::move(value_));
    }
  }
  /// The value, or `f(error)`, which returns a `Result<T>`.
  template <class F>
  Result or_else(F&& f) && {
    if (ok_) return std::move(*this);
    return detail::invoke(std::forward<F>(f), error_);
  }

 private:
  T& checked() noexcept {
    ASHLAR_ASSERT(ok_, "value of a failed Result; ask has_value() or call value()");
    return value_;
  }

  union {
    T value_;
    Error error_;
  };
  bool ok_;
};

/// Success, or the `Error` that says why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept = default;
  Result(Error error) : error_{std::make_shared<const Error>(std::move(error))} {}

  bool has_value() const noexcept { return error_ == nullptr; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Throws the `Error` when this is one.
  void value() const {
    if (error_) throw Error{*error_};
  }

  /// The error. Requires `!has_value()`.
  const Error& error() const noexcept {
    ASHLAR_ASSERT(error_ != nullptr, "Result::error() of a success; ask has_value() first");
    return *error_;
  }

  /// `f()`, itself a `Result`; an error passes through untouched.
  template <class F>
  auto and_then(F&& f) const -> std::invoke_result_t<F> {
    if (!error_) return detail::invoke(std::forward<F>(f));
    return *error_;
  }

 private:
  std::shared_ptr<const Error> error_;
};

}  // namespace ashlar::inline v0
