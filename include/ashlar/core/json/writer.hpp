// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/core/assert.hpp>
#include <ashlar/core/detail/utf8.hpp>

namespace ashlar::inline v0 {

/// Writes one JSON text (RFC 8259) into a string, with commas and indentation where they belong.
///
/// What it writes is valid whatever it is given: strings are escaped, bytes that are no UTF-8 become U+FFFD, and
/// numbers that JSON lacks (infinities, NaN) become `null`. A member value without its `key`, or an end without its
/// beginning, is a mistake in the program and asserted. Threads: one object, one thread. Cost: appends only.
class JsonWriter {
 public:
  /// Appends to `out`, which must outlive the writer. `indent` spaces per level; 0 writes everything on one line.
  explicit JsonWriter(std::string& out, unsigned indent = 2) noexcept : out_{out}, indent_{indent} {}

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }

  /// The name of the next member of the object.
  JsonWriter& key(std::string_view name) {
    ASHLAR_ASSERT(!levels_.empty() && levels_.back().bracket == '{' && !after_key_, "a JSON key belongs in an object");
    next_element();
    quote(name);
    out_ += indent_ == 0 ? ":" : ": ";
    after_key_ = true;
    return *this;
  }

  JsonWriter& value(std::string_view text) {
    separate();
    quote(text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  template <std::same_as<bool> B>
  JsonWriter& value(B truth) {
    return raw(truth ? "true" : "false");
  }
  JsonWriter& value(std::nullptr_t) { return raw("null"); }
  template <class N>
    requires(std::integral<N> || std::floating_point<N>) && (!std::same_as<N, bool>)
  JsonWriter& value(N number) {
    if constexpr (std::floating_point<N>) {
      if (!std::isfinite(number)) return raw("null");
    }
    char text[64];
    const std::to_chars_result end = std::to_chars(text, text + sizeof text, number);
    return raw({text, static_cast<std::size_t>(end.ptr - text)});
  }

  /// A key and its value.
  template <class V>
  JsonWriter& member(std::string_view name, const V& content) {
    return key(name).value(content);
  }

  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

 private:
  struct Level {
    char bracket;
    bool empty;
  };

  JsonWriter& begin(char bracket) {
    separate();
    out_ += bracket;
    levels_.push_back({bracket, true});
    return *this;
  }

  JsonWriter& end(char bracket) {
    ASHLAR_ASSERT(!levels_.empty() && levels_.back().bracket == (bracket == '}' ? '{' : '[') && !after_key_,
                  "the end of a JSON object or array does not match its beginning");
    const bool empty = levels_.back().empty;
    levels_.pop_back();
    if (!empty) new_line();
    out_ += bracket;
    return *this;
  }

  /// Before every value.
  void separate() {
    ASHLAR_ASSERT(levels_.empty() || levels_.back().bracket == '[' || after_key_,
                  "a value in a JSON object needs a key");
    if (!after_key_ && !levels_.empty()) next_element();
    after_key_ = false;
  }

  void next_element() {
    if (!levels_.back().empty) out_ += ',';
    levels_.back().empty = false;
    new_line();
  }

  void new_line() {
    if (indent_ == 0) return;
    out_ += '\n';
    out_.append(levels_.size() * indent_, ' ');
  }

  void quote(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out_ += '"';
    while (!text.empty()) {
      const std::size_t length = detail::utf8_length(text);
      if (length == 0) {
        out_ += "\xEF\xBF\xBD";
        text.remove_prefix(1);
        continue;
      }
      const auto c = static_cast<unsigned char>(text.front());
      if (c == '"' || c == '\\') {
        (out_ += '\\') += static_cast<char>(c);
      } else if (c == '\n') {
        out_ += "\\n";
      } else if (c == '\t') {
        out_ += "\\t";
      } else if (c < 0x20) {
        ((out_ += "\\u00") += digits[c >> 4]) += digits[c & 15];
      } else {
        out_ += text.substr(0, length);
      }
      text.remove_prefix(length);
    }
    out_ += '"';
  }

  std::string& out_;
  unsigned indent_;
  bool after_key_ = false;
  std::vector<Level> levels_;
};

}  // namespace ashlar::inline v0
