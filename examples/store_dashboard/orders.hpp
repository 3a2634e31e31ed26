// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One line of an order, as the shops' database has it. Money is in cents, time in seconds since the epoch.
struct Order {
  std::int64_t number = 0;
  std::int64_t time = 0;
  std::int64_t unit_price = 0;
  std::int64_t unit_cost = 0;
  std::uint32_t product = 0;
  std::int32_t quantity = 0;
  std::uint32_t channel = 0;
  bool operator==(const Order&) const = default;
};
using Orders = std::vector<Order>;

inline constexpr std::array<std::string_view, 4> channels{"counter", "pickup", "delivery", "web"};
inline constexpr std::int64_t seconds_a_day = 86'400;

inline std::int32_t day_of(const Order& order) { return static_cast<std::int32_t>(order.time / seconds_a_day); }
inline std::string date_text(std::int32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

/// The database that the caches stand before: generated rows, each store's the same for the same seed, or those of a CSV.
class Source {
 public:
  struct Shape {
    std::int32_t stores = 100;
    std::int32_t rows = 10'000;  ///< of each store
    std::int32_t days = 90;
    std::uint64_t seed = 8;
  };
  static constexpr std::int32_t first_day = 20'089;  // 2025-01-01

  /// Weekends and evenings are busy, few products make most of the sales, margins differ by product, and some stores
  /// grow while others shrink.
  static Source generated(Shape shape) {
    Source source;
    source.shape_ = shape;
    for (std::int32_t store = 0; store < shape.stores; ++store) source.stores_.push_back(store);
    source.first_ = first_day;
    source.last_ = first_day + shape.days - 1;
    return source;
  }
  /// Columns: store,date,time,order,product,quantity,unit_price,unit_cost,channel. Throws std::runtime_error that says
  /// file, line and what is wrong.
  static Source from_csv(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) throw std::runtime_error{file + ": cannot be opened; give a CSV file that exists and can be read"};
    Source source;
    source.first_ = INT32_MAX;
    source.last_ = INT32_MIN;
    std::string text;
    std::size_t line = 0;
    while (std::getline(in, text)) {
      ++line;
      if (text.ends_with('\r')) text.pop_back();
      if (line == 1) {
        if (text != header) throw std::runtime_error{file + ":1: the first line must be '" + std::string{header} + "'"};
      } else if (!text.empty()) {
        const auto [store, order] = Row{file, line}.parse(text);
        source.rows_[store].push_back(order);
        source.first_ = std::min(source.first_, day_of(order));
        source.last_ = std::max(source.last_, day_of(order));
      }
    }
    if (source.rows_.empty()) throw std::runtime_error{file + ": has no row"};
    for (auto& [store, rows] : source.rows_) {
      source.stores_.push_back(store);
      std::sort(rows.begin(), rows.end(), [](const Order& a, const Order& b) {
        return a.time != b.time ? a.time < b.time : a.number < b.number;
      });
    }
    return source;
  }
  void write_csv(const std::string& file) const {
    std::ofstream out{file, std::ios::binary};
    out << header << '\n';
    char text[160];
    for (const std::int32_t store : stores_) {
      for (const Order& o : read(store)) {
        const auto second = static_cast<int>(o.time % seconds_a_day);
        std::snprintf(text, sizeof text, "%d,%s,%02d:%02d:%02d,%lld,%u,%d,%lld.%02lld,%lld.%02lld,%s\n", store,
                      date_text(day_of(o)).c_str(), second / 3600, second / 60 % 60, second % 60,
                      static_cast<long long>(o.number), o.product, o.quantity,
                      static_cast<long long>(o.unit_price / 100), static_cast<long long>(o.unit_price % 100),
                      static_cast<long long>(o.unit_cost / 100), static_cast<long long>(o.unit_cost % 100),
                      std::string{channels[o.channel]}.c_str());
        out << text;
      }
    }
    if (!out.flush()) throw std::runtime_error{file + ": cannot be written"};
  }

  const std::vector<std::int32_t>& stores() const { return stores_; }
  std::int32_t first() const { return first_; }
  std::int32_t last() const { return last_; }
  /// All rows of a store, in order of time.
  Orders read(std::int32_t store) const {
    if (const auto found = rows_.find(store); found != rows_.end()) return found->second;
    return generate(store);
  }

 private:
  static constexpr std::string_view header = "store,date,time,order,product,quantity,unit_price,unit_cost,channel";

  class Row {
   public:
    Row(const std::string& file, std::size_t line) : file_{file}, line_{line} {}

    std::pair<std::int32_t, Order> parse(std::string_view text) {
      std::array<std::string_view, 9> cells;
      std::size_t count = 0;
      for (std::string_view rest = text;; ++count) {
        const std::size_t end = rest.find(',');
        if (count < cells.size()) cells[count] = rest.substr(0, end);
        if (end == rest.npos) break;
        rest.remove_prefix(end + 1);
      }
      if (++count != cells.size()) fail("has " + std::to_string(count) + " columns instead of 9");
      Order order;
      const auto store = number<std::int32_t>(cells[0], "store");
      order.time = date(cells[1]) * seconds_a_day + time(cells[2]);
      order.number = number<std::int64_t>(cells[3], "order");
      order.product = number<std::uint32_t>(cells[4], "product");
      order.quantity = number<std::int32_t>(cells[5], "quantity");
      order.unit_price = cents(cells[6], "unit_price");
      order.unit_cost = cents(cells[7], "unit_cost");
      const auto channel = std::find(channels.begin(), channels.end(), cells[8]);
      if (channel == channels.end()) bad(cells[8], "channel", "counter, pickup, delivery or web");
      order.channel = static_cast<std::uint32_t>(channel - channels.begin());
      return {store, order};
    }

   private:
    [[noreturn]] void fail(const std::string& what) const {
      throw std::runtime_error{file_ + ':' + std::to_string(line_) + ": " + what};
    }
    [[noreturn]] void bad(std::string_view cell, std::string_view column, std::string_view wanted) const {
      fail("bad " + std::string{column} + " '" + std::string{cell} + "'; write " + std::string{wanted});
    }
    template <class N>
    N number(std::string_view cell, std::string_view column) const {
      N value{};
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (error != std::errc{} || end != cell.data() + cell.size()) bad(cell, column, "a whole number that fits");
      return value;
    }
    std::int64_t cents(std::string_view cell, std::string_view column) const {
      double value = 0;
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      const bool good = error == std::errc{} && end == cell.data() + cell.size() && std::abs(value) < 1e12;
      if (!good) bad(cell, column, "an amount such as 12.50");
      return std::llround(value * 100);
    }
    std::int64_t date(std::string_view cell) const {
      if (cell.size() != 10 || cell[4] != '-' || cell[7] != '-') bad(cell, "date", "a day as 2025-01-31");
      const std::chrono::year_month_day date{std::chrono::year{number<int>(cell.substr(0, 4), "date")},
                                             std::chrono::month{number<unsigned>(cell.substr(5, 2), "date")},
                                             std::chrono::day{number<unsigned>(cell.substr(8, 2), "date")}};
      if (!date.ok()) bad(cell, "date", "a day that there is");
      return std::chrono::sys_days{date}.time_since_epoch().count();
    }
    std::int64_t time(std::string_view cell) const {
      if (cell.size() != 8 || cell[2] != ':' || cell[5] != ':') bad(cell, "time", "a time as 18:30:00");
      const int hour = number<int>(cell.substr(0, 2), "time");
      const int minute = number<int>(cell.substr(3, 2), "time");
      const int second = number<int>(cell.substr(6, 2), "time");
      if (hour > 23 || minute > 59 || second > 59 || hour < 0 || minute < 0 || second < 0) {
        bad(cell, "time", "a time that there is");
      }
      return hour * 3600 + minute * 60 + second;
    }

    const std::string& file_;
    std::size_t line_;
  };

  Orders generate(std::int32_t store) const {
    std::mt19937_64 random{shape_.seed * 1'000'003 + static_cast<std::uint64_t>(store)};
    std::uniform_real_distribution<double> unit{0, 1};
    const double level = 0.6 + 0.9 * std::pow(unit(random), 3);  // few stores are much dearer than the others
    const double trend = -0.4 + 0.9 * unit(random);              // from the first day to the last
    std::vector<double> weights;
    for (std::int32_t day = 0; day < shape_.days; ++day) {
      constexpr std::array<double, 7> week{1.5, 0.8, 0.8, 0.9, 1.0, 1.3, 1.7};  // from Sunday
      const double progress = static_cast<double>(day) / std::max(shape_.days - 1, 1);
      weights.push_back(week[static_cast<std::size_t>((first_day + day + 4) % 7)] * (1 + trend * progress) *
                        (0.85 + 0.3 * unit(random)));
    }
    std::discrete_distribution<std::int32_t> pick_day{weights.begin(), weights.end()};
    std::discrete_distribution<int> pick_hour{1, 2, 3, 4, 8, 9, 4, 3, 4, 7, 9, 7, 4, 2};  // from 8 o'clock
    std::discrete_distribution<std::uint32_t> pick_channel{5, 2, 2, 1};
    std::geometric_distribution<std::int32_t> pick_quantity{0.6};
    std::uniform_int_distribution<int> pick_second{0, 3599};
    Orders rows(static_cast<std::size_t>(shape_.rows));
    for (Order& row : rows) {
      row.time = std::int64_t{first_day + pick_day(random)} * seconds_a_day + (8 + pick_hour(random)) * 3600 +
                 pick_second(random);
      row.product = static_cast<std::uint32_t>(std::exp(unit(random) * std::log(2000.0))) - 1;  // as 1 / rank
      row.unit_price = std::llround((199 + 50.0 * ((row.product * 7919U) % 120)) * level);
      const auto margin = static_cast<std::int64_t>(20 + (row.product * 104'729U + static_cast<unsigned>(store)) % 35);
      row.unit_cost = row.unit_price * (100 - margin) / 100;
      row.quantity = 1 + pick_quantity(random);
      row.channel = pick_channel(random);
    }
    std::sort(rows.begin(), rows.end(), [](const Order& a, const Order& b) { return a.time < b.time; });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].number = std::int64_t{store} * 10'000'000 + static_cast<std::int64_t>(i);
    }
    return rows;
  }

  Shape shape_{};
  std::map<std::int32_t, Orders> rows_;  // of a CSV
  std::vector<std::int32_t> stores_;
  std::int32_t first_ = 0;
  std::int32_t last_ = 0;
};
