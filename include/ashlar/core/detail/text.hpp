// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ashlar::inline v0::detail {

/// A number in decimal digits, to be used as a `std::string_view` in the same expression.
class Decimal {
 public:
  explicit Decimal(std::uint64_t number) noexcept {
    do {
      text_[--begin_] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
  }
  operator std::string_view() const noexcept { return {text_ + begin_, sizeof text_ - begin_}; }

 private:
  char text_[20];
  std::size_t begin_ = sizeof text_;
};

/// The pieces as one text. Out of line: messages are made where something failed, and each `+` of strings would be
/// compiled anew in every program that includes the function.
[[gnu::cold]] inline std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string text;
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  text.reserve(size);
  for (const std::string_view piece : pieces) text.append(piece);
  return text;
}

}  // namespace ashlar::inline v0::detail
