// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <support/data.hpp>

namespace ashlar_test {

/// The unpacked bytes of a file of the real data, or nothing where it or its unpacker is absent. `.xz` and `.zip`.
inline std::string unpacked(const std::string& name) {
  const auto folder = real_data();
  if (folder.empty() || !std::filesystem::exists(folder / name)) return {};
  const std::string command =
      (name.ends_with(".zip") ? "unzip -p '" : "xz -dc '") + (folder / name).string() + "' 2>/dev/null";
  std::string bytes;
  if (std::FILE* pipe = popen(command.c_str(), "r"); pipe != nullptr) {
    static char piece[1 << 16];
    while (const std::size_t size = std::fread(piece, 1, sizeof piece, pipe)) bytes.append(piece, size);
    pclose(pipe);
  }
  return bytes;
}

/// One row of the retail data. `Text` is std::string, or std::string_view for rows that point elsewhere.
template <class Text>
struct RetailRow {
  std::int64_t invoice = 0;  ///< -1 - number for a cancellation
  Text stock_code;
  Text description;
  std::int32_t quantity = 0;
  std::int64_t time = 0;  ///< seconds since the epoch, as if UTC
  double price = 0;
  std::int64_t customer = 0;  ///< 0 for none
  Text country;
  bool operator==(const RetailRow&) const = default;
};

inline std::int64_t seconds_of(const std::string& text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%d %d:%d:%d", &y, &mo, &d, &h, &mi, &s) < 5) return 0;
  y -= mo <= 2 ? 1 : 0;  // days from the civil date
  const std::int64_t era = y / 400;
  const int year = y - static_cast<int>(era) * 400;
  const int day = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return ((era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468) * 24 + h) * 3600 + mi * 60 + s;
}

/// The first `most` rows, empty where the data is absent.
inline std::vector<RetailRow<std::string>> retail_rows(std::size_t most) {
  const std::string csv = unpacked("online_retail.csv.xz");
  std::vector<RetailRow<std::string>> rows;
  std::vector<std::string> cells(1);
  bool quoted = false;
  bool first = true;
  for (std::size_t i = 0; i < csv.size() && rows.size() < most; ++i) {
    const char c = csv[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c == '\n' && !quoted) {
      if (!first && cells.size() >= 8) {
        const bool letter = !cells[0].empty() && (cells[0][0] < '0' || cells[0][0] > '9');
        const std::int64_t number = std::atoll(cells[0].c_str() + (letter ? 1 : 0));
        rows.push_back({letter ? -1 - number : number, cells[1], cells[2], std::atoi(cells[3].c_str()),
                        seconds_of(cells[4]), std::atof(cells[5].c_str()), std::atoll(cells[6].c_str()), cells[7]});
      }
      first = false;
      cells.assign(1, {});
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return rows;
}

template <class Row>
inline std::string json_of(const Row& row) {
  char price[32];
  std::snprintf(price, sizeof price, "%.10g", row.price);
  return R"({"invoice":)" + std::to_string(row.invoice) + R"(,"stock_code":")" + std::string{row.stock_code} +
         R"(","description":")" + std::string{row.description} + R"(","quantity":)" + std::to_string(row.quantity) +
         R"(,"time":)" + std::to_string(row.time) + R"(,"unit_price":)" + price + R"(,"customer":)" +
         std::to_string(row.customer) + R"(,"country":")" + std::string{row.country} + "\"}\n";
}

}  // namespace ashlar_test
