// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/detail/utf8.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// A place in a JSON text: bytes from the beginning, and line and column counted from 1 in characters.
struct JsonPosition {
  std::uint64_t offset = 0;
  std::uint64_t line = 1;
  std::uint64_t column = 1;
  friend bool operator==(const JsonPosition&, const JsonPosition&) = default;
};

/// "line 3, column 7 (offset 42)".
inline std::string to_string(const JsonPosition& at) {
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + " (offset " +
         std::to_string(at.offset) + ")";
}

/// What a `JsonReader` found next.
enum class JsonEvent : std::uint8_t {
  begin_object,
  key,
  end_object,
  begin_array,
  end_array,
  string,
  number,
  boolean,
  null,
  end,  ///< the text is complete; also returned by every later call
};

/// Limits that keep hostile texts from using up memory.
struct JsonLimits {
  std::size_t depth = 128;                            ///< nested objects and arrays
  std::size_t token = std::size_t{64} * 1024 * 1024;  ///< bytes of one string or number
};

/// Reads one JSON text event by event, strictly after RFC 8259, in memory that does not grow with the text.
///
/// Errors are `corrupt` and name the place; after one, every later call returns it again. Refused besides bad
/// syntax: bytes that are no UTF-8, escapes of half a surrogate pair, a byte order mark, anything after the value.
/// Threads: one object, one thread. Cost: linear; a source is read 64 KiB at a time.
class JsonReader {
 public:
  /// Fills the span from its beginning and returns how much; 0 at the end of the text.
  using Source = std::function<Result<std::size_t>(std::span<char>)>;

  explicit JsonReader(Source source, JsonLimits limits = {})
      : source_{std::move(source)}, limits_{limits}, buffer_(64 * 1024) {}
  /// Reads `text`, which must outlive the reader.
  explicit JsonReader(std::string_view text, JsonLimits limits = {}) : limits_{limits}, rest_{text} {}
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// The next event.
  Result<JsonEvent> next() {
    if (failure_) return *failure_;
    Result<JsonEvent> event = step();
    if (!event) failure_ = event.error();
    return event;
  }

  /// After an error that leaves no doubt where the value ends: goes on behind the member or element it is in, `depth`
  /// brackets deep. That is an escape or bytes which a string may not have, a number or word spelled wrong, `NaN` and
  /// `Infinity`, or more than the limits allow. The wrong token ends with its quote, or where letters, digits and
  /// `+-._` do; what follows is read as strictly as ever, only deeper: a million brackets. `position()` stays with the
  /// error, `text()` does not.
  ///
  /// False, and the error stays, after any other error, when another stands in the way (that of the source takes its
  /// place), and when the text ends before.
  bool skip_wrong(std::size_t depth) {
    if (!failure_ || inside_ == Inside::unknown || depth == 0 || depth > open_.size()) return false;
    const JsonPosition place = began_;
    const std::size_t limit = std::exchange(limits_.depth, std::max(limits_.depth, std::size_t{1'000'000}));
    Result<JsonEvent> event = leave_wrong();
    while (event ? open_.size() > depth || expect_ != Expect::after_value
                 : inside_ == Inside::string || inside_ == Inside::word) {
      event = event ? step() : leave_wrong();
    }
    limits_.depth = limit;
    began_ = place;
    inside_ = Inside::unknown;
    if (!event || !skip_space() || rest_.empty()) return false;
    const char c = rest_.front();
    if (c != ',' && c != (open_.back() == '{' ? '}' : ']')) return false;
    failure_.reset();
    return true;
  }

  /// The decoded text of the last `key` or `string`, or the spelling of the last `number`.
  const std::string& text() const noexcept { return text_; }
  /// The last `boolean`.
  bool boolean() const noexcept { return boolean_; }
  /// Where the last event begins.
  const JsonPosition& position() const noexcept { return began_; }
  /// How many objects and arrays are open.
  std::size_t depth() const noexcept { return open_.size(); }

 private:
  enum class Expect : std::uint8_t { value, first_value, first_key, key, after_value, nothing };
  /// What an error is in whose end is known.
  enum class Inside : std::uint8_t { unknown, string, word, nesting };

  Result<JsonEvent> step() {
    if (Result<void> ready = skip_space(); !ready) return ready.error();
    began_ = at_;
    if (rest_.empty()) {
      if (expect_ == Expect::nothing) return JsonEvent::end;
      return wrong("the text ends too early");
    }
    const char c = rest_.front();
    switch (expect_) {
      case Expect::nothing: return wrong("there is more after the end of the value");
      case Expect::first_key:
        if (c == '}') return close(c);
        [[fallthrough]];
      case Expect::key: return member_name(c);
      case Expect::after_value:
        if (c == '}' || c == ']') return close(c);
        if (c != ',') return wrong(open_.back() == '{' ? "expected ',' or '}'" : "expected ',' or ']'");
        advance();
        expect_ = open_.back() == '{' ? Expect::key : Expect::value;
        return step();
      case Expect::first_value:
        if (c == ']') return close(c);
        [[fallthrough]];
      case Expect::value: break;
    }
    return value(c);
  }

  Result<JsonEvent> member_name(char c) {
    if (c != '"') return wrong("expected a member name in double quotes");
    if (Result<void> read = string(); !read) return read.error();
    return colon();
  }

  Result<JsonEvent> colon() {
    const JsonPosition name = began_;
    if (Result<void> ready = skip_space(); !ready) return ready.error();
    if (rest_.empty() || rest_.front() != ':') return wrong_here("expected ':' after the member name");
    advance();
    began_ = name;
    expect_ = Expect::value;
    return JsonEvent::key;
  }

  Result<JsonEvent> value(char c) {
    if (c == '{' || c == '[') {
      if (open_.size() >= limits_.depth) {
        return bounded(Inside::nesting, wrong("nested deeper than " + std::to_string(limits_.depth)));
      }
      advance();
      open_.push_back(c);
      expect_ = c == '{' ? Expect::first_key : Expect::first_value;
      return c == '{' ? JsonEvent::begin_object : JsonEvent::begin_array;
    }
    if (c == '"') {
      if (Result<void> read = string(); !read) return read.error();
      return finished(JsonEvent::string);
    }
    if (c == '-' || is_digit(c)) {
      if (Result<void> read = number(); !read) return read.error();
      return ended(JsonEvent::number);
    }
    if (c == 't') return word("true", JsonEvent::boolean);
    if (c == 'f') return word("false", JsonEvent::boolean);
    if (c == 'n') return word("null", JsonEvent::null);
    if (c == 'N' || c == 'I') {
      if (Result<JsonEvent> read = word(c == 'N' ? "NaN" : "Infinity", JsonEvent::number); !read) return read;
      return bounded(Inside::word, wrong("JSON has neither NaN nor Infinity"));
    }
    if (c == '\xEF') return wrong("expected a value; a byte order mark does not belong here");
    return wrong("expected a value");
  }

  Result<JsonEvent> close(char bracket) {
    if (open_.back() != (bracket == '}' ? '{' : '[')) return wrong("this bracket closes nothing");
    advance();
    open_.pop_back();
    return finished(bracket == '}' ? JsonEvent::end_object : JsonEvent::end_array);
  }

  Result<JsonEvent> finished(JsonEvent event) {
    expect_ = open_.empty() ? Expect::nothing : Expect::after_value;
    return event;
  }

  Result<JsonEvent> word(std::string_view spelling, JsonEvent event) {
    for (const char c : spelling) {
      if (Result<bool> more = fill(); !more) return more.error();
      if (rest_.empty() || rest_.front() != c) return wrong("expected a value");
      advance();
    }
    boolean_ = spelling == "true";
    return ended(event);
  }

  /// After a number or word, which has no end of its own.
  Result<JsonEvent> ended(JsonEvent event) {
    const Result<bool> more = fill();
    if (!more) return more.error();
    if (*more && std::string_view{" \t\n\r,}]"}.find(rest_.front()) == std::string_view::npos) {
      return bounded(Inside::word, wrong_here("expected ',', a bracket or white space after a number or word"));
    }
    return finished(event);
  }

  Result<void> number() {
    text_.clear();
    if (Result<bool> sign = take_if([](char c) { return c == '-'; }); !sign) return sign.error();
    Result<std::size_t> whole = digits();
    if (!whole) return whole.error();
    if (*whole == 0) return bounded(Inside::word, wrong_here("expected a digit"));
    if (*whole > 1 && text_[text_.size() - *whole] == '0') {
      return bounded(Inside::word, wrong("a number may not begin with a superfluous 0"));
    }
    Result<bool> point = take_if([](char c) { return c == '.'; });
    if (!point) return point.error();
    if (*point) {
      Result<std::size_t> fraction = digits();
      if (!fraction) return fraction.error();
      if (*fraction == 0) return bounded(Inside::word, wrong_here("expected a digit after the decimal point"));
    }
    Result<bool> exponent = take_if([](char c) { return c == 'e' || c == 'E'; });
    if (!exponent) return exponent.error();
    if (!*exponent) return {};
    if (Result<bool> sign = take_if([](char c) { return c == '+' || c == '-'; }); !sign) return sign.error();
    Result<std::size_t> power = digits();
    if (!power) return power.error();
    if (*power == 0) return bounded(Inside::word, wrong_here("expected a digit in the exponent"));
    return {};
  }

  template <class Predicate>
  Result<bool> take_if(Predicate wanted) {
    if (Result<bool> more = fill(); !more) return more;
    if (rest_.empty() || !wanted(rest_.front())) return false;
    if (text_.size() >= limits_.token)
      return bounded(Inside::word, wrong("a string or number is longer than the limit"));
    text_ += rest_.front();
    advance();
    return true;
  }

  Result<std::size_t> digits() {
    for (std::size_t count = 0;; ++count) {
      const Result<bool> taken = take_if(is_digit);
      if (!taken) return taken.error();
      if (!*taken) return count;
    }
  }

  Result<void> string() {
    text_.clear();
    advance();
    while (true) {
      if (Result<bool> more = fill(); !more) return more.error();
      if (rest_.empty()) return wrong("the string has no end");
      if (text_.size() >= limits_.token)
        return bounded(Inside::string, wrong("a string or number is longer than the limit"));
      const auto c = static_cast<unsigned char>(rest_.front());
      if (c == '"') {
        advance();
        return {};
      }
      if (c < 0x20) return wrong_here("a control character in a string must be escaped");
      Result<void> taken = c == '\\' ? escape() : c < 0x80 ? plain() : multibyte();
      if (!taken) return taken;
    }
  }

  Result<void> plain() {
    std::size_t length = 0;
    const std::size_t most = std::min(rest_.size(), limits_.token - text_.size());
    while (length < most) {
      const auto c = static_cast<unsigned char>(rest_[length]);
      if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) break;
      ++length;
    }
    text_ += rest_.substr(0, length);
    at_.offset += length;
    at_.column += length;
    rest_.remove_prefix(length);
    return {};
  }

  Result<void> multibyte() {
    if (Result<bool> more = fill(4); !more) return more.error();
    const std::size_t length = detail::utf8_length(rest_);
    if (length == 0) return bounded(Inside::string, wrong_here("these bytes are no UTF-8"));
    text_ += rest_.substr(0, length);
    at_.offset += length;
    at_.column += 1;
    rest_.remove_prefix(length);
    return {};
  }

  Result<void> escape() {
    if (Result<bool> more = fill(2); !more) return more.error();
    if (rest_.size() < 2) return wrong("the string has no end");
    switch (rest_[1]) {
      case '"':
      case '\\':
      case '/': text_ += rest_[1]; break;
      case 'b': text_ += '\b'; break;
      case 'f': text_ += '\f'; break;
      case 'n': text_ += '\n'; break;
      case 'r': text_ += '\r'; break;
      case 't': text_ += '\t'; break;
      case 'u': return unicode_escape();
      default: return bounded(Inside::string, wrong_here("an escape that JSON does not know"));
    }
    advance();
    advance();
    return {};
  }

  Result<void> unicode_escape() {
    Result<std::uint32_t> code = code_unit();
    if (!code) return code.error();
    if (*code >= 0xDC00 && *code <= 0xDFFF)
      return bounded(Inside::string, wrong_here("an escape of half a surrogate pair"));
    if (*code >= 0xD800 && *code <= 0xDBFF) {
      if (Result<bool> more = fill(2); !more) return more.error();
      if (rest_.substr(0, 2) != "\\u") return bounded(Inside::string, wrong_here("an escape of half a surrogate pair"));
      const Result<std::uint32_t> low = code_unit();
      if (!low) return low.error();
      if (*low < 0xDC00 || *low > 0xDFFF)
        return bounded(Inside::string, wrong_here("an escape of half a surrogate pair"));
      *code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
    detail::append_utf8(text_, *code);
    return {};
  }

  Result<std::uint32_t> code_unit() {
    if (Result<bool> more = fill(6); !more) return more.error();
    std::uint32_t code = 0;
    for (std::size_t i = 2; i < 6; ++i) {
      const char c = i < rest_.size() ? rest_[i] : ' ';
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return bounded(Inside::string, wrong_here("expected four hexadecimal digits after \\u"));
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    for (int i = 0; i < 6; ++i) advance();
    return code;
  }

  /// Goes on to the end of what is wrong, as if it were right.
  Result<JsonEvent> leave_wrong() {
    switch (std::exchange(inside_, Inside::unknown)) {
      case Inside::unknown: break;
      case Inside::nesting: return step();
      case Inside::word: return leave_word();
      case Inside::string: return leave_string();
    }
    return *failure_;
  }

  Result<JsonEvent> leave_word() {
    while (true) {
      const Result<bool> more = fill();
      if (!more) return more.error();
      if (!*more || !is_of_word(rest_.front())) return finished(JsonEvent::null);
      advance();
    }
  }

  Result<JsonEvent> leave_string() {
    const bool name = expect_ == Expect::key || expect_ == Expect::first_key;
    bool escaped = false;
    while (true) {
      if (Result<bool> more = fill(); !more) return more.error();
      if (rest_.empty()) return wrong("the string has no end");
      const char c = rest_.front();
      if (static_cast<unsigned char>(c) < 0x20) return wrong_here("a control character in a string must be escaped");
      advance();
      if (c == '"' && !escaped) return name ? colon() : finished(JsonEvent::string);
      escaped = c == '\\' && !escaped;
    }
  }

  Result<void> skip_space() {
    while (true) {
      if (Result<bool> more = fill(); !more) return more.error();
      if (rest_.empty()) return {};
      const char c = rest_.front();
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return {};
      advance();
    }
  }

  /// Tries to have `wanted` bytes at hand; says whether there is at least one.
  Result<bool> fill(std::size_t wanted = 1) {
    while (rest_.size() < wanted && source_) {
      if (!rest_.empty()) std::memmove(buffer_.data(), rest_.data(), rest_.size());
      const std::size_t kept = rest_.size();
      const Result<std::size_t> got = source_(std::span<char>{buffer_}.subspan(kept));
      if (!got) {
        failure_ = got.error();
        return got.error();
      }
      if (*got == 0) source_ = nullptr;
      rest_ = {buffer_.data(), kept + *got};
    }
    return !rest_.empty();
  }

  void advance() noexcept {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    ++at_.offset;
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++at_.column;
    }
  }

  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static bool is_of_word(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.' ||
           c == '_';
  }

  /// An error after which it is known where the value ends.
  Error bounded(Inside inside, Error error) {
    inside_ = inside;
    return error;
  }
  Error wrong(const std::string& what) const { return complaint(began_, what); }
  Error wrong_here(const std::string& what) const { return complaint(at_, what); }
  static Error complaint(const JsonPosition& at, const std::string& what) {
    return Error{ErrorCode::corrupt, "JSON " + to_string(at) + ": " + what};
  }

  Source source_;
  JsonLimits limits_;
  std::vector<char> buffer_;
  std::string_view rest_;
  JsonPosition at_;
  JsonPosition began_;
  Expect expect_ = Expect::value;
  std::vector<char> open_;
  std::string text_;
  bool boolean_ = false;
  Inside inside_ = Inside::unknown;
  std::optional<Error> failure_;
};

}  // namespace ashlar::inline v0
