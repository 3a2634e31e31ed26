// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_CODEC_DETAIL_COLUMN_KERNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_CODEC_DETAIL_COLUMN_KERNELS_INL
#undef ASHLAR_CODEC_DETAIL_COLUMN_KERNELS_INL
#else
#define ASHLAR_CODEC_DETAIL_COLUMN_KERNELS_INL
#endif

#include <hwy/highway.h>

#include <ashlar/codec/detail/column_kernels.hpp>
#include <ashlar/simd/detail/targets.hpp>

// The packed words are little endian, and the layout has a period of 16 lanes of a fixed vector size.
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128 && !HWY_HAVE_SCALABLE && \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::column::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// At most 16 lanes, the period of the packed layout.
using U64 = hn::CappedTag<std::uint64_t, lanes>;
using I64 = hn::RebindToSigned<U64>;
using F64 = hn::RebindToFloat<U64>;

template <class V>
HWY_INLINE V zigzag_of(I64, V value) {
  return hn::Xor(hn::Add(value, value), hn::BroadcastSignBit(value));
}
template <class V>
HWY_INLINE V unzigzag_of(U64 d, V value) {
  return hn::Xor(hn::ShiftRight<1>(value), hn::Sub(hn::Zero(d), hn::And(value, hn::Set(d, 1))));
}

inline void range(const std::int64_t* values, std::int64_t* smallest, std::int64_t* largest) noexcept {
  const I64 d;
  const std::size_t width = hn::Lanes(d);
  auto low = hn::LoadU(d, values);
  auto high = low;
  for (std::size_t i = width; i < block; i += width) {
    const auto v = hn::LoadU(d, values + i);
    low = hn::Min(low, v);
    high = hn::Max(high, v);
  }
  HWY_ALIGN std::int64_t lows[lanes];
  HWY_ALIGN std::int64_t highs[lanes];
  hn::StoreU(low, d, lows);
  hn::StoreU(high, d, highs);
  *smallest = *std::min_element(lows, lows + width);
  *largest = *std::max_element(highs, highs + width);
}

inline void offsets(const std::int64_t* values, std::uint64_t base, std::uint64_t* out) noexcept {
  const I64 d;
  const U64 du;
  const auto bases = hn::Set(du, base);
  for (std::size_t i = 0; i < block; i += hn::Lanes(d)) {
    hn::StoreU(hn::Sub(hn::BitCast(du, hn::LoadU(d, values + i)), bases), du, out + i);
  }
}

inline void zigzags(const std::int64_t* values, std::uint64_t centre, std::uint64_t* out) noexcept {
  const I64 d;
  const U64 du;
  const auto centres = hn::Set(d, static_cast<std::int64_t>(centre));
  for (std::size_t i = 0; i < block; i += hn::Lanes(d)) {
    hn::StoreU(hn::BitCast(du, zigzag_of(d, hn::Sub(hn::LoadU(d, values + i), centres))), du, out + i);
  }
}

inline std::size_t deltas(const std::int64_t* values, std::uint64_t* out) noexcept {
  const I64 d;
  const U64 du;
  const std::size_t width = hn::Lanes(d);
  std::size_t changes = 0;
  out[0] = 0;
  for (std::size_t i = 1; i < width; ++i) {
    out[i] = zigzag(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]));
    changes += out[i] != 0 ? 1 : 0;
  }
  for (std::size_t i = width; i < block; i += width) {
    const auto delta = hn::Sub(hn::LoadU(d, values + i), hn::LoadU(d, values + i - 1));
    changes += width - hn::CountTrue(d, hn::Eq(delta, hn::Zero(d)));
    hn::StoreU(hn::BitCast(du, zigzag_of(d, delta)), du, out + i);
  }
  return changes;
}

#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
inline unsigned best_width(const std::uint64_t* values, unsigned* exceptions) noexcept {
  const U64 d;
  const I64 di;
  const F64 df;
  const hn::Rebind<std::uint8_t, U64> d8;
  const std::size_t width = hn::Lanes(d);
  HWY_ALIGN std::uint8_t widths[block];
  auto any = hn::Zero(d);
  for (std::size_t i = 0; i < block; i += width) {
    const auto v = hn::LoadU(d, values + i);
    any = hn::Or(any, v);
    // Without the bit below the highest, the double cannot round up to the next power: its exponent is the width.
    const auto top = hn::AndNot(hn::ShiftRight<1>(v), v);
    const auto exponent = hn::ShiftRight<52>(hn::BitCast(d, hn::ConvertTo(df, hn::BitCast(di, top))));
    const auto bits = hn::Max(hn::BitCast(di, hn::Sub(exponent, hn::Set(d, 1022))), hn::Zero(di));
    hn::StoreU(hn::TruncateTo(d8, hn::BitCast(d, bits)), d8, widths + i);
  }
  HWY_ALIGN std::uint64_t parts[lanes];
  hn::StoreU(any, d, parts);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < width; ++i) all |= parts[i];
  const auto widest = static_cast<unsigned>(std::bit_width(all));
  *exceptions = 0;
  if (widest >= 63) return 64;
  unsigned best = widest;
  std::uint64_t least = patched_cost(widest, 0, widest);
  const hn::ScalableTag<std::uint8_t> db;
  for (unsigned candidate = widest; candidate-- > 0;) {
    std::size_t above = 0;
    const auto limit = hn::Set(db, static_cast<std::uint8_t>(candidate));
    for (std::size_t i = 0; i < block; i += hn::Lanes(db)) {
      above += hn::CountTrue(db, hn::Gt(hn::LoadU(db, widths + i), limit));
    }
    if (above > most_exceptions) break;
    if (const auto cost = patched_cost(candidate, static_cast<unsigned>(above), widest); cost < least) {
      least = cost;
      best = candidate;
      *exceptions = static_cast<unsigned>(above);
    }
  }
  return best;
}
#else
inline unsigned best_width(const std::uint64_t* values, unsigned* exceptions) noexcept {
  return scalar::best_width(values, exceptions);
}
#endif

inline void pack(const std::uint64_t* values, std::byte* out, unsigned width) noexcept {
  if (width == 0) return;
  const U64 d;
  const auto mask = hn::Set(d, low_bits(width));
  auto* const words = reinterpret_cast<std::uint8_t*>(out);
  const hn::Repartition<std::uint8_t, U64> d8;
  for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
    auto word = hn::Zero(d);
    unsigned used = 0;
    std::uint8_t* to = words + lane * 8;
    for (std::size_t row = 0; row < lane_rows; ++row) {
      const auto value = hn::And(hn::LoadU(d, values + row * lanes + lane), mask);
      word = hn::Or(word, hn::ShiftLeftSame(value, static_cast<int>(used)));
      used += width;
      if (used >= 64) {
        hn::StoreU(hn::BitCast(d8, word), d8, to);
        to += word_row;
        used -= 64;
        word = used == 0 ? hn::Zero(d) : hn::ShiftRightSame(value, static_cast<int>(width - used));
      }
    }
  }
}

inline void unpack(const std::byte* in, std::uint64_t* out, unsigned width, std::uint64_t base) noexcept {
  const U64 d;
  const auto bases = hn::Set(d, base);
  if (width == 0) {
    for (std::size_t i = 0; i < block; i += hn::Lanes(d)) hn::StoreU(bases, d, out + i);
    return;
  }
  const auto mask = hn::Set(d, low_bits(width));
  const auto* const words = reinterpret_cast<const std::uint8_t*>(in);
  const hn::Repartition<std::uint8_t, U64> d8;
  for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
    const std::uint8_t* from = words + lane * 8;
    auto word = hn::BitCast(d, hn::LoadU(d8, from));
    unsigned used = 0;
    for (std::size_t row = 0; row < lane_rows; ++row) {
      auto value = hn::ShiftRightSame(word, static_cast<int>(used));
      used += width;
      if (used >= 64) {
        used -= 64;
        if (row + 1 < lane_rows) {
          from += word_row;
          word = hn::BitCast(d, hn::LoadU(d8, from));
          if (used != 0) value = hn::Or(value, hn::ShiftLeftSame(word, static_cast<int>(width - used)));
        }
      }
      hn::StoreU(hn::Add(hn::And(value, mask), bases), d, out + row * lanes + lane);
    }
  }
}

// Prefix sums: within 128 bits, then across the vector by table lookups, then the carry of the vectors before.
inline void undelta(std::uint64_t* values, std::uint64_t first) noexcept {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  const hn::CappedTag<std::uint64_t, 8> d;
  const std::size_t width = hn::Lanes(d);
  HWY_ALIGN static constexpr std::uint64_t odd_of_half[8] = {1, 1, 1, 1, 5, 5, 5, 5};
  HWY_ALIGN static constexpr std::uint64_t fourth[8] = {3, 3, 3, 3, 3, 3, 3, 3};
  HWY_ALIGN static constexpr std::uint64_t last_of_8[8] = {7, 7, 7, 7, 7, 7, 7, 7};
  const auto from_half = hn::SetTableIndices(d, odd_of_half);
  const auto from_fourth = hn::SetTableIndices(d, fourth);
  const auto from_last = hn::SetTableIndices(d, width == 8 ? last_of_8 : fourth);
  const auto second_pair = hn::Ne(hn::And(hn::Iota(d, 0), hn::Set(d, 2)), hn::Zero(d));
  const auto second_half = hn::Ne(hn::And(hn::Iota(d, 0), hn::Set(d, 4)), hn::Zero(d));
  auto carry = hn::Set(d, first);
  for (std::size_t i = 0; i < block; i += width) {
    const auto packed = hn::LoadU(d, values + i);
    auto sums = hn::Xor(hn::ShiftRight<1>(packed), hn::Sub(hn::Zero(d), hn::And(packed, hn::Set(d, 1))));
    sums = hn::Add(sums, hn::ShiftLeftLanes<1>(d, sums));
    sums = hn::Add(sums, hn::IfThenElseZero(second_pair, hn::TableLookupLanes(sums, from_half)));
    if (width == 8) sums = hn::Add(sums, hn::IfThenElseZero(second_half, hn::TableLookupLanes(sums, from_fourth)));
    hn::StoreU(hn::Add(sums, carry), d, values + i);
    carry = hn::Add(carry, hn::TableLookupLanes(sums, from_last));
  }
#else
  scalar::undelta(values, first);
#endif
}

inline void unzigzags(std::uint64_t* values, std::uint64_t centre) noexcept {
  const U64 d;
  const auto centres = hn::Set(d, centre);
  for (std::size_t i = 0; i < block; i += hn::Lanes(d)) {
    hn::StoreU(hn::Add(unzigzag_of(d, hn::LoadU(d, values + i)), centres), d, values + i);
  }
}

#if HWY_HAVE_FLOAT64
inline std::size_t to_decimal(const double* values, std::int64_t* out, unsigned up, unsigned down,
                              std::uint16_t* exceptions) noexcept {
  const F64 d;
  const I64 di;
  const std::size_t width = hn::Lanes(d);
  const auto magics = hn::Set(d, magic);
  std::size_t count = 0;
  for (std::size_t i = 0; i < block; i += width) {
    const auto v = hn::LoadU(d, values + i);
    const auto shifted = hn::Add(hn::Mul(hn::Mul(v, hn::Set(d, powers[up])), hn::Set(d, inverse_powers[down])), magics);
    const auto whole = hn::Sub(shifted, magics);
    const auto back = hn::Mul(hn::Mul(whole, hn::Set(d, powers[down])), hn::Set(d, inverse_powers[up]));
    hn::StoreU(hn::Sub(hn::BitCast(di, shifted), hn::BitCast(di, magics)), di, out + i);
    const auto exact = hn::And(hn::Eq(hn::BitCast(di, back), hn::BitCast(di, v)),
                               hn::RebindMask(di, hn::Lt(hn::Abs(whole), hn::Set(d, most_decimal))));
    if (HWY_UNLIKELY(!hn::AllTrue(di, exact))) {
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(di, exact, bits);
      for (std::size_t j = 0; j < width; ++j) {
        exceptions[count] = static_cast<std::uint16_t>(i + j);
        count += ((bits[j / 8] >> (j % 8)) & 1) == 0 ? 1 : 0;
      }
    }
  }
  return count;
}

inline void from_decimal(const std::int64_t* values, double* out, unsigned up, unsigned down) noexcept {
  const F64 d;
  const I64 di;
  const auto magics = hn::Set(d, magic);
  const auto down_power = hn::Set(d, powers[down]);
  const auto up_inverse = hn::Set(d, inverse_powers[up]);
  for (std::size_t i = 0; i < block; i += hn::Lanes(d)) {
    const auto bits = hn::Add(hn::LoadU(di, values + i), hn::BitCast(di, magics));
    const auto whole = hn::Sub(hn::BitCast(d, bits), magics);
    hn::StoreU(hn::Mul(hn::Mul(whole, down_power), up_inverse), d, out + i);
  }
}

inline void add_doubles(const double* values, double* sums, double* smallest, double* largest) noexcept {
  const F64 d;
  const std::size_t width = hn::Lanes(d);
  const auto infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  auto low = infinity;
  auto high = hn::Neg(infinity);
  for (std::size_t lane = 0; lane < lanes; lane += width) {
    auto sum = hn::LoadU(d, sums + lane);
    for (std::size_t i = lane; i < block; i += lanes) {
      const auto v = hn::LoadU(d, values + i);
      sum = hn::Add(sum, v);
      low = hn::IfThenElse(hn::Lt(v, low), v, low);
      high = hn::IfThenElse(hn::Gt(v, high), v, high);
    }
    hn::StoreU(sum, d, sums + lane);
  }
  HWY_ALIGN double lows[lanes];
  HWY_ALIGN double highs[lanes];
  hn::StoreU(low, d, lows);
  hn::StoreU(high, d, highs);
  *smallest = *std::min_element(lows, lows + width);
  *largest = *std::max_element(highs, highs + width);
}
#endif

inline void sum(const std::int64_t* values, std::size_t count, std::uint64_t* low, std::int64_t* high) noexcept {
  const I64 d;
  const U64 du;
  const std::size_t width = hn::Lanes(d);
  auto lows = hn::Zero(du);
  auto highs = hn::Zero(d);
  std::size_t i = 0;
  for (; i + width <= count; i += width) {
    const auto v = hn::LoadU(d, values + i);
    lows = hn::Add(lows, hn::And(hn::BitCast(du, v), hn::Set(du, 0xFFFFFFFFu)));
    // An arithmetic shift by 32, of operations that every target has.
    const auto upper = hn::ShiftRight<32>(hn::BitCast(du, v));
    highs = hn::Add(highs, hn::Sub(hn::Xor(hn::BitCast(d, upper), hn::Set(d, std::int64_t{1} << 31)),
                                   hn::Set(d, std::int64_t{1} << 31)));
  }
  scalar::sum(values + i, count - i, low, high);
  HWY_ALIGN std::uint64_t low_parts[lanes];
  HWY_ALIGN std::int64_t high_parts[lanes];
  hn::StoreU(lows, du, low_parts);
  hn::StoreU(highs, d, high_parts);
  for (std::size_t lane = 0; lane < width; ++lane) {
    *low += low_parts[lane];
    *high += high_parts[lane];
  }
}

inline void install_column_kernels() noexcept {
  column::range.install(&range);
  column::offsets.install(&offsets);
  column::zigzags.install(&zigzags);
  column::deltas.install(&deltas);
  column::best_width.install(&best_width);
  column::pack.install(&pack);
  column::unpack.install(&unpack);
  column::undelta.install(&undelta);
  column::unzigzags.install(&unzigzags);
  column::sum.install(&sum);
#if HWY_HAVE_FLOAT64
  column::to_decimal.install(&to_decimal);
  column::from_decimal.install(&from_decimal);
  column::add_doubles.install(&add_doubles);
#endif
}

inline const bool column_kernels_added =
    simd_targets.add({"codec", "scalar", 0, &reset_column_kernels}) &&
    simd_targets.add({"codec", hwy::TargetName(HWY_TARGET), HWY_TARGET, &install_column_kernels});

}  // namespace ashlar::inline v0::detail::column::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
#endif
