// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ashlar/simd/byte_histogram.hpp>

#include "png.hpp"

/// A file as a picture: each character a pixel, coloured by what it is, long files wrapped into columns.
namespace minimap {

enum class Kind : std::uint8_t { text, binary, empty };

struct Picture {
  Kind kind = Kind::text;
  std::uint64_t lines = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> png;
};

namespace detail {

/// What a pixel shows; the value is its colour in the palette.
enum Ink : std::uint8_t { paper, margin, letter, digit, punctuation, text, comment, directive, foreign, control };

inline constexpr std::array<png::Colour, 10> palette{{
    {30, 32, 38},     // paper
    {44, 47, 56},     // margin between columns
    {205, 209, 220},  // letters
    {247, 178, 103},  // digits
    {125, 135, 155},  // punctuation
    {140, 200, 120},  // string and character literals
    {90, 110, 100},   // comments
    {198, 140, 224},  // preprocessor lines
    {96, 180, 220},   // anything that is not ASCII
    {224, 96, 96},    // control characters
}};

inline constexpr std::uint32_t column_width = 100, gap = 6, tab = 8;
inline constexpr std::uint64_t most_rows = 400'000;  // 40 million pixels

inline Ink ink_of(std::uint8_t byte) {
  if (byte == ' ') return paper;
  if (byte >= 0x80) return foreign;
  if (byte < 0x20 || byte == 0x7F) return control;
  if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return letter;
  if (byte == '_') return letter;
  return byte >= '0' && byte <= '9' ? digit : punctuation;
}

/// Follows C-like source: which bytes are comments, literals and preprocessor lines.
class Lexer {
 public:
  Ink next(std::uint8_t byte, std::uint8_t following) {
    const Ink plain = ink_of(byte);
    switch (state_) {
      case State::line_comment:
        if (byte == '\n') state_ = State::code;
        return over(plain, comment);
      case State::block_comment:
        if (previous_ == '*' && byte == '/') state_ = State::code;
        previous_ = byte;
        return over(plain, comment);
      case State::literal:
        if (byte == '\n' || (byte == quote_ && previous_ != '\\')) state_ = State::code;
        previous_ = previous_ == '\\' && byte == '\\' ? std::uint8_t{0} : byte;
        return over(plain, text);
      case State::code: break;
    }
    if (byte == '\n') {
      directive_ = previous_ == '\\' && directive_;
      blank_ = true;
      previous_ = byte;
      return plain;
    }
    if (byte == '/' && following == '/') return begin(State::line_comment, comment);
    if (byte == '/' && following == '*') return begin(State::block_comment, comment);
    if ((byte == '"' || byte == '\'') && ink_of(previous_) != digit) {
      quote_ = byte;
      return begin(State::literal, text);
    }
    if (byte == '#' && blank_) directive_ = true;
    if (byte != ' ' && byte != '\t') blank_ = false;
    previous_ = byte;
    return directive_ ? over(plain, directive) : plain;
  }

 private:
  enum class State : std::uint8_t { code, line_comment, block_comment, literal };

  static Ink over(Ink plain, Ink inside) { return plain == paper || plain == control ? plain : inside; }
  Ink begin(State state, Ink ink) {
    state_ = state;
    previous_ = 0;
    return ink;
  }

  State state_ = State::code;
  std::uint8_t quote_ = 0;
  std::uint8_t previous_ = '\n';
  bool blank_ = true;
  bool directive_ = false;
};

/// A strip of rows `column_width` wide, later cut into columns. Of each `every` rows one is kept.
class Strip {
 public:
  explicit Strip(std::uint64_t every) : every_{every} {}

  void put(Ink ink) {
    if (x_ == column_width) new_row();
    row_[x_++] = ink;
  }
  void new_row() {
    if (rows_++ % every_ == 0) pixels_.insert(pixels_.end(), row_.begin(), row_.end());
    row_.fill(paper);
    x_ = 0;
  }
  void finish() {
    if (x_ != 0) new_row();
  }
  void tabulate() {
    do {
      put(paper);
    } while (x_ % tab != 0);
  }
  std::size_t rows() const { return pixels_.size() / column_width; }
  const std::uint8_t* row(std::size_t i) const { return pixels_.data() + i * column_width; }

 private:
  std::vector<std::uint8_t> pixels_;
  std::array<std::uint8_t, column_width> row_{};
  std::uint32_t x_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t every_;
};

/// Cuts the strip into as many columns as make the picture about four wide to three high.
inline Picture lay_out(const Strip& strip) {
  const auto rows = static_cast<double>(std::max<std::size_t>(1, strip.rows()));
  const double ideal = std::sqrt(rows * 4.0 / 3.0 / (column_width + gap));
  const auto columns = static_cast<std::size_t>(std::max(1.0, std::round(ideal)));
  const std::size_t height = std::max<std::size_t>(1, (strip.rows() + columns - 1) / columns);
  const std::size_t width = columns * column_width + (columns - 1) * gap;
  std::vector<std::uint8_t> pixels(width * height, paper);
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t left = column * (column_width + gap);
    for (std::size_t y = 0; y < height; ++y) {
      std::uint8_t* to = pixels.data() + y * width + left;
      if (column != 0) std::fill_n(to - gap, gap, std::uint8_t{margin});
      const std::size_t row = column * height + y;
      if (row < strip.rows()) std::copy_n(strip.row(row), column_width, to);
    }
  }
  Picture picture;
  picture.width = static_cast<std::uint32_t>(width);
  picture.height = static_cast<std::uint32_t>(height);
  picture.png = png::encode(picture.width, picture.height, pixels, palette);
  return picture;
}

}  // namespace detail

/// Renders the content of a file. Text: one pixel a character (UTF-8 sequences are one), lines are rows, tabs every 8.
/// Of a file that is larger than some 400,000 rows only every second row is shown, or every third, and so on.
/// A file with a zero byte, or with more than one control byte in ten, is binary: one pixel a byte.
inline Picture render(std::span<const std::byte> content) {
  const ashlar::ByteHistogram histogram = ashlar::byte_histogram(content);
  std::uint64_t controls = 0;
  for (std::size_t byte = 0; byte < 0x20; ++byte) {
    if (byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f') controls += histogram[byte];
  }
  const bool binary = histogram[0] != 0 || controls * 10 > content.size();

  const auto byte_at = [&](std::size_t i) {
    return i < content.size() ? std::to_integer<std::uint8_t>(content[i]) : std::uint8_t{0};
  };
  // No line is shorter than its end, no character wider than a tab: never fewer rows than there will be.
  const std::uint64_t rows = (content.size() + (detail::tab - 1) * histogram['\t']) / detail::column_width +
                             (binary ? 0 : histogram['\n']) + 1;
  detail::Strip strip{rows / detail::most_rows + 1};
  detail::Lexer lexer;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const std::uint8_t byte = byte_at(i);
    if (binary) {
      strip.put(detail::ink_of(byte));
      continue;
    }
    const detail::Ink ink = lexer.next(byte, byte_at(i + 1));
    if (byte == '\n') {
      strip.new_row();
    } else if (byte == '\t') {
      strip.tabulate();
    } else if (byte != '\r' && (byte & 0xC0U) != 0x80U) {  // the first byte of a UTF-8 sequence stands for it
      strip.put(ink);
    }
  }
  strip.finish();
  Picture picture = detail::lay_out(strip);
  picture.kind = content.empty() ? Kind::empty : binary ? Kind::binary : Kind::text;
  picture.lines = binary ? 0 : histogram['\n'] + (!content.empty() && byte_at(content.size() - 1) != '\n' ? 1 : 0);
  return picture;
}

}  // namespace minimap
