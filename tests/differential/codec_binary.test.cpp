// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <support/soak.hpp>

// `Binary` against a second encoder, written as plainly as the table of the format reads.
namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFF));
}
void put_size(Bytes& out, std::uint64_t value) {
  for (; value > 127; value /= 128) out.push_back(static_cast<std::byte>(128 + value % 128));
  out.push_back(static_cast<std::byte>(value));
}

void plain(Bytes& out, std::int32_t value) { put(out, static_cast<std::uint32_t>(value), 4); }
void plain(Bytes& out, std::uint64_t value) { put(out, value, 8); }
void plain(Bytes& out, std::int8_t value) { put(out, static_cast<std::uint8_t>(value), 1); }
void plain(Bytes& out, bool value) { put(out, value ? 1 : 0, 1); }
void plain(Bytes& out, double value) { put(out, std::bit_cast<std::uint64_t>(value), 8); }
void plain(Bytes& out, const std::string& value) {
  put_size(out, value.size());
  for (const char c : value) put(out, static_cast<unsigned char>(c), 1);
}
template <class T>
void plain(Bytes& out, const std::optional<T>& value) {
  plain(out, value.has_value());
  if (value) plain(out, *value);
}
template <class T>
void plain(Bytes& out, const std::vector<T>& value) {
  put_size(out, value.size());
  for (const auto& element : value) plain(out, element);
}
template <class K, class V>
void plain(Bytes& out, const std::map<K, V>& value) {
  put_size(out, value.size());
  for (const auto& [key, mapped] : value) {
    plain(out, key);
    plain(out, mapped);
  }
}

struct Row {
  std::uint64_t id;
  std::string name;
  std::optional<double> price;
  std::vector<std::int32_t> counts;
  std::map<std::string, std::vector<std::string>> tags;
  std::int8_t small;
  bool flag;
};
void plain(Bytes& out, const Row& row) {
  plain(out, row.id);
  plain(out, row.name);
  plain(out, row.price);
  plain(out, row.counts);
  plain(out, row.tags);
  plain(out, row.small);
  plain(out, row.flag);
}

}  // namespace

TEST_CASE("Binary writes what the plain encoder writes") {
  std::mt19937 engine{7};
  const auto below = [&](std::uint32_t limit) { return engine() % limit; };
  const auto text = [&] {
    return std::string(below(5) == 0 ? below(1000) : below(20), static_cast<char>('a' + below(26)));
  };
  for (int i = 0; i < static_cast<int>(300 * ashlar_test::soak()); ++i) {
    std::vector<Row> rows(below(8));
    for (Row& row : rows) {
      row.id = std::uint64_t{engine()} << below(33);
      row.name = text();
      if (below(2) != 0) row.price = static_cast<double>(below(1000)) / 3.0;
      row.counts.resize(below(100), static_cast<std::int32_t>(engine()));
      for (auto n = below(4); n > 0; --n) row.tags[text()].push_back(text());
      row.small = static_cast<std::int8_t>(below(256));
      row.flag = below(2) != 0;
    }
    Bytes ours;
    Bytes theirs;
    ashlar::Binary{}.encode(rows, ours);
    plain(theirs, rows);
    CHECK(ours == theirs);
  }
}
