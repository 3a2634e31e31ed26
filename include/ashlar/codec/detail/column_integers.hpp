// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ashlar/codec/detail/column_bits.hpp>
#include <ashlar/codec/detail/column_kernels.hpp>

// One block of up to 1024 integers, in the smallest of three forms. The first byte is form | flags << 2 | bytes of the
// base << 4; the base follows, as a zigzag number.
//   offset  width, [exceptions, high bytes,] value - base packed with that width, [exceptions]
//   delta   the same of the differences to the value before; in front of them the first value. A full block is eight
//           chains of 128 differences; the first values of all of them are given
//   runs    count, widths, lengths - 1, values - base or zigzag numbers of their differences
// Exceptions are what does not fit the width: places, then zigzag numbers of the bits above.
namespace ashlar::inline v0::detail::column {

enum class Form : std::uint8_t { offset = 0, delta = 1, runs = 2 };
inline constexpr unsigned patched_flag = 4;  // offset, delta: there are exceptions
inline constexpr unsigned linked_flag = 4;   // runs: values are differences

/// No encoded block is longer; an encoder may scribble over that much room.
inline constexpr std::size_t most_block_bytes = 96 + block * 8 + 16 + most_exceptions * 10;

class BlockWriter {
 public:
  explicit BlockWriter(std::byte* out) noexcept : begin_{out}, out_{out} {}

  void head(Form form, unsigned flags, std::uint64_t base) noexcept {
    const std::uint64_t stored = column::zigzag(base);
    const unsigned bytes = least_number_bytes(stored);
    number(static_cast<unsigned>(form) | flags | bytes << 4, 1);
    number(stored, bytes);
  }
  void number(std::uint64_t value, unsigned bytes) noexcept {
    put_number(out_, value, bytes);
    out_ += bytes;
  }
  void packed(const std::int64_t* values, std::size_t size, std::uint64_t base, unsigned width) noexcept {
    pack(values, size, base, width, out_);
    out_ += packed_bytes(size, width);
  }
  void framed(const std::int64_t* values, std::size_t size, const Frame& frame) noexcept {
    number(frame.width, 1);
    std::uint16_t places[most_exceptions];
    std::uint64_t highs[most_exceptions];
    std::uint64_t all = 0;
    if (frame.exceptions != 0) {
      unsigned found = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const std::uint64_t word = static_cast<std::uint64_t>(values[i]) - frame.base;
        if (word >> frame.width == 0) continue;
        places[found] = static_cast<std::uint16_t>(i);
        highs[found] = column::zigzag(static_cast<std::uint64_t>(static_cast<std::int64_t>(word) >> frame.width));
        all |= highs[found++];
      }
      number(found, 1);
      number(least_number_bytes(all), 1);
    }
    packed(values, size, frame.base, frame.width);
    for (unsigned i = 0; i < frame.exceptions; ++i) number(places[i], 2);
    for (unsigned i = 0; i < frame.exceptions; ++i) number(highs[i], least_number_bytes(all));
  }
  std::size_t size() const noexcept { return static_cast<std::size_t>(out_ - begin_); }

 private:
  std::byte* begin_;
  std::byte* out_;
};

/// The lengths and values of the runs of a block.
struct Runs {
  std::size_t count = 0;
  std::uint64_t base = 0;
  unsigned length_width = 0;
  unsigned value_width = 0;
  bool linked = false;
  std::int64_t lengths[block];  // less one
  std::int64_t values[block];

  std::uint64_t cost() const noexcept {
    return 8 * (4 + packed_bytes(count, length_width) + packed_bytes(count, value_width));
  }

  void find(const std::int64_t* in, std::size_t size, std::uint64_t smallest) noexcept {
    std::uint64_t offset_bits = 0;
    std::uint64_t difference_bits = 0;
    std::uint64_t length_bits = 0;
    const auto first = static_cast<std::uint64_t>(in[0]);
    std::uint64_t previous = first;
    count = 0;
    for (std::size_t i = 0; i < size;) {
      const std::size_t start = i;
      while (i < size && in[i] == in[start]) ++i;
      const auto word = static_cast<std::uint64_t>(in[start]);
      lengths[count] = static_cast<std::int64_t>(i - start - 1);
      values[count] = in[start];
      length_bits |= i - start - 1;
      offset_bits |= word - smallest;
      difference_bits |= column::zigzag(word - previous);
      previous = word;
      ++count;
    }
    length_width = static_cast<unsigned>(std::bit_width(length_bits));
    linked = std::bit_width(difference_bits) < std::bit_width(offset_bits);
    value_width = packed_width(static_cast<unsigned>(std::bit_width(linked ? difference_bits : offset_bits)));
    base = linked ? first : smallest;
    if (!linked) return;
    previous = first;
    for (std::size_t i = 0; i < count; ++i) {
      const auto word = static_cast<std::uint64_t>(values[i]);
      values[i] = static_cast<std::int64_t>(column::zigzag(word - previous));
      previous = word;
    }
  }

  std::size_t write(std::byte* out) const noexcept {
    BlockWriter writer{out};
    writer.head(Form::runs, linked ? linked_flag : 0, base);
    writer.number(count, 2);
    writer.number(length_width, 1);
    writer.number(value_width, 1);
    writer.packed(lengths, count, 0, length_width);
    writer.packed(values, count, linked ? 0 : base, value_width);
    return writer.size();
  }
};

/// A value that few are below, judged by 31 of them.
inline std::uint64_t low_quantile(const std::int64_t* values, std::size_t size) noexcept {
  std::int64_t sample[31];
  for (std::size_t i = 0; i < 31; ++i) sample[i] = values[i * size / 31];
  std::nth_element(sample, sample + 1, sample + 31);
  return static_cast<std::uint64_t>(sample[1]);
}
inline Frame frame_for(const std::int64_t* values, std::size_t size, std::int64_t smallest) noexcept {
  Frame frame;
  best_frame(values, size, static_cast<std::uint64_t>(smallest), &frame);
  if (frame.cost <= size || size < 64) return frame;
  // Where some values lie far below the others.
  Frame other;
  best_frame(values, size, low_quantile(values, size), &other);
  return other.cost < frame.cost ? other : frame;
}

/// The differences of a block, in the order in which they are packed, and the values that they start from.
struct Differences {
  std::int64_t values[block];
  std::int64_t starts[chains];

  void find(const std::int64_t* in, std::size_t size) noexcept {
    const auto difference = [&](std::size_t i) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(in[i]) - static_cast<std::uint64_t>(in[i - 1]));
    };
    starts[0] = in[0];
    if (size < block) {
      for (std::size_t i = 1; i < size; ++i) values[i] = difference(i);
      values[0] = size > 1 ? values[1] : 0;
      return;
    }
    for (std::size_t c = 0; c < chains; ++c) starts[c] = in[c * chain];
    for (std::size_t i = 1; i < chain; ++i) {
      for (std::size_t c = 0; c < chains; ++c) values[i * chains + c] = difference(c * chain + i);
    }
    // The first of each chain are not needed: any values that fit their neighbours.
    std::copy(values + chains, values + 2 * chains, values);
  }

  std::size_t write(std::size_t size, const Frame& frame, std::byte* out) noexcept {
    std::fill(values, values + (size < block ? 1 : chains), static_cast<std::int64_t>(frame.base));
    Frame exact = frame;
    if (frame.exceptions != 0) {
      exact.exceptions = 0;
      for (std::size_t i = 0; i < size; ++i) {
        exact.exceptions += (static_cast<std::uint64_t>(values[i]) - frame.base) >> frame.width != 0 ? 1 : 0;
      }
    }
    BlockWriter writer{out};
    writer.head(Form::delta, exact.exceptions != 0 ? patched_flag : 0, frame.base);
    const auto stored = [](std::int64_t to, std::int64_t from) {
      return column::zigzag(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
    };
    const std::uint64_t first = stored(starts[0], 0);
    writer.number(least_number_bytes(first), 1);
    writer.number(first, least_number_bytes(first));
    if (size == block) {
      std::uint64_t all = 0;
      for (std::size_t c = 1; c < chains; ++c) all |= stored(starts[c], starts[c - 1]);
      writer.number(least_number_bytes(all), 1);
      for (std::size_t c = 1; c < chains; ++c) writer.number(stored(starts[c], starts[c - 1]), least_number_bytes(all));
    }
    writer.framed(values, size, exact);
    return writer.size();
  }
};

/// Writes a block of 1 to 1024 values to `out`, which has `most_block_bytes` of room. Returns its size.
inline std::size_t encode_integers(const std::int64_t* values, std::size_t size, std::byte* out) noexcept {
  BlockWriter writer{out};
  std::int64_t smallest = 0;
  std::int64_t largest = 0;
  range(values, size, &smallest, &largest);
  if (smallest == largest) {
    writer.head(Form::offset, 0, static_cast<std::uint64_t>(smallest));
    writer.number(0, 1);
    return writer.size();
  }
  std::uint64_t runs_cost = ~std::uint64_t{0};
  Runs runs;
  if (changes(values, size) * 4 < size) {
    runs.find(values, size, static_cast<std::uint64_t>(smallest));
    runs_cost = runs.cost();
    if (runs_cost <= size) return runs.write(out);
  }
  const Frame offset = frame_for(values, size, smallest);
  std::uint64_t least = offset.cost;
  if (least > size) {
    Differences differences;
    differences.find(values, size);
    range(differences.values, size, &smallest, &largest);
    const Frame delta = frame_for(differences.values, size, smallest);
    const std::uint64_t delta_cost = delta.cost + (size == block ? 8 * (chains * 2 + 2) : 16);
    if (delta_cost < std::min(least, runs_cost)) return differences.write(size, delta, out);
  }
  if (runs_cost < least) return runs.write(out);
  writer.head(Form::offset, offset.exceptions != 0 ? patched_flag : 0, offset.base);
  writer.framed(values, size, offset);
  return writer.size();
}

/// The packed numbers of a block of form offset or delta.
struct FramedBlock {
  const std::byte* packed = nullptr;
  std::size_t bytes = 0;
  std::uint64_t base = 0;
  unsigned width = 0;
  unsigned exceptions = 0;
  unsigned high_bytes = 0;

  // From `in` on, all `left` bytes; false for any others.
  bool read(const std::byte* in, std::size_t left, std::size_t size, bool patched) noexcept {
    if (left < (patched ? 3u : 1u)) return false;
    width = static_cast<unsigned>(in[0]);
    if (!can_be_width(width) || (patched && width == 64)) return false;
    exceptions = patched ? static_cast<unsigned>(in[1]) : 0;
    high_bytes = patched ? static_cast<unsigned>(in[2]) : 0;
    packed = in + (patched ? 3 : 1);
    bytes = packed_bytes(size, width);
    return high_bytes <= 8 && left == (patched ? 3u : 1u) + bytes + exceptions * (2 + high_bytes);
  }
  /// Calls `put(place, high)` for each exception: its bits above the width, shifted. False where a place is none.
  template <class F>
  bool each_exception(std::size_t size, F put) const noexcept {
    const std::byte* places = packed + bytes;
    const std::byte* highs = places + 2 * exceptions;
    const std::byte* const end = highs + exceptions * high_bytes;
    for (unsigned i = 0; i < exceptions; ++i, places += 2, highs += high_bytes) {
      const std::size_t at = load_little<std::uint16_t>(places);
      if (at >= size) return false;
      const std::uint64_t high = get_number(highs, high_bytes, static_cast<std::size_t>(end - highs));
      put(at, column::unzigzag(high) << width);
    }
    return true;
  }
};

inline bool decode_runs(const std::byte* in, std::size_t left, std::size_t size, bool linked, std::uint64_t base,
                        std::uint64_t* out) noexcept {
  if (left < 4) return false;
  const auto count = static_cast<std::size_t>(load_little<std::uint16_t>(in));
  const auto length_width = static_cast<unsigned>(in[2]);
  const auto value_width = static_cast<unsigned>(in[3]);
  if (count > size || count == 0 || length_width > 10 || !can_be_width(value_width)) return false;
  const std::size_t length_bytes = packed_bytes(count, length_width);
  if (left != 4 + length_bytes + packed_bytes(count, value_width)) return false;
  std::uint64_t lengths[block];
  std::uint64_t values[block + 8];
  unpack(in + 4, count, length_width, 1, lengths);
  unpack(in + 4 + length_bytes, count, value_width, linked ? 0 : base, values);
  std::uint64_t value = base;
  const auto link = [&](std::size_t run) {
    if (linked) values[run] = value += column::unzigzag(values[run]);
  };
  std::size_t filled = 0;
  if (size < block) {
    for (std::size_t run = 0; run < count; ++run) {
      link(run);
      if (lengths[run] > size - filled) return false;
      std::fill_n(out + filled, lengths[run], values[run]);
      filled += lengths[run];
    }
    return filled == size;
  }
  // A one where a run begins, but for the first.
  std::uint8_t starts[block / 8 + 1] = {};
  for (std::size_t run = 0; run < count; ++run) {
    link(run);
    filled += lengths[run];
    if (filled > block) return false;
    starts[filled / 8] = static_cast<std::uint8_t>(starts[filled / 8] | 1u << (filled % 8));
  }
  if (filled != block) return false;
  std::memset(values + count, 0, 64);
  expand_runs(starts, values, out);
  return true;
}

inline bool decode_deltas(const std::byte* in, std::size_t left, std::size_t size, bool patched, std::uint64_t base,
                          std::uint64_t* out) noexcept {
  std::uint64_t starts[chains];
  const auto read = [&](std::uint64_t* to, std::size_t count) {
    if (left < 1) return false;
    const auto bytes = static_cast<unsigned>(*in);
    if (bytes > 8 || left < 1 + count * bytes) return false;
    ++in;
    --left;
    for (std::size_t i = 0; i < count; ++i, in += bytes, left -= bytes) {
      to[i] = column::unzigzag(get_number(in, bytes, left));
    }
    return true;
  };
  if (!read(starts, 1) || (size == block && !read(starts + 1, chains - 1))) return false;
  FramedBlock framed;
  if (!framed.read(in, left, size, patched)) return false;
  if (size == block) {
    // The first differences are zero above the base.
    for (std::size_t c = 1; c < chains; ++c) starts[c] += starts[c - 1];
    for (std::uint64_t& start : starts) start -= base;
    if (!patched) {
      unpack_deltas(framed.packed, framed.width, base, starts, out);
      return true;
    }
  }
  std::uint64_t words[block];
  unpack(framed.packed, size, framed.width, base, words);
  if (!framed.each_exception(size, [&](std::size_t at, std::uint64_t high) { words[at] += high; })) return false;
  if (size == block) {
    undelta(words, starts, out);
    return true;
  }
  std::uint64_t value = starts[0] - base;
  for (std::size_t i = 0; i < size; ++i) out[i] = value += words[i];
  return true;
}

/// The first bytes of a block.
struct BlockHead {
  Form form = Form::offset;
  bool flag = false;
  std::uint64_t base = 0;
  std::size_t bytes = 0;

  bool read(const std::byte* in, std::size_t left) noexcept {
    if (left < 2) return false;
    const auto first = static_cast<unsigned>(*in);
    const unsigned base_bytes = first >> 4;
    form = static_cast<Form>(first & 3);
    flag = (first & 4) != 0;
    bytes = 1 + base_bytes;
    if (base_bytes > 8 || (first & 8) != 0 || form > Form::runs || left < bytes) return false;
    base = column::unzigzag(get_number(in + 1, base_bytes, left - 1));
    return true;
  }
};

/// Restores a block of `size` values that takes up `[in, in + left)` exactly; false for any other bytes, and `values` is
/// then unspecified.
inline bool decode_integers(const std::byte* in, std::size_t left, std::size_t size, std::int64_t* values) noexcept {
  BlockHead head;
  if (!head.read(in, left)) return false;
  in += head.bytes;
  left -= head.bytes;
  // Signed and unsigned variants of one type may share memory.
  auto* const out = reinterpret_cast<std::uint64_t*>(values);
  if (head.form == Form::runs) return decode_runs(in, left, size, head.flag, head.base, out);
  if (head.form == Form::delta) return decode_deltas(in, left, size, head.flag, head.base, out);
  FramedBlock framed;
  if (!framed.read(in, left, size, head.flag)) return false;
  unpack(framed.packed, size, framed.width, head.base, out);
  return framed.each_exception(size, [&](std::size_t at, std::uint64_t high) { out[at] += high; });
}

}  // namespace ashlar::inline v0::detail::column
