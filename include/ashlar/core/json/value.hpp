// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ashlar/core/json/reader.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

struct JsonMember;

/// One JSON value in memory: for small texts and for single entries of large ones.
/// Numbers keep their spelling, members their order. Threads: as any value.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<JsonMember>;

  JsonValue();
  /// Only a `bool`: what would merely convert to one is not meant.
  template <std::same_as<bool> B>
  explicit JsonValue(B truth) : content_{truth} {}
  explicit JsonValue(const char* text);
  explicit JsonValue(std::string text);
  explicit JsonValue(Array elements);
  explicit JsonValue(Object members);
  /// A number by its spelling, which must be one that RFC 8259 allows.
  static JsonValue number_from(std::string spelling);

  JsonValue(const JsonValue&);
  JsonValue(JsonValue&&) noexcept;
  JsonValue& operator=(const JsonValue&);
  JsonValue& operator=(JsonValue&&) noexcept;
  ~JsonValue();

  bool is_null() const noexcept;
  /// The content, or a null pointer when the value is of another kind.
  const bool* boolean() const noexcept;
  const std::string* string() const noexcept;
  const Array* array() const noexcept;
  const Object* object() const noexcept;
  /// The number; nothing when the value is none or does not fit.
  std::optional<double> number() const noexcept;
  std::optional<std::int64_t> integer() const noexcept;
  /// The number as it was written.
  const std::string* spelling() const noexcept;

  /// The member of that name (the last one where it is repeated), or a null pointer.
  const JsonValue* find(std::string_view name) const noexcept;

 private:
  struct Number {
    std::string spelling;
  };
  std::variant<std::monostate, bool, Number, std::string, Array, Object> content_;
};

/// A name and its value in an object.
struct JsonMember {
  std::string name;
  JsonValue value;
};

inline JsonValue::JsonValue() = default;
inline JsonValue::JsonValue(const char* text) : content_{std::string{text}} {}
inline JsonValue::JsonValue(std::string text) : content_{std::move(text)} {}
inline JsonValue::JsonValue(Array elements) : content_{std::move(elements)} {}
inline JsonValue::JsonValue(Object members) : content_{std::move(members)} {}
inline JsonValue JsonValue::number_from(std::string spelling) {
  JsonValue value;
  value.content_ = Number{std::move(spelling)};
  return value;
}
inline JsonValue::JsonValue(const JsonValue&) = default;
inline JsonValue::JsonValue(JsonValue&&) noexcept = default;
inline JsonValue& JsonValue::operator=(const JsonValue&) = default;
inline JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;
inline JsonValue::~JsonValue() = default;

inline bool JsonValue::is_null() const noexcept { return std::holds_alternative<std::monostate>(content_); }
inline const bool* JsonValue::boolean() const noexcept { return std::get_if<bool>(&content_); }
inline const std::string* JsonValue::string() const noexcept { return std::get_if<std::string>(&content_); }
inline const JsonValue::Array* JsonValue::array() const noexcept { return std::get_if<Array>(&content_); }
inline const JsonValue::Object* JsonValue::object() const noexcept { return std::get_if<Object>(&content_); }
inline const std::string* JsonValue::spelling() const noexcept {
  const Number* number = std::get_if<Number>(&content_);
  return number == nullptr ? nullptr : &number->spelling;
}

inline std::optional<double> JsonValue::number() const noexcept {
  const std::string* text = spelling();
  if (text == nullptr) return std::nullopt;
  double result = 0;
  const std::from_chars_result end = std::from_chars(text->data(), text->data() + text->size(), result);
  if (end.ec != std::errc{}) return std::nullopt;
  return result;
}

inline std::optional<std::int64_t> JsonValue::integer() const noexcept {
  const std::string* text = spelling();
  if (text == nullptr) return std::nullopt;
  std::int64_t result = 0;
  const std::from_chars_result end = std::from_chars(text->data(), text->data() + text->size(), result);
  if (end.ec != std::errc{} || end.ptr != text->data() + text->size()) return std::nullopt;
  return result;
}

inline const JsonValue* JsonValue::find(std::string_view name) const noexcept {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  for (auto member = members->rbegin(); member != members->rend(); ++member) {
    if (member->name == name) return &member->value;
  }
  return nullptr;
}

namespace detail {

inline Result<JsonValue> json_value_of(JsonReader& reader, JsonEvent event) {
  switch (event) {
    case JsonEvent::string: return JsonValue{reader.text()};
    case JsonEvent::number: return JsonValue::number_from(reader.text());
    case JsonEvent::boolean: return JsonValue{reader.boolean()};
    case JsonEvent::begin_array: {
      JsonValue::Array elements;
      while (true) {
        const Result<JsonEvent> next = reader.next();
        if (!next) return next.error();
        if (*next == JsonEvent::end_array) return JsonValue{std::move(elements)};
        Result<JsonValue> element = json_value_of(reader, *next);
        if (!element) return element;
        elements.push_back(std::move(*element));
      }
    }
    case JsonEvent::begin_object: {
      JsonValue::Object members;
      while (true) {
        const Result<JsonEvent> next = reader.next();
        if (!next) return next.error();
        if (*next == JsonEvent::end_object) return JsonValue{std::move(members)};
        std::string name = reader.text();
        const Result<JsonEvent> first = reader.next();
        if (!first) return first.error();
        Result<JsonValue> value = json_value_of(reader, *first);
        if (!value) return value;
        members.push_back({std::move(name), std::move(*value)});
      }
    }
    default: return JsonValue{};
  }
}

}  // namespace detail

/// Reads the value that begins with the reader's next event; the rest of the text is left to the reader.
inline Result<JsonValue> read_json(JsonReader& reader) {
  const Result<JsonEvent> event = reader.next();
  if (!event) return event.error();
  return detail::json_value_of(reader, *event);
}

/// The value of a whole text. Errors: `corrupt`, with the place.
inline Result<JsonValue> parse_json(std::string_view text, JsonLimits limits = {}) {
  JsonReader reader{text, limits};
  Result<JsonValue> value = read_json(reader);
  if (!value) return value;
  if (const Result<JsonEvent> end = reader.next(); !end) return end.error();
  return value;
}

}  // namespace ashlar::inline v0
