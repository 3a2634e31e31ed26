// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include <ashlar/cache/warmup/detail/cron_fields.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// What turns an instant into the time that a clock on the wall shows.
///
/// | expression       | result                 | throws | called when, and what it must do                      |
/// |------------------|------------------------|--------|-------------------------------------------------------|
/// | `z.offset_at(t)` | `std::chrono::seconds` | never  | at `t`: wall time minus UTC, in full minutes, at most |
/// |                  |                        |        | a day; it does not change twice within 48 hours       |
///
/// Models: `UtcZone`, `LocalZone`. Threads: called concurrently.
template <class Z>
concept time_zone = requires(const Z& zone, std::chrono::sys_seconds at) {
  { zone.offset_at(at) } noexcept -> std::convertible_to<std::chrono::seconds>;
};

/// True when `Z` models `time_zone`; otherwise the missing part is reported with what to write.
template <class Z>
consteval bool explain_time_zone() {
  static_assert(time_zone<Z>,
                "[ashlar] time_zone: add `std::chrono::seconds offset_at(std::chrono::sys_seconds at) const noexcept`");
  return time_zone<Z>;
}

/// Coordinated universal time.
struct UtcZone {
  static std::chrono::seconds offset_at(std::chrono::sys_seconds /*at*/) noexcept { return {}; }
};

/// The zone of the process: `TZ`, otherwise the system's. Set it before the first use and leave it.
struct LocalZone {
  static std::chrono::seconds offset_at(std::chrono::sys_seconds at) noexcept {
    const std::time_t instant = std::chrono::system_clock::to_time_t(at);
    std::tm wall{};
    if (::localtime_r(&instant, &wall) == nullptr) return {};
    return std::chrono::seconds{wall.tm_gmtoff};
  }
};

/// When something is to be done, in the five fields of cron: minute (0–59), hour (0–23), day of the month (1–31),
/// month (1–12 or JAN–DEC) and day of the week (0–7 or SUN–SAT; 0 and 7 are Sunday).
///
/// A field is a list (`1,15,30`) of numbers, ranges (`9-17`, `MON-FRI`) and `*`, each with a step if wanted (`*/5`,
/// `10-40/10`; `3/10` counts from 3 to the field's end). Names are of any case. `@yearly` (`@annually`), `@monthly`,
/// `@weekly`, `@daily` (`@midnight`) and `@hourly` stand for what they say. Where both days are restricted (neither
/// field begins with `*`), either suffices, as POSIX has it.
///
/// When clocks change: a schedule whose minute and hour both name times (neither begins with `*`) is due once for
/// each time it names. A time that the change skips is due at the first instant after it; a time that comes twice is
/// due at its first. Any other schedule goes by what the wall shows: skipped times are not due, repeated ones twice.
///
/// Source: POSIX.1-2017, crontab; steps, names and nicknames are those of Vixie cron. Threads: as any value.
class CronSchedule {
 public:
  using time_point = std::chrono::sys_seconds;

  /// Reads `text`; an error names the field, what it holds and what it takes.
  static Result<CronSchedule> parse(std::string_view text) {
    Result<detail::CronFields> fields = detail::CronFields::parse(text);
    if (!fields) return fields.error();
    return CronSchedule{*std::move(fields), std::string{text}};
  }

  /// What was parsed.
  const std::string& text() const noexcept { return text_; }

  /// The first instant after `after` at which the schedule is due, at a full minute of the wall; nothing where it never
  /// is (such as a 30th of February). Cost: one look per day that does not match, at most 41 years of them.
  template <time_zone Zone = UtcZone>
  std::optional<time_point> next(time_point after, const Zone& zone = {}) const {
    return fields_.names_times ? next_named(after, zone) : next_shown(after, zone);
  }

 private:
  using Days = std::chrono::days;
  using Minutes = std::chrono::minutes;
  using Seconds = std::chrono::seconds;
  /// What the wall shows, counted as if it were UTC.
  using Wall = std::chrono::local_time<Minutes>;

  /// The calendar, weekdays included, repeats after 28 years, or 40 over a century without a leap day.
  static constexpr int days_ahead = 41 * 366;

  CronSchedule(detail::CronFields fields, std::string text) : fields_{std::move(fields)}, text_{std::move(text)} {}

  template <class Zone>
  static Wall wall_at(time_point at, const Zone& zone) {
    return Wall{std::chrono::floor<Minutes>(at.time_since_epoch() + Seconds{zone.offset_at(at)})};
  }

  /// The first instant that shows `wall`, or, where the wall skips it, the first after the change.
  template <class Zone>
  static time_point instant_of(Wall wall, const Zone& zone) {
    const time_point as_utc{wall.time_since_epoch()};
    const Seconds before = zone.offset_at(as_utc - Days{1});
    const Seconds after = zone.offset_at(as_utc + Days{1});
    const time_point first = as_utc - before;
    if (zone.offset_at(first) == before) return first;
    const time_point second = as_utc - after;
    if (zone.offset_at(second) == after) return second;
    time_point low = second;
    time_point high = first;
    while (high - low > Seconds{1}) {
      const time_point middle = low + (high - low) / 2;
      (Seconds{zone.offset_at(middle)} == before ? low : high) = middle;
    }
    return high;
  }

  template <class Zone>
  std::optional<time_point> next_named(time_point after, const Zone& zone) const {
    const Wall shown = wall_at(after, zone);
    auto day = std::chrono::floor<Days>(shown);
    for (int i = 0; i < days_ahead; ++i, day += Days{1}) {
      if (!fields_.has_day(day)) continue;
      for (int hour = 0; hour < 24; ++hour) {
        if (!fields_.has_hour(hour)) continue;
        for (int minute = 0; minute < 60; ++minute) {
          if (!fields_.has_minute(minute)) continue;
          const Wall wall = day + std::chrono::hours{hour} + Minutes{minute};
          // What the wall has shown already was due then, even if it shows it once more.
          if (wall <= shown) continue;
          const time_point at = instant_of(wall, zone);
          if (at > after) return at;
        }
      }
    }
    return std::nullopt;
  }

  template <class Zone>
  std::optional<time_point> next_shown(time_point after, const Zone& zone) const {
    const time_point last = after + Days{days_ahead};
    time_point at = after - wall_seconds(after, zone) + Minutes{1};
    while (at <= last) {
      const Wall wall = wall_at(at, zone);
      const auto day = std::chrono::floor<Days>(wall);
      const Minutes since_midnight = wall - day;
      if (!fields_.has_day(day)) {
        at = leap(at, Minutes{24 * 60} - since_midnight, zone);
      } else if (!fields_.has_hour(static_cast<int>(since_midnight.count() / 60))) {
        at = leap(at, Minutes{60 - since_midnight.count() % 60}, zone);
      } else if (!fields_.has_minute(static_cast<int>(since_midnight.count() % 60))) {
        at += Minutes{1};
      } else {
        return at;
      }
    }
    return std::nullopt;
  }

  /// How long ago the wall showed a full minute.
  template <class Zone>
  static Seconds wall_seconds(time_point at, const Zone& zone) {
    const Seconds shown = at.time_since_epoch() + Seconds{zone.offset_at(at)};
    return shown - std::chrono::floor<Minutes>(shown);
  }

  /// `at` and `step`, or a minute only where the clocks change in between.
  template <class Zone>
  static time_point leap(time_point at, Minutes step, const Zone& zone) {
    const time_point to = at + step;
    return zone.offset_at(to) == zone.offset_at(at) ? to : at + Minutes{1};
  }

  detail::CronFields fields_;
  std::string text_;
};

}  // namespace ashlar::inline v0
