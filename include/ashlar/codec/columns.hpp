// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/detail/column_decimals.hpp>
#include <ashlar/codec/detail/column_rows.hpp>
#include <ashlar/codec/detail/column_texts.hpp>

namespace ashlar::inline v0 {

/// What `Columns::summary` says of a column of numbers.
struct ColumnSummary {
  std::size_t count = 0;
  double sum = 0;       ///< of integers: the exact sum, rounded once
  double smallest = 0;  ///< of no values, or of NaN only: +infinity
  double largest = 0;   ///< of no values, or of NaN only: -infinity
};

/// A table that `Columnar` packed, read where it lies: whole, by block of 1024 rows, or summed up without being
/// restored. `Row` is the type that was packed; its texts may be `std::string_view`, which then point into this object.
/// The packed bytes must outlive it. Any bytes are safe to open and to read.
/// Threads: const members may be called concurrently.
/// Cost: opening reads the texts' dictionaries; a block takes about a nanosecond per eight numbers.
template <class Row>
class Columns {
  static_assert(encodable<Row>, "[ashlar] columnar: rows must be numbers, texts or aggregates that Binary can encode");
  static constexpr std::size_t width = detail::column::row_width<Row>;

 public:
  /// Rows per block.
  static constexpr std::size_t block_size = detail::column::block;

  Columns(Columns&&) noexcept = default;
  Columns& operator=(Columns&&) noexcept = default;

  /// `corrupt` for bytes that are not a packed table of such rows.
  static Result<Columns> open(std::span<const std::byte> bytes) {
    Columns columns;
    ByteReader reader{bytes};
    if (!columns.read_all(reader)) return reader.error().within("columnar");
    return columns;
  }

  std::size_t size() const noexcept { return rows_; }
  std::size_t blocks() const noexcept { return detail::column::blocks_of(rows_); }
  /// How many rows block `index` has: 1024, or fewer in the last.
  std::size_t size_of(std::size_t index) const noexcept { return detail::column::rows_in(index, rows_); }

  /// Fills `rows`, of `size_of(index)` elements, with those of block `index`.
  Result<void> read_block(std::size_t index, std::span<Row> rows) const {
    ASHLAR_ASSERT(index < blocks() && rows.size() == size_of(index), "Columns::read_block needs size_of(index) rows");
    const std::size_t bad = [&]<std::size_t... I>(std::index_sequence<I...>) {
      std::size_t fault = width;
      static_cast<void>(((read_column<I>(index, rows) || (fault = I, false)) && ...));
      return fault;
    }(std::make_index_sequence<width>{});
    if (bad == width) return {};
    return damaged(bad, index);
  }
  /// Fills `rows`, of `size()` elements.
  Result<void> read(std::span<Row> rows) const {
    for (std::size_t b = 0; b < blocks(); ++b) {
      if (auto done = read_block(b, rows.subspan(b * block_size, size_of(b))); !done) return done;
    }
    return {};
  }

  /// Count, sum and range of the column of numbers at place `I`, counted through members of members.
  template <std::size_t I>
  Result<ColumnSummary> summary() const {
    using Leaf = detail::column::Leaf<Row, I>;
    static_assert(numeric<Leaf>, "[ashlar] columnar: only columns of integers, durations and doubles can be summed up");
    if constexpr (detail::column::type<Leaf> == detail::column::Type::real) {
      return sum_up_reals<I>();
    } else {
      return sum_up_integers<I>();
    }
  }
  /// The same by member: `columns.template summary<&Order::price>()`.
  template <auto Member>
    requires std::is_member_object_pointer_v<decltype(Member)>
  Result<ColumnSummary> summary() const {
    using Value = std::remove_cvref_t<decltype(std::declval<Row&>().*Member)>;
    static_assert(numeric<Value>,
                  "[ashlar] columnar: only columns of integers, durations and doubles can be summed up");
    Row row{};
    const auto leaves = detail::column::leaves(row);
    Result<ColumnSummary> result;
    const auto try_column = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (std::same_as<detail::column::Leaf<Row, I>, Value>) {
        if (&std::get<I>(leaves) == &(row.*Member)) result = summary<I>();
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (try_column(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<width>{});
    return result;
  }

 private:
  template <class Leaf>
  static constexpr bool numeric =
      detail::column::type<Leaf> == detail::column::Type::real ||
      (detail::column::type<Leaf> == detail::column::Type::integer && !std::same_as<Leaf, float>);
  template <std::size_t I>
  static constexpr detail::column::Type type = detail::column::type<detail::column::Leaf<Row, I>>;
  template <std::size_t I>
  using Column = std::conditional_t<type<I> == detail::column::Type::integer || type<I> == detail::column::Type::real,
                                    detail::column::BlockIndex, detail::column::TextColumn>;
  template <class>
  struct Tuple;
  template <std::size_t... I>
  struct Tuple<std::index_sequence<I...>> {
    using type = std::tuple<Column<I>...>;
  };

  Columns() = default;

  bool read_all(ByteReader& reader) {
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    if (!reader.size(rows) || !reader.size(columns)) return false;
    if (columns != width) {
      return reader.fail("a table of " + std::to_string(columns) + " columns, but the row type has " +
                         std::to_string(width));
    }
    // Every column has a size and a byte for each block of rows.
    if (width == 0 || rows / block_size > reader.left() / (2 * width))
      return reader.fail("more rows than bytes can hold");
    rows_ = static_cast<std::size_t>(rows);
    const bool good = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (open_column<I>(reader) && ...);
    }(std::make_index_sequence<width>{});
    return good && (reader.left() == 0 || reader.fail("bytes behind the last column"));
  }

  template <std::size_t I>
  bool open_column(ByteReader& reader) {
    std::uint8_t stored = 0;
    std::uint64_t size = 0;
    std::span<const std::byte> piece;
    if (!reader.number(stored) || !reader.count(size, 1) || !reader.bytes(static_cast<std::size_t>(size), piece))
      return false;
    if (stored != static_cast<std::uint8_t>(type<I>))
      return reader.fail("column " + std::to_string(I) + " is of another type");
    ByteReader column{piece};
    if constexpr (std::same_as<Column<I>, detail::column::BlockIndex>) {
      if (!std::get<I>(columns_).read(column, blocks())) return fail_in(reader, I, column);
    } else {
      if (!std::get<I>(columns_).read(column, rows_)) return fail_in(reader, I, column);
    }
    if (column.left() != 0) column.fail("bytes behind the last block");
    return !column.failed() || fail_in(reader, I, column);
  }
  static bool fail_in(ByteReader& reader, std::size_t column, const ByteReader& inner) {
    return reader.fail("column " + std::to_string(column) + " " + inner.error().what());
  }
  static Error damaged(std::size_t column, std::size_t index) {
    return Error{ErrorCode::corrupt,
                 "columnar: block " + std::to_string(index) + " of column " + std::to_string(column) + " is damaged"};
  }

  template <std::size_t I>
  bool read_column(std::size_t index, std::span<Row> rows) const {
    namespace col = detail::column;
    using Leaf = col::Leaf<Row, I>;
    const auto& column = std::get<I>(columns_);
    const col::ColumnOf<I, Row> target{rows.data()};
    if constexpr (type<I> == col::Type::integer) {
      const auto piece = column[index];
      if constexpr (std::same_as<Row, std::int64_t>) {
        return col::decode_integers(piece.data(), piece.size(), rows.size(), rows.data());
      }
      std::int64_t words[col::block];
      if (!col::decode_integers(piece.data(), piece.size(), rows.size(), words) ||
          !in_range<Leaf>(words, rows.size())) {
        return false;
      }
      for (std::size_t i = 0; i < rows.size(); ++i) target[i] = col::from_word<Leaf>(words[i]);
      return true;
    } else if constexpr (type<I> == col::Type::real) {
      const auto piece = column[index];
      if constexpr (std::same_as<Row, double>) {
        if (rows.size() == col::block) return col::decode_doubles(piece.data(), piece.size(), rows.size(), rows.data());
      }
      double values[col::block];
      if (!col::decode_doubles(piece.data(), piece.size(), rows.size(), values)) return false;
      for (std::size_t i = 0; i < rows.size(); ++i) target[i] = col::from_real<Leaf>(values[i]);
      return true;
    } else if constexpr (type<I> == col::Type::text) {
      return column.read_block(index, rows.size(), [&](std::size_t i, std::string_view text) {
        if constexpr (std::same_as<Leaf, std::string_view>) {
          target[i] = text;
        } else {
          target[i].assign(reinterpret_cast<const typename Leaf::value_type*>(text.data()), text.size());
        }
      });
    } else {
      bool good = true;
      return column.read_block(index, rows.size(), [&](std::size_t i, std::string_view text) {
        ByteReader reader{std::as_bytes(std::span{text})};
        good = reader.value(target[i]) && reader.left() == 0 && good;
      }) && good;
    }
  }

  // Words of a damaged block may lie outside of what their type can hold.
  template <class Leaf>
  static bool in_range(const std::int64_t* words, std::size_t count) noexcept {
    constexpr auto allowed = detail::column::word_range<Leaf>();
    if constexpr (allowed.first == INT64_MIN && allowed.second == INT64_MAX) {
      return true;
    } else {
      std::int64_t low = 0;
      std::int64_t high = 0;
      range_of(words, count, low, high);
      return low >= allowed.first && high <= allowed.second;
    }
  }
  static void range_of(const std::int64_t* words, std::size_t count, std::int64_t& low, std::int64_t& high) noexcept {
    if (count == block_size) {
      detail::column::range(words, &low, &high);
    } else {
      const auto ends = std::minmax_element(words, words + count);
      low = *ends.first;
      high = *ends.second;
    }
  }

  template <std::size_t I>
  Result<ColumnSummary> sum_up_integers() const {
    namespace col = detail::column;
    using Leaf = col::Leaf<Row, I>;
    std::uint64_t lows = 0;
    std::int64_t highs = 0;
    std::int64_t smallest = INT64_MAX;
    std::int64_t largest = INT64_MIN;
    std::int64_t words[col::block];
    for (std::size_t b = 0; b < blocks(); ++b) {
      const auto piece = std::get<I>(columns_)[b];
      const std::size_t count = size_of(b);
      if (!col::decode_integers(piece.data(), piece.size(), count, words) || !in_range<Leaf>(words, count))
        return damaged(I, b);
      std::uint64_t low_half = 0;
      std::int64_t high_half = 0;
      col::sum(words, count, &low_half, &high_half);
      lows += low_half;
      highs += high_half;
      std::int64_t low = 0;
      std::int64_t high = 0;
      range_of(words, count, low, high);
      smallest = std::min(smallest, low);
      largest = std::max(largest, high);
    }
    // Unsigned 64-bit numbers lie 2^63 lower as words.
    constexpr double shift = col::to_word(Leaf{}) == INT64_MIN ? 9223372036854775808.0 : 0.0;
    ColumnSummary summary{.count = rows_};
    // (highs * 2^32 + lows), carried so that only the last addition rounds.
    highs += static_cast<std::int64_t>(lows >> 32);
    summary.sum = static_cast<double>(highs) * 4294967296.0 + static_cast<double>(lows & 0xFFFFFFFFu) +
                  shift * static_cast<double>(rows_);
    summary.smallest = rows_ == 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(smallest) + shift;
    summary.largest = rows_ == 0 ? -std::numeric_limits<double>::infinity() : static_cast<double>(largest) + shift;
    return summary;
  }

  template <std::size_t I>
  Result<ColumnSummary> sum_up_reals() const {
    namespace col = detail::column;
    double sums[col::lanes] = {};
    ColumnSummary summary{.count = rows_,
                          .smallest = std::numeric_limits<double>::infinity(),
                          .largest = -std::numeric_limits<double>::infinity()};
    double values[col::block];
    double rest = 0;
    for (std::size_t b = 0; b < blocks(); ++b) {
      const auto piece = std::get<I>(columns_)[b];
      const std::size_t count = size_of(b);
      if (!col::decode_doubles(piece.data(), piece.size(), count, values)) return damaged(I, b);
      double low = 0;
      double high = 0;
      if (count == block_size) {
        col::add_doubles(values, sums, &low, &high);
        summary.smallest = std::min(summary.smallest, low);
        summary.largest = std::max(summary.largest, high);
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        rest += values[i];
        summary.smallest = values[i] < summary.smallest ? values[i] : summary.smallest;
        summary.largest = values[i] > summary.largest ? values[i] : summary.largest;
      }
    }
    for (const double lane : sums) summary.sum += lane;
    summary.sum += rest;
    return summary;
  }

  std::size_t rows_ = 0;
  typename Tuple<std::make_index_sequence<width>>::type columns_;
};

}  // namespace ashlar::inline v0
