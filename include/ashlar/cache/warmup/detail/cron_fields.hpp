// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ashlar/core/error.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::detail {

/// One field of a cron line: its name, its range, and the names that its numbers have.
struct CronField {
  std::string_view name;
  int least;
  int most;
  std::string_view names;  ///< three letters each, the first for `least`
};

inline constexpr std::array<CronField, 5> cron_fields{{
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    {"day of the week", 0, 7, "SUNMONTUEWEDTHUFRISAT"},
}};

/// The five fields of a cron line as sets of numbers.
struct CronFields {
  std::array<std::uint64_t, 5> sets{};
  bool either_day = false;   ///< both days are restricted, so that one of them is enough
  bool names_times = false;  ///< neither minute nor hour begins with `*`

  bool has_minute(int minute) const noexcept { return has(0, static_cast<unsigned>(minute)); }
  bool has_hour(int hour) const noexcept { return has(1, static_cast<unsigned>(hour)); }
  bool has_day(std::chrono::local_days day) const noexcept {
    const std::chrono::year_month_day date{day};
    if (!has(3, static_cast<unsigned>(date.month()))) return false;
    const bool of_month = has(2, static_cast<unsigned>(date.day()));
    const bool of_week = has(4, std::chrono::weekday{day}.c_encoding());
    return either_day ? of_month || of_week : of_month && of_week;
  }

  static Result<CronFields> parse(std::string_view text) {
    std::string_view rest = strip(text);
    if (rest.starts_with('@')) {
      const Result<std::string_view> meant = nickname(rest);
      if (!meant) return meant.error();
      rest = *meant;
    }
    CronFields fields;
    std::array<bool, 5> star{};
    for (std::size_t i = 0; i < cron_fields.size(); ++i) {
      const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
      if (word.empty()) return wrong(text, "has " + std::to_string(i) + " of the five fields; " + shape);
      rest = strip(rest.substr(word.size()));
      Result<std::uint64_t> set = parse_field(word, cron_fields[i]);
      if (!set) return set.error().within("cron schedule '" + std::string{text} + "'");
      fields.sets[i] = *set;
      star[i] = word.front() == '*';
    }
    if (!rest.empty()) return wrong(text, "goes on after its five fields with '" + std::string{rest} + "'; " + shape);
    // Seven is Sunday too.
    if ((fields.sets[4] >> 7 & 1) != 0) fields.sets[4] |= 1;
    fields.either_day = !star[2] && !star[4];
    fields.names_times = !star[0] && !star[1];
    return fields;
  }

 private:
  static constexpr std::string_view blanks = " \t\r\n";
  static constexpr const char* shape = "write `minute hour day month weekday`, such as `*/15 6-22 * * MON-FRI`";

  bool has(std::size_t field, unsigned number) const noexcept { return (sets[field] >> number & 1) != 0; }

  static std::string_view strip(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
  }

  static Error wrong(std::string_view text, const std::string& what) {
    return Error{ErrorCode::invalid_argument, "cron schedule '" + std::string{text} + "' " + what};
  }

  static Error wrong(const CronField& field, std::string_view part, const std::string& what) {
    return Error{ErrorCode::invalid_argument, std::string{field.name} + " '" + std::string{part} + "' " + what};
  }

  static bool same_letters(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
      if (low(a[i]) != low(b[i])) return false;
    }
    return true;
  }

  static Result<std::string_view> nickname(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known{{
        {"@yearly", "0 0 1 1 *"},
        {"@annually", "0 0 1 1 *"},
        {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"},
        {"@daily", "0 0 * * *"},
        {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"},
    }};
    for (const auto& [name, meaning] : known) {
      if (same_letters(name, word)) return meaning;
    }
    return wrong(word, "is unknown; write @yearly, @monthly, @weekly, @daily, @hourly or five fields");
  }

  static Result<std::uint64_t> parse_field(std::string_view word, const CronField& field) {
    std::uint64_t set = 0;
    while (true) {
      const std::size_t comma = word.find(',');
      Result<std::uint64_t> part = parse_part(word.substr(0, comma), field);
      if (!part) return part;
      set |= *part;
      if (comma == word.npos) return set;
      word.remove_prefix(comma + 1);
    }
  }

  static Result<std::uint64_t> parse_part(std::string_view part, const CronField& field) {
    const std::size_t slash = part.find('/');
    const std::string_view range = part.substr(0, slash);
    int low = field.least;
    int high = field.most;
    if (range != "*") {
      const std::size_t dash = range.find('-');
      const Result<int> first = number(range.substr(0, dash), part, field);
      if (!first) return first.error();
      low = *first;
      if (dash != range.npos) {
        const Result<int> last = number(range.substr(dash + 1), part, field);
        if (!last) return last.error();
        // A week may end with Sunday.
        high = *last == 0 && low > 0 && field.most == 7 ? 7 : *last;
      } else if (slash == part.npos) {
        high = low;
      }
    }
    if (low > high) return wrong(field, part, "ends before it begins");
    int step = 1;
    if (slash != part.npos) {
      const std::string_view digits = part.substr(slash + 1);
      const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
      if (failed != std::errc{} || end != digits.data() + digits.size() || step < 1 || step > field.most) {
        return wrong(field, part, "takes a step from 1 to " + std::to_string(field.most));
      }
    }
    std::uint64_t set = 0;
    for (int i = low; i <= high; i += step) set |= std::uint64_t{1} << i;
    return set;
  }

  static Result<int> number(std::string_view word, std::string_view part, const CronField& field) {
    for (std::size_t i = 0; i + 3 <= field.names.size(); i += 3) {
      if (same_letters(field.names.substr(i, 3), word)) return field.least + static_cast<int>(i / 3);
    }
    int n = -1;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), n);
    if (failed != std::errc{} || end != word.data() + word.size() || n < field.least || n > field.most) {
      return wrong(field, part,
                   "takes numbers from " + std::to_string(field.least) + " to " + std::to_string(field.most) +
                       (field.names.empty() ? "" : " or three letters of a name"));
    }
    return n;
  }
};

}  // namespace ashlar::inline v0::detail
