// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/json/writer.hpp>

namespace ashlar::inline v0::detail {

/// Whether keys are stored as the text that they are.
template <class Key>
inline constexpr bool is_text_key = std::convertible_to<const Key&, std::string_view>;

/// A key as a store has it: a view of a string, or bytes of its own.
class StoredKey {
 public:
  explicit StoredKey(std::string_view text) noexcept : text_{text} {}
  explicit StoredKey(std::vector<std::byte> bytes) noexcept : bytes_{std::move(bytes)} {}
  std::string_view text() const noexcept {
    return bytes_.empty() ? text_ : std::string_view{reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::string_view text_;
  std::vector<std::byte> bytes_;
};

/// A stored key for a message.
inline std::string printable_key(std::string_view name) {
  std::string text;
  JsonWriter{text, 0}.value(name);
  return text.substr(1, text.size() - 2);
}

/// Whether a key is there twice.
inline bool any_repeated(const std::vector<std::string_view>& keys) {
  if (keys.size() == 2) return keys.front() == keys.back();
  std::vector<std::string_view> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

}  // namespace ashlar::inline v0::detail
