// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/detail/column_decimals.hpp>
#include <ashlar/codec/detail/column_rows.hpp>
#include <ashlar/codec/detail/column_texts.hpp>
#include <ashlar/codec/detail/column_zones.hpp>

namespace ashlar::inline v0 {

/// What `Columns::summary` says of a column of numbers.
struct ColumnSummary {
  std::size_t count = 0;
  double sum = 0;       ///< of integers: the exact sum, rounded; of doubles: the sum of the blocks' sums
  double smallest = 0;  ///< of no values, or of NaN only: +infinity
  double largest = 0;   ///< of no values, or of NaN only: -infinity
};

/// A table that `Columnar` packed, read where it lies: whole, by block of 1024 rows, or summed up without being
/// restored. `Row` is the type that was packed; its texts may be `std::string_view`, which then point into this object.
/// The packed bytes must outlive it. Any bytes are safe to open and to read; one byte can stand for 512 rows, so look at
/// `size()` before you make room for what strangers sent.
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
    if constexpr (in_place) {
      return read_in_place(index, rows) ? Result<void>{} : damaged(0, index);
    } else {
      const std::unique_ptr<Cells[]> cells{new Cells[width]};
      return read_rows(index, rows, cells.get());
    }
  }
  /// Fills `rows`, of `size()` elements.
  Result<void> read(std::span<Row> rows) const {
    ASHLAR_ASSERT(rows.size() == rows_, "Columns::read needs size() rows");
    std::unique_ptr<Cells[]> cells;
    if constexpr (!in_place) cells.reset(new Cells[width]);
    for (std::size_t b = 0; b < blocks(); ++b) {
      const auto some = rows.subspan(b * block_size, size_of(b));
      if constexpr (in_place) {
        if (!read_in_place(b, some)) return damaged(0, b);
      } else {
        if (auto done = read_rows(b, some, cells.get()); !done) return done;
      }
    }
    return {};
  }

  /// Count, sum and range of the column of numbers at place `I`, counted through members of members. They are stored for
  /// each block: no row is read. Cost: about a nanosecond a block.
  template <std::size_t I>
  Result<ColumnSummary> summary() const {
    using Leaf = detail::column::Leaf<Row, I>;
    static_assert(numeric<Leaf>, "[ashlar] columnar: only columns of integers, durations and doubles can be summed up");
    Zone<I> all;
    if (!each_zone<I>([&](const Zone<I>& zone, std::size_t) { all.add(zone); })) return damaged_zones(I);
    return summary_of<Leaf>(all, rows_);
  }
  /// The same of each block alone, so that a search can pass over those that cannot hold what it is for.
  template <std::size_t I>
  Result<std::vector<ColumnSummary>> summaries() const {
    using Leaf = detail::column::Leaf<Row, I>;
    static_assert(numeric<Leaf>, "[ashlar] columnar: only columns of integers, durations and doubles can be summed up");
    std::vector<ColumnSummary> blocks_of_column;
    blocks_of_column.reserve(blocks());
    const bool good = each_zone<I>(
        [&](const Zone<I>& zone, std::size_t b) { blocks_of_column.push_back(summary_of<Leaf>(zone, size_of(b))); });
    if (!good) return damaged_zones(I);
    return blocks_of_column;
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
  static constexpr bool is_number = type<I> == detail::column::Type::integer || type<I> == detail::column::Type::real;
  template <std::size_t I>
  using Zone =
      std::conditional_t<type<I> == detail::column::Type::real, detail::column::RealZone, detail::column::IntegerZone>;
  struct NumberColumn {
    detail::column::ZoneIndex zones;
    detail::column::BlockIndex blocks;
  };
  template <std::size_t I>
  using Column = std::conditional_t<is_number<I>, NumberColumn, detail::column::TextColumn<>>;
  template <class>
  struct Tuple;
  template <std::size_t... I>
  struct Tuple<std::index_sequence<I...>> {
    using type = std::tuple<Column<I>...>;
  };
  // A block of one column, before it is dealt out to the rows: words, doubles, or places of texts. A line longer, so that
  // the same row of many columns does not fall into one set of the cache.
  struct alignas(64) Cells {
    std::byte bytes[detail::column::block * 8 + 64];

    std::int64_t* words() noexcept { return reinterpret_cast<std::int64_t*>(bytes); }
    const std::int64_t* words() const noexcept { return reinterpret_cast<const std::int64_t*>(bytes); }
    double* reals() noexcept { return reinterpret_cast<double*>(bytes); }
    const double* reals() const noexcept { return reinterpret_cast<const double*>(bytes); }
  };
  // Rows that are nothing but the numbers which the decoder writes.
  static constexpr bool in_place = std::same_as<Row, std::int64_t> || std::same_as<Row, double>;

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
    if constexpr (is_number<I>) {
      NumberColumn& numbers = std::get<I>(columns_);
      const bool zoned = numeric<detail::column::Leaf<Row, I>>;
      if (zoned && !numbers.zones.read(column, blocks(), piece)) return fail_in(reader, I, column);
      if (!numbers.blocks.read(column, blocks())) return fail_in(reader, I, column);
    } else {
      const auto distinct_of = [&](std::size_t place) { return place < I ? distinct_at(place) : 0; };
      if (!std::get<I>(columns_).read(column, rows_, distinct_of)) return fail_in(reader, I, column);
    }
    if (column.left() != 0) column.fail("bytes behind the last block");
    return !column.failed() || fail_in(reader, I, column);
  }
  // How many numbered texts the column at `place` has.
  std::size_t distinct_at(std::size_t place) const noexcept {
    std::size_t distinct = 0;
    const auto look = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (!is_number<I>) {
        if (place == I) distinct = std::get<I>(columns_).distinct();
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (look(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<width>{});
    return distinct;
  }
  static bool fail_in(ByteReader& reader, std::size_t column, const ByteReader& inner) {
    return reader.fail("column " + std::to_string(column) + " " + inner.error().what());
  }
  static Error damaged(std::size_t column, std::size_t index) {
    return Error{ErrorCode::corrupt,
                 "columnar: block " + std::to_string(index) + " of column " + std::to_string(column) + " is damaged"};
  }

  static Error damaged_zones(std::size_t column) {
    return Error{ErrorCode::corrupt,
                 "columnar: what column " + std::to_string(column) + " says of its blocks is damaged"};
  }

  bool read_in_place(std::size_t index, std::span<Row> rows) const {
    namespace col = detail::column;
    const auto piece = std::get<0>(columns_).blocks[index];
    if constexpr (type<0> == col::Type::integer) {
      return col::decode_integers(piece.data(), piece.size(), rows.size(), rows.data());
    } else {
      if (rows.size() == col::block) return col::decode_doubles(piece.data(), piece.size(), rows.size(), rows.data());
      double values[col::block];
      if (!col::decode_doubles(piece.data(), piece.size(), rows.size(), values)) return false;
      std::copy_n(values, rows.size(), rows.data());
      return true;
    }
  }

  Result<void> read_rows(std::size_t index, std::span<Row> rows, Cells* cells) const {
    std::size_t bad = width;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_cast<void>(((read_cells<I>(index, rows.size(), cells) || (bad = I, false)) && ...));
      if (bad != width) return;
      // Row by row, so that each is written once, from front to back.
      const std::tuple<detail::column::ColumnOf<I, Row>...> targets{detail::column::ColumnOf<I, Row>{rows.data()}...};
      for (std::size_t i = 0; i < rows.size(); ++i) {
        (put_cell<I>(cells[I], i, std::get<I>(targets)[i], bad), ...);
      }
    }(std::make_index_sequence<width>{});
    if (bad == width) return {};
    return damaged(bad, index);
  }
  template <std::size_t I>
  bool read_cells(std::size_t index, std::size_t count, Cells* cells) const {
    namespace col = detail::column;
    const auto& column = std::get<I>(columns_);
    if constexpr (type<I> == col::Type::integer) {
      const auto piece = column.blocks[index];
      return col::decode_integers(piece.data(), piece.size(), count, cells[I].words()) &&
             in_range<col::Leaf<Row, I>>(cells[I].words(), count);
    } else if constexpr (type<I> == col::Type::real) {
      const auto piece = column.blocks[index];
      return col::decode_doubles(piece.data(), piece.size(), count, cells[I].reals());
    } else {
      const std::size_t leader = column.leader();
      const std::int64_t* leading = leader == col::TextColumn<>::nobody ? nullptr : cells[leader].words();
      return column.read_block(index, count, leading, cells[I].words());
    }
  }
  // Makes a value of cell `i`; where that cannot be, `bad` becomes the column.
  template <std::size_t I, class Value>
  void put_cell(const Cells& cells, std::size_t i, Value& value, [[maybe_unused]] std::size_t& bad) const {
    namespace col = detail::column;
    if constexpr (type<I> == col::Type::integer) {
      value = col::from_word<Value>(cells.words()[i]);
    } else if constexpr (type<I> == col::Type::real) {
      value = col::from_real<Value>(cells.reals()[i]);
    } else {
      const std::string_view text = std::get<I>(columns_)[cells.words()[i]];
      if constexpr (type<I> == col::Type::other) {
        ByteReader reader{std::as_bytes(std::span{text})};
        if (!reader.value(value) || reader.left() != 0) bad = I;
      } else if constexpr (std::same_as<Value, std::string_view>) {
        value = text;
      } else {
        value.assign(reinterpret_cast<const typename Value::value_type*>(text.data()), text.size());
      }
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
      detail::column::range(words, count, &low, &high);
      return low >= allowed.first && high <= allowed.second;
    }
  }

  // Calls `add(zone, block)` for each block. A table of one block stores none.
  template <std::size_t I, class F>
  bool each_zone(F add) const {
    namespace col = detail::column;
    using Leaf = col::Leaf<Row, I>;
    const NumberColumn& column = std::get<I>(columns_);
    bool good = true;
    if (blocks() > 1) {
      good = column.zones.template each<Zone<I>>(blocks(), rows_, [&](const Zone<I>& zone, std::size_t b) {
        if constexpr (type<I> == col::Type::integer) {
          constexpr auto allowed = col::word_range<Leaf>();
          good = good && zone.inside(allowed.first, allowed.second);
        }
        add(zone, b);
      }) && good;
    } else if (rows_ != 0) {
      Cells cells;
      const auto piece = column.blocks[0];
      if constexpr (type<I> == col::Type::integer) {
        good = col::decode_integers(piece.data(), piece.size(), rows_, cells.words()) &&
               in_range<Leaf>(cells.words(), rows_);
        if (good) add(Zone<I>::of(cells.words(), rows_), 0);
      } else {
        good = col::decode_doubles(piece.data(), piece.size(), rows_, cells.reals());
        if (good) add(Zone<I>::of(cells.reals(), rows_), 0);
      }
    }
    return good;
  }
  template <class Leaf, class Zone>
  static ColumnSummary summary_of(const Zone& zone, std::size_t rows) noexcept {
    ColumnSummary summary{.count = rows};
    if constexpr (std::same_as<Zone, detail::column::RealZone>) {
      summary.sum = zone.sum;
      summary.smallest = zone.smallest;
      summary.largest = zone.largest;
    } else {
      // Unsigned 64-bit numbers lie 2^63 lower as words.
      constexpr bool shifted = detail::column::to_word(Leaf{}) == INT64_MIN;
      const auto high = static_cast<std::uint64_t>(zone.high) + (shifted ? std::uint64_t{rows} << 31 : 0);
      const auto value = [](std::int64_t word) {
        return shifted ? static_cast<double>(static_cast<std::uint64_t>(word) ^ (std::uint64_t{1} << 63))
                       : static_cast<double>(word);
      };
      constexpr double infinity = std::numeric_limits<double>::infinity();
      const double whole = shifted ? static_cast<double>(high) : static_cast<double>(static_cast<std::int64_t>(high));
      summary.sum = whole * 4294967296.0 + static_cast<double>(zone.low);
      summary.smallest = rows == 0 ? infinity : value(zone.smallest);
      summary.largest = rows == 0 ? -infinity : value(zone.largest);
    }
    return summary;
  }

  std::size_t rows_ = 0;
  typename Tuple<std::make_index_sequence<width>>::type columns_;
};

}  // namespace ashlar::inline v0
