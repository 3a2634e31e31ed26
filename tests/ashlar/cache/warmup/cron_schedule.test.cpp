// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/warmup/cron_schedule.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using ashlar::CronSchedule;
using namespace std::chrono_literals;
using Instant = std::chrono::sys_seconds;

namespace {

Instant at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}} +
         std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

std::string show(std::optional<Instant> instant) {
  if (!instant) return "never";
  const std::time_t time = std::chrono::system_clock::to_time_t(*instant);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%F %T", &parts);
  return text;
}

/// A zone with the changes of central Europe in 2026: 29 March 01:00 UTC to +2 h, 25 October 01:00 UTC back to +1 h.
struct Berlin2026 {
  static std::chrono::seconds offset_at(Instant instant) noexcept {
    return instant >= at(2026, 3, 29, 1) && instant < at(2026, 10, 25, 1) ? 2h : 1h;
  }
};

/// Samoa in 2011: the 30th of December did not happen.
struct Apia2011 {
  static std::chrono::seconds offset_at(Instant instant) noexcept {
    return instant < at(2011, 12, 30, 10) ? -10h : 14h;
  }
};

template <class Zone = ashlar::UtcZone>
std::vector<std::string> times(std::string_view text, Instant after, int count, const Zone& zone = {}) {
  const auto schedule = CronSchedule::parse(text);
  REQUIRE(schedule);
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    const std::optional<Instant> next = schedule->next(after, zone);
    all.push_back(show(next));
    if (!next) break;
    after = *next;
  }
  return all;
}

using Times = std::vector<std::string>;

}  // namespace

static_assert(ashlar::explain_time_zone<ashlar::UtcZone>() && ashlar::explain_time_zone<ashlar::LocalZone>());
static_assert(!ashlar::time_zone<int>);

TEST_CASE("a schedule is due strictly after the instant that is asked for, at a full minute") {
  CHECK(times("* * * * *", at(2026, 1, 1, 0, 0, 0), 2) == Times{"2026-01-01 00:01:00", "2026-01-01 00:02:00"});
  CHECK(times("* * * * *", at(2026, 1, 1, 0, 0, 59), 1) == Times{"2026-01-01 00:01:00"});
  CHECK(times("30 4 * * *", at(2026, 1, 1, 4, 30), 1) == Times{"2026-01-02 04:30:00"});
  CHECK(times("30 4 * * *", at(2026, 1, 1, 4, 29, 59), 1) == Times{"2026-01-01 04:30:00"});
}

TEST_CASE("lists, ranges, steps and names mean what cron means by them") {
  CHECK(times("*/20 * * * *", at(2026, 1, 1), 3) ==
        Times{"2026-01-01 00:20:00", "2026-01-01 00:40:00", "2026-01-01 01:00:00"});
  CHECK(times("10-40/15 9 * * *", at(2026, 1, 1), 4) ==
        Times{"2026-01-01 09:10:00", "2026-01-01 09:25:00", "2026-01-01 09:40:00", "2026-01-02 09:10:00"});
  CHECK(times("50/5 0 * * *", at(2026, 1, 1), 3) ==
        Times{"2026-01-01 00:50:00", "2026-01-01 00:55:00", "2026-01-02 00:50:00"});
  CHECK(times("0 1,13,7-8 1 jan,JUL *", at(2026, 1, 1), 5) == Times{"2026-01-01 01:00:00", "2026-01-01 07:00:00",
                                                                    "2026-01-01 08:00:00", "2026-01-01 13:00:00",
                                                                    "2026-07-01 01:00:00"});
  CHECK(times("0 0 * * MON-FRI", at(2026, 1, 2), 2) == Times{"2026-01-05 00:00:00", "2026-01-06 00:00:00"});
  CHECK(times("0 5 * * *\r\n", at(2026, 1, 1), 1) == Times{"2026-01-01 05:00:00"});
  CHECK(times(" 0\t0  * * sat ", at(2026, 1, 1), 1) == Times{"2026-01-03 00:00:00"});
}

TEST_CASE("Sunday is 0, 7 and SUN, also at the end of a range") {
  for (const char* text : {"0 0 * * 0", "0 0 * * 7", "0 0 * * SUN"}) {
    CHECK(times(text, at(2026, 1, 1), 2) == Times{"2026-01-04 00:00:00", "2026-01-11 00:00:00"});
  }
  for (const char* text : {"0 0 * * FRI-SUN", "0 0 * * 5-7"}) {
    CHECK(times(text, at(2026, 1, 1), 4) ==
          Times{"2026-01-02 00:00:00", "2026-01-03 00:00:00", "2026-01-04 00:00:00", "2026-01-09 00:00:00"});
  }
}

TEST_CASE("where both days are restricted either suffices, otherwise both must fit") {
  CHECK(times("0 0 13 * FRI", at(2026, 2, 1), 4) ==
        Times{"2026-02-06 00:00:00", "2026-02-13 00:00:00", "2026-02-20 00:00:00", "2026-02-27 00:00:00"});
  CHECK(times("0 0 */2 * MON", at(2026, 3, 1), 3) ==
        Times{"2026-03-09 00:00:00", "2026-03-23 00:00:00", "2026-04-13 00:00:00"});
}

TEST_CASE("nicknames stand for their schedules") {
  CHECK(times("@hourly", at(2026, 5, 5, 5, 5), 1) == Times{"2026-05-05 06:00:00"});
  CHECK(times("@daily", at(2026, 5, 5, 5, 5), 1) == Times{"2026-05-06 00:00:00"});
  CHECK(times("@Midnight", at(2026, 5, 5, 5, 5), 1) == Times{"2026-05-06 00:00:00"});
  CHECK(times("@weekly", at(2026, 5, 5, 5, 5), 1) == Times{"2026-05-10 00:00:00"});
  CHECK(times("@monthly", at(2026, 5, 5, 5, 5), 1) == Times{"2026-06-01 00:00:00"});
  CHECK(times("@yearly", at(2026, 5, 5, 5, 5), 1) == Times{"2027-01-01 00:00:00"});
  CHECK(times("@annually", at(2026, 5, 5, 5, 5), 1) == Times{"2027-01-01 00:00:00"});
}

TEST_CASE("leap days are found over a century without one, days that never come are not") {
  CHECK(times("0 0 29 2 *", at(2026, 1, 1), 2) == Times{"2028-02-29 00:00:00", "2032-02-29 00:00:00"});
  CHECK(times("0 0 29 FEB *", at(2097, 1, 1), 1) == Times{"2104-02-29 00:00:00"});
  CHECK(times("*/10 * 29 2 *", at(2097, 1, 1), 2) == Times{"2104-02-29 00:00:00", "2104-02-29 00:10:00"});
  CHECK(times("0 0 29 2 */7", at(2033, 1, 1), 1) == Times{"2060-02-29 00:00:00"});
  CHECK(times("0 0 30 2 *", at(2026, 1, 1), 1) == Times{"never"});
  CHECK(times("* * 31 4,6,9,11 *", at(2026, 1, 1), 1) == Times{"never"});
  CHECK(times("0 0 1 1 *", at(1969, 6, 1), 1) == Times{"1970-01-01 00:00:00"});
}

TEST_CASE("a named time that the clock change skips is due right after it, once") {
  const Berlin2026 zone;
  // On 29 March the wall goes from 02:00 to 03:00, which is 01:00 UTC.
  CHECK(times("30 2 * * *", at(2026, 3, 28, 0), 3, zone) ==
        Times{"2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"});
  CHECK(times("15,45 2 * * *", at(2026, 3, 29, 0), 2, zone) == Times{"2026-03-29 01:00:00", "2026-03-30 00:15:00"});
  CHECK(times("0 3 * * *", at(2026, 3, 29, 0), 1, zone) == Times{"2026-03-29 01:00:00"});
}

TEST_CASE("a named time that comes twice is due at its first") {
  const Berlin2026 zone;
  // On 25 October the wall goes from 03:00 back to 02:00, which is 01:00 UTC.
  CHECK(times("30 2 * * *", at(2026, 10, 24, 12), 2, zone) == Times{"2026-10-25 00:30:00", "2026-10-26 01:30:00"});
  CHECK(times("30 2 * * *", at(2026, 10, 25, 1, 10), 1, zone) == Times{"2026-10-26 01:30:00"});
  CHECK(times("0 3 * * *", at(2026, 10, 25, 0), 1, zone) == Times{"2026-10-25 02:00:00"});
}

TEST_CASE("a schedule with a star for minute or hour goes by what the wall shows") {
  const Berlin2026 zone;
  CHECK(times("30 * * * *", at(2026, 3, 29, 0), 3, zone) ==
        Times{"2026-03-29 00:30:00", "2026-03-29 01:30:00", "2026-03-29 02:30:00"});
  CHECK(times("*/30 2 * * *", at(2026, 3, 28, 12), 2, zone) == Times{"2026-03-30 00:00:00", "2026-03-30 00:30:00"});
  CHECK(times("30 * * * *", at(2026, 10, 25, 0), 3, zone) ==
        Times{"2026-10-25 00:30:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00"});
  CHECK(times("*/30 2 * * *", at(2026, 10, 24, 12), 5, zone) == Times{"2026-10-25 00:00:00", "2026-10-25 00:30:00",
                                                                      "2026-10-25 01:00:00", "2026-10-25 01:30:00",
                                                                      "2026-10-26 01:00:00"});
}

TEST_CASE("a day that a zone leaves out is made up for at once") {
  CHECK(times("0 12 * * *", at(2011, 12, 29, 0), 3, Apia2011{}) ==
        Times{"2011-12-29 22:00:00", "2011-12-30 10:00:00", "2011-12-30 22:00:00"});
}

TEST_CASE("the zone of the process is that of TZ") {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  ::tzset();
  const ashlar::LocalZone local;
  for (Instant instant = at(2026, 1, 1); instant < at(2027, 1, 1); instant += 1h) {
    if (local.offset_at(instant) != Berlin2026::offset_at(instant)) FAIL(show(instant));
  }
  CHECK(times("30 2 * * *", at(2026, 3, 28, 12), 1, local) == Times{"2026-03-29 01:00:00"});
}

TEST_CASE("next agrees with looking at every minute of a year, in a zone whose clocks change") {
  const Berlin2026 zone;
  for (const char* text : {"*/7 * * * *", "0 */5 * * *", "5 2-3 * * SUN", "0 0 1,15 * WED", "* 2 25 10 *"}) {
    const auto schedule = CronSchedule::parse(text);
    REQUIRE(schedule);
    const auto fields = ashlar::detail::CronFields::parse(text);
    // Times that are skipped or come twice have tests of their own.
    const Instant spring = at(2026, 3, 29, 1);
    const Instant autumn = at(2026, 10, 25, 1);
    const Instant end = at(2027, 1, 1);
    std::optional<Instant> next = schedule->next(at(2025, 12, 31, 23, 59), zone);
    // The zone's clocks change at full hours.
    for (Instant hour = at(2026, 1, 1); hour < end; hour += 1h) {
      const std::chrono::local_seconds wall{hour.time_since_epoch() + zone.offset_at(hour)};
      const auto day = std::chrono::floor<std::chrono::days>(wall);
      const auto hour_of_day = std::chrono::floor<std::chrono::hours>(wall - day).count();
      const bool due = fields->has_day(day) && fields->has_hour(static_cast<int>(hour_of_day));
      for (int i = 0; i < 60; ++i) {
        const Instant minute = hour + std::chrono::minutes{i};
        const bool shown = due && fields->has_minute(i);
        if (fields->names_times &&
            ((minute >= spring - 1min && minute <= spring + 1min) || (minute >= autumn - 1h && minute < autumn + 1h))) {
          next = schedule->next(minute, zone);
        } else if (shown != (next == minute)) {
          FAIL(text << ": " << show(minute) << ", next is " << show(next));
        } else if (shown) {
          next = schedule->next(minute, zone);
        }
      }
    }
  }
}

TEST_CASE("what is no schedule is refused with the field and what it takes") {
  const auto refusal = [](std::string_view text) {
    const auto parsed = CronSchedule::parse(text);
    return parsed ? "accepted" : std::string{parsed.error().what()};
  };
  const auto says = [&](std::string_view text, std::string_view words) {
    INFO(text << ": " << refusal(text));
    CHECK(refusal(text).find(words) != std::string::npos);
  };
  says("", "has 0 of the five fields");
  says("* * * *", "has 4 of the five fields");
  says("* * * * * *", "goes on after its five fields with '*'");
  says("60 * * * *", "minute '60' takes numbers from 0 to 59");
  says("* 24 * * *", "hour '24' takes numbers from 0 to 23");
  says("* * 0 * *", "day of the month '0' takes numbers from 1 to 31");
  says("* * * 13 *", "month '13' takes numbers from 1 to 12 or three letters of a name");
  says("* * * * 8", "day of the week '8' takes numbers from 0 to 7");
  says("* * * * MONDAY", "day of the week 'MONDAY'");
  says("* * * MON *", "month 'MON'");
  says("5-1 * * * *", "minute '5-1' ends before it begins");
  says("*/0 * * * *", "minute '*/0' takes a step from 1 to 59");
  says("*/x * * * *", "takes a step");
  says("1, * * * *", "minute ''");
  says("-1 * * * *", "minute '-1'");
  says("1-2-3 * * * *", "minute '1-2-3'");
  says("+1 * * * *", "minute '+1'");
  says("@reboot", "'@reboot' is unknown; write @yearly");
  CHECK(CronSchedule::parse("*/5 * * * *")->text() == "*/5 * * * *");
}
