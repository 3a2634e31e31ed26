// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ashlar/codec/detail/column_bits.hpp>
#include <ashlar/codec/detail/column_kernels.hpp>

// One block of up to 1024 integers, in the smallest of four forms:
//   offset  value - smallest            delta   zigzag of the difference to the value before
//   zigzag  zigzag of value - median    runs    lengths and values of runs
// The first byte is form | patched << 2 | bytes of the base << 4. Full blocks are packed by lanes and may be patched: up
// to 255 values have their bits above the width apart. Shorter blocks are packed in a line.
namespace ashlar::inline v0::detail::column {

enum class Form : std::uint8_t { offset = 0, delta = 1, zigzag = 2, runs = 3 };

/// No encoded block is longer; an encoder may scribble over that much room.
inline constexpr std::size_t most_block_bytes = 2 + 8 + 2 + block * 8 + 16 + most_exceptions * 10;

struct Runs {
  std::size_t count = 0;
  unsigned length_width = 0;
  unsigned value_width = 0;
  bool by_delta = false;
  std::uint64_t lengths[block];  // less one
  std::uint64_t values[block];

  std::uint64_t cost() const noexcept {
    return 8 * (4 + linear_bytes(count, length_width) + linear_bytes(count, value_width));
  }

  void find(const std::int64_t* in, std::size_t size, std::int64_t smallest) noexcept {
    std::uint64_t offset_bits = 0;
    std::uint64_t delta_bits = 0;
    std::uint64_t length_bits = 0;
    std::uint64_t previous = static_cast<std::uint64_t>(in[0]);
    count = 0;
    for (std::size_t i = 0; i < size;) {
      const std::int64_t value = in[i];
      const std::size_t start = i;
      while (i < size && in[i] == value) ++i;
      const auto word = static_cast<std::uint64_t>(value);
      lengths[count] = i - start - 1;
      values[count] = word;
      length_bits |= lengths[count];
      offset_bits |= word - static_cast<std::uint64_t>(smallest);
      delta_bits |= column::zigzag(word - previous);
      previous = word;
      ++count;
    }
    length_width = static_cast<unsigned>(std::bit_width(length_bits));
    by_delta = std::bit_width(delta_bits) < std::bit_width(offset_bits);
    value_width = linear_width(static_cast<unsigned>(std::bit_width(by_delta ? delta_bits : offset_bits)));
    previous = static_cast<std::uint64_t>(in[0]);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t word = values[i];
      values[i] = by_delta ? column::zigzag(word - previous) : word - static_cast<std::uint64_t>(smallest);
      previous = word;
    }
  }
};

class BlockWriter {
 public:
  explicit BlockWriter(std::byte* out) noexcept : begin_{out}, out_{out} {}

  void head(Form form, bool patched, std::uint64_t base) noexcept {
    const std::uint64_t stored = column::zigzag(base);
    const unsigned bytes = least_number_bytes(stored);
    *out_++ = static_cast<std::byte>(static_cast<unsigned>(form) | (patched ? 4u : 0u) | bytes << 4);
    put_number(out_, stored, bytes);
    out_ += bytes;
  }
  void number(std::uint64_t value, unsigned bytes) noexcept {
    put_number(out_, value, bytes);
    out_ += bytes;
  }
  void linear(const std::uint64_t* values, std::size_t count, unsigned width) noexcept {
    pack_linear(values, count, width, out_);
    out_ += linear_bytes(count, width);
  }
  // A full block, of whose values `exceptions` are wider than `width`.
  void lanes_of(const std::uint64_t* values, unsigned width, unsigned exceptions) noexcept {
    number(width, 1);
    std::uint64_t high_bits = 0;
    if (exceptions != 0) {
      for (std::size_t i = 0; i < block; ++i) high_bits |= values[i] >> width;
      number(exceptions, 1);
      number(least_number_bytes(high_bits), 1);
    }
    pack(values, out_, width);
    out_ += width * word_row;
    if (exceptions == 0) return;
    const unsigned high_bytes = least_number_bytes(high_bits);
    std::byte* highs = out_ + 2 * exceptions;
    for (std::size_t i = 0; i < block; ++i) {
      if (const std::uint64_t high = values[i] >> width; high != 0) {
        number(i, 2);
        put_number(highs, high, high_bytes);
        highs += high_bytes;
      }
    }
    out_ = highs;
  }
  std::size_t size() const noexcept { return static_cast<std::size_t>(out_ - begin_); }

 private:
  std::byte* begin_;
  std::byte* out_;
};

inline std::int64_t sampled_median(const std::int64_t* values, std::size_t size) noexcept {
  std::int64_t sample[31];
  for (std::size_t i = 0; i < 31; ++i) sample[i] = values[i * size / 31];
  std::nth_element(sample, sample + 15, sample + 31);
  return sample[15];
}

inline std::size_t write_runs(const Runs& runs, const std::int64_t* values, std::int64_t smallest,
                              std::byte* out) noexcept {
  BlockWriter writer{out};
  writer.head(Form::runs, runs.by_delta, static_cast<std::uint64_t>(runs.by_delta ? values[0] : smallest));
  writer.number(runs.count, 2);
  writer.number(runs.length_width, 1);
  writer.number(runs.value_width, 1);
  writer.linear(runs.lengths, runs.count, runs.length_width);
  writer.linear(runs.values, runs.count, runs.value_width);
  return writer.size();
}

inline std::size_t encode_full_block(const std::int64_t* values, std::byte* out) noexcept {
  BlockWriter writer{out};
  std::int64_t smallest = 0;
  std::int64_t largest = 0;
  range(values, &smallest, &largest);
  const auto base = static_cast<std::uint64_t>(smallest);
  std::uint64_t words[2][block];
  if (smallest == largest) {
    writer.head(Form::offset, false, base);
    writer.number(0, 1);
    return writer.size();
  }
  const std::size_t changes = deltas(values, words[1]);
  Runs runs;
  std::uint64_t runs_cost = ~std::uint64_t{0};
  if (changes * 4 < block) {
    runs.find(values, block, smallest);
    runs_cost = runs.cost();
    if (runs_cost <= block) return write_runs(runs, values, smallest, out);
  }
  unsigned exceptions[3] = {};
  const auto cost = [&](unsigned width, int form) {
    // What the patches may cost, as best_width counts it; their true width is not known here.
    return std::uint64_t{width} * block + (exceptions[form] == 0 ? 0 : 16 + std::uint64_t{exceptions[form]} * 40);
  };
  unsigned delta_width = best_width(words[1], &exceptions[1]);
  const std::uint64_t delta_cost = cost(delta_width, 1);
  offsets(values, base, words[0]);
  const unsigned offset_width = best_width(words[0], &exceptions[0]);
  const std::uint64_t offset_cost = cost(offset_width, 0);
  if (runs_cost < std::min(delta_cost, offset_cost)) return write_runs(runs, values, smallest, out);
  if (delta_cost < offset_cost) {
    writer.head(Form::delta, exceptions[1] != 0, static_cast<std::uint64_t>(values[0]));
    writer.lanes_of(words[1], delta_width, exceptions[1]);
    return writer.size();
  }
  if (offset_cost > block) {
    const auto centre = static_cast<std::uint64_t>(sampled_median(values, block));
    zigzags(values, centre, words[1]);
    const unsigned zigzag_width = best_width(words[1], &exceptions[2]);
    if (cost(zigzag_width, 2) < offset_cost) {
      writer.head(Form::zigzag, exceptions[2] != 0, centre);
      writer.lanes_of(words[1], zigzag_width, exceptions[2]);
      return writer.size();
    }
  }
  writer.head(Form::offset, exceptions[0] != 0, base);
  writer.lanes_of(words[0], offset_width, exceptions[0]);
  return writer.size();
}

inline std::size_t encode_short_block(const std::int64_t* values, std::size_t size, std::byte* out) noexcept {
  BlockWriter writer{out};
  const auto [low, high] = std::minmax_element(values, values + size);
  const auto base = static_cast<std::uint64_t>(*low);
  const unsigned offset_width =
      linear_width(static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(*high) - base)));
  std::uint64_t words[block];
  std::uint64_t all = 0;
  std::size_t changes = 0;
  words[0] = 0;
  for (std::size_t i = 1; i < size; ++i) {
    words[i] = column::zigzag(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]));
    all |= words[i];
    changes += words[i] != 0 ? 1 : 0;
  }
  const unsigned delta_width = linear_width(static_cast<unsigned>(std::bit_width(all)));
  const unsigned width = std::min(offset_width, delta_width);
  if (changes * 4 < size && width != 0) {
    Runs runs;
    runs.find(values, size, *low);
    if (runs.cost() < 8 * (1 + linear_bytes(size, width))) return write_runs(runs, values, *low, out);
  }
  if (delta_width < offset_width) {
    writer.head(Form::delta, false, static_cast<std::uint64_t>(values[0]));
  } else {
    writer.head(Form::offset, false, base);
    for (std::size_t i = 0; i < size; ++i) words[i] = static_cast<std::uint64_t>(values[i]) - base;
  }
  writer.number(width, 1);
  writer.linear(words, size, width);
  return writer.size();
}

/// Writes a block of 1 to 1024 values to `out`, which has `most_block_bytes` of room. Returns its size.
inline std::size_t encode_integers(const std::int64_t* values, std::size_t size, std::byte* out) noexcept {
  return size == block ? encode_full_block(values, out) : encode_short_block(values, size, out);
}

inline void fill_run(std::uint64_t* out, std::size_t length, std::uint64_t value) noexcept {
  if (length < 4) {
    for (std::size_t i = 0; i < length; ++i) out[i] = value;
    return;
  }
  const std::uint64_t four[4] = {value, value, value, value};
  for (std::size_t i = 0; i + 4 <= length; i += 4) std::memcpy(out + i, four, sizeof four);
  std::memcpy(out + length - 4, four, sizeof four);
}

inline bool decode_runs(const std::byte* in, std::size_t left, std::size_t size, bool by_delta, std::uint64_t base,
                        std::uint64_t* out) noexcept {
  if (left < 4) return false;
  const auto count = static_cast<std::size_t>(get_number(in, 2));
  const auto length_width = static_cast<unsigned>(in[2]);
  const auto value_width = static_cast<unsigned>(in[3]);
  if (count > size || length_width > 10 || (value_width > 56 && value_width != 64)) return false;
  const std::size_t length_bytes = linear_bytes(count, length_width);
  if (left != 4 + length_bytes + linear_bytes(count, value_width)) return false;
  std::uint64_t lengths[block];
  std::uint64_t values[block];
  unpack_linear(in + 4, count, length_width, lengths);
  unpack_linear(in + 4 + length_bytes, count, value_width, values);
  std::uint64_t value = base;
  std::size_t filled = 0;
  for (std::size_t run = 0; run < count; ++run) {
    const auto length = static_cast<std::size_t>(lengths[run]) + 1;
    value = by_delta ? value + column::unzigzag(values[run]) : base + values[run];
    if (length > size - filled) return false;
    fill_run(out + filled, length, value);
    filled += length;
  }
  return filled == size;
}

inline bool patch(const std::byte* in, unsigned count, unsigned high_bytes, unsigned width,
                  std::uint64_t* out) noexcept {
  const std::byte* highs = in + 2 * count;
  for (unsigned i = 0; i < count; ++i, in += 2, highs += high_bytes) {
    const auto at = static_cast<std::size_t>(get_number(in, 2));
    if (at >= block) return false;
    out[at] += get_number(highs, high_bytes) << width;
  }
  return true;
}

/// Restores a block of `size` values that takes up `[in, in + left)` exactly; false for any other bytes, and `values` is
/// then unspecified.
inline bool decode_integers(const std::byte* in, std::size_t left, std::size_t size, std::int64_t* values) noexcept {
  if (left < 2) return false;
  const auto head = static_cast<unsigned>(*in++);
  const auto form = static_cast<Form>(head & 3);
  const bool patched = (head & 4) != 0;
  const unsigned base_bytes = head >> 4;
  if (base_bytes > 8 || (head & 8) != 0 || left < 2 + base_bytes) return false;
  const std::uint64_t base = column::unzigzag(get_number(in, base_bytes));
  in += base_bytes;
  left -= 1 + base_bytes;
  // Signed and unsigned variants of one type may share memory.
  auto* const out = reinterpret_cast<std::uint64_t*>(values);
  if (form == Form::runs) return decode_runs(in, left, size, patched, base, out);
  const auto width = static_cast<unsigned>(*in++);
  --left;
  if (width > 64) return false;
  if (size < block) {
    if (patched || (width > 56 && width != 64) || left != linear_bytes(size, width)) return false;
    unpack_linear(in, size, width, out);
    if (form == Form::delta) {
      std::uint64_t value = base;
      for (std::size_t i = 0; i < size; ++i) out[i] = value += column::unzigzag(out[i]);
    } else if (form == Form::zigzag) {
      for (std::size_t i = 0; i < size; ++i) out[i] = column::unzigzag(out[i]) + base;
    } else {
      for (std::size_t i = 0; i < size; ++i) out[i] += base;
    }
    return true;
  }
  unsigned exceptions = 0;
  unsigned high_bytes = 0;
  if (patched) {
    if (left < 2 || width == 64) return false;
    exceptions = static_cast<unsigned>(in[0]);
    high_bytes = static_cast<unsigned>(in[1]);
    if (high_bytes > 8) return false;
    in += 2;
    left -= 2;
  }
  if (left != width * word_row + exceptions * (2 + high_bytes)) return false;
  unpack(in, out, width, form == Form::offset ? base : 0);
  if (patched && !patch(in + width * word_row, exceptions, high_bytes, width, out)) return false;
  if (form == Form::delta) undelta(out, base);
  if (form == Form::zigzag) unzigzags(out, base);
  return true;
}

}  // namespace ashlar::inline v0::detail::column
