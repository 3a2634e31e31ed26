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
#include <ashlar/codec/detail/column_unpack_plans.hpp>
#include <ashlar/simd/detail/targets.hpp>
#include <type_traits>

// The packed words are little endian.
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::column::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// At most 16 lanes, the period of the sums.
using U64 = hn::CappedTag<std::uint64_t, lanes>;
using I64 = hn::RebindToSigned<U64>;
using F64 = hn::RebindToFloat<U64>;

inline void range(const std::int64_t* values, std::size_t size, std::int64_t* smallest,
                  std::int64_t* largest) noexcept {
  const I64 d;
  const std::size_t width = hn::Lanes(d);
  if (size < width) return scalar::range(values, size, smallest, largest);
  // Four at once, so that none waits for the one before.
  auto low = hn::LoadU(d, values);
  auto low1 = low;
  auto low2 = low;
  auto low3 = low;
  auto high = low;
  auto high1 = low;
  auto high2 = low;
  auto high3 = low;
  std::size_t i = 0;
  for (; i + 4 * width <= size; i += 4 * width) {
    const auto v0 = hn::LoadU(d, values + i);
    const auto v1 = hn::LoadU(d, values + i + width);
    const auto v2 = hn::LoadU(d, values + i + 2 * width);
    const auto v3 = hn::LoadU(d, values + i + 3 * width);
    low = hn::Min(low, v0);
    high = hn::Max(high, v0);
    low1 = hn::Min(low1, v1);
    high1 = hn::Max(high1, v1);
    low2 = hn::Min(low2, v2);
    high2 = hn::Max(high2, v2);
    low3 = hn::Min(low3, v3);
    high3 = hn::Max(high3, v3);
  }
  for (; i < size; i += width) {
    const auto v = hn::LoadU(d, values + std::min(i, size - width));
    low = hn::Min(low, v);
    high = hn::Max(high, v);
  }
  low = hn::Min(hn::Min(low, low1), hn::Min(low2, low3));
  high = hn::Max(hn::Max(high, high1), hn::Max(high2, high3));
  HWY_ALIGN std::int64_t lows[lanes];
  HWY_ALIGN std::int64_t highs[lanes];
  hn::StoreU(low, d, lows);
  hn::StoreU(high, d, highs);
  *smallest = *std::min_element(lows, lows + width);
  *largest = *std::max_element(highs, highs + width);
}

inline std::size_t changes(const std::int64_t* values, std::size_t size) noexcept {
  const I64 d;
  const std::size_t width = hn::Lanes(d);
  std::size_t count = 0;
  std::size_t i = 1;
  for (; i + width <= size; i += width) {
    count += width - hn::CountTrue(d, hn::Eq(hn::LoadU(d, values + i), hn::LoadU(d, values + i - 1)));
  }
  return count + (i < size ? scalar::changes(values + i - 1, size - i + 1) : 0);
}

#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86
// The bit widths of unsigned words, read from the exponents of doubles. `signs` is all ones where the highest bit is.
HWY_INLINE hn::Vec<U64> bit_widths(hn::Vec<U64> words, [[maybe_unused]] hn::Vec<I64> signs) {
  const U64 d;
  const F64 df;
#if HWY_TARGET <= HWY_AVX3
  const I64 di;
  // Without the bit below the highest, the double cannot round up to the next power.
  const auto top = hn::AndNot(hn::ShiftRight<1>(words), words);
  const auto exponents = hn::ShiftRight<52>(hn::BitCast(d, hn::ConvertTo(df, hn::BitCast(di, top))));
  const auto bits = hn::Max(hn::BitCast(di, hn::Sub(exponents, hn::Set(d, 1022))), hn::Zero(di));
  return hn::BitCast(d, hn::IfThenElse(hn::MaskFromVec(signs), hn::Set(di, 64), bits));
#else
  // Of the upper half where it is not zero, else of the lower: joined with the bits of 2^52 they are doubles.
  const hn::Repartition<std::int32_t, U64> d32;
  const auto upper = hn::ShiftRight<32>(words);
  const auto low = hn::Eq(upper, hn::Zero(d));
  const auto power = hn::Set(d, std::bit_cast<std::uint64_t>(4503599627370496.0));
  const auto half = hn::BitCast(df, hn::Or(hn::IfThenElse(low, words, upper), power));
  const auto exponents = hn::ShiftRight<52>(hn::BitCast(d, hn::Sub(half, hn::BitCast(df, power))));
  // A zero word gives -0.0 where the thread rounds downward: the sign is no part of the exponent.
  const auto shifted = hn::BitCast(d32, hn::And(exponents, hn::Set(d, 0x7FF)));
  const auto bits = hn::Sub(shifted, hn::BitCast(d32, hn::Set(d, 1022)));
  return hn::Add(hn::BitCast(d, hn::Max(bits, hn::Zero(d32))), hn::IfThenZeroElse(low, hn::Set(d, 32)));
#endif
}

inline void best_frame(const std::int64_t* values, std::size_t size, std::uint64_t base, Frame* best) noexcept {
  if (size < block) return scalar::best_frame(values, size, base, best);
  const U64 d;
  const I64 di;
  const hn::Repartition<std::int32_t, U64> d32;
  const hn::Rebind<std::uint8_t, U64> d8;
  const std::size_t width = hn::Lanes(d);
  const auto bases = hn::Set(d, base);
  HWY_ALIGN std::uint8_t widths[block];
  auto any = hn::Zero(d);
  auto most = hn::Zero(d32);
  for (std::size_t i = 0; i < block; i += width) {
    const auto v = hn::Sub(hn::BitCast(d, hn::LoadU(di, values + i)), bases);
    const auto sign = hn::BroadcastSignBit(hn::BitCast(di, v));
    any = hn::Or(any, hn::Xor(hn::Add(v, v), hn::BitCast(d, sign)));
    const auto bits = bit_widths(v, sign);
    most = hn::Max(most, hn::BitCast(d32, bits));
    hn::StoreU(hn::TruncateTo(d8, bits), d8, widths + i);
  }
  HWY_ALIGN std::uint64_t parts[lanes];
  hn::StoreU(any, d, parts);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < width; ++i) all |= parts[i];
  const hn::ScalableTag<std::uint8_t> db;
  const auto count = [&](unsigned wanted) HWY_ATTR {
    std::size_t found = 0;
    const auto exactly = hn::Set(db, static_cast<std::uint8_t>(wanted));
    for (std::size_t i = 0; i < block; i += hn::Lanes(db)) {
      found += hn::CountTrue(db, hn::Eq(hn::LoadU(db, widths + i), exactly));
    }
    return static_cast<unsigned>(found);
  };
  hn::StoreU(hn::BitCast(d, most), d, parts);
  const auto top = static_cast<unsigned>(*std::max_element(parts, parts + width));
  *best = frame_of_widths(count, block, top, static_cast<unsigned>(std::bit_width(all)), base);
}
#else
inline void best_frame(const std::int64_t* values, std::size_t size, std::uint64_t base, Frame* best) noexcept {
  scalar::best_frame(values, size, base, best);
}
#endif

// Packed numbers are taken apart in vectors of two, four or eight.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
inline constexpr std::size_t few = 8;
#else
inline constexpr std::size_t few = HWY_MAX_BYTES >= 32 ? 4 : 2;
#endif
using Few = hn::FixedTag<std::uint64_t, few>;
using FewBytes = hn::Repartition<std::uint8_t, Few>;
using FewVector = hn::Vec<Few>;

// Loops are rolled out and vectors kept in registers only where the compiler sees through all of it.
#define ASHLAR_COLUMN_BODY HWY_ATTR __attribute__((always_inline))

struct Enough {
  constexpr Enough operator-(std::size_t) const { return {}; }
};

// What becomes of a number and the base.
enum class Then { add, join };

template <Then then>
class Unpacker {
 public:
  HWY_INLINE Unpacker(unsigned width, std::uint64_t base)
      : mask_{hn::Set(Few{}, low_bits(width))}, base_{hn::Set(Few{}, base)} {
    const UnpackPlan& plan = unpack_plans[width];
    for (std::size_t i = 0; i < 8 / few; ++i) {
      shifts_[i] = hn::LoadU(Few{}, plan.shifts + i * few);
      bytes_[i] = hn::LoadU(FewBytes{}, (few == 8 ? plan.bytes : plan.bytes_in_pair)[i * few]);
    }
    for (std::size_t i = 0; i < 4; ++i) pairs_[i] = plan.pairs[i];
  }
  // How many bytes from the first of eight numbers on are read.
  HWY_INLINE std::size_t reach() const { return few == 8 ? 64 : pairs_[3] + 16; }
  // Numbers piece * few and following of the eight at `from`, plus or joined with the base. `left` bytes are there: more
  // than enough, or, for vectors of eight, any number.
  template <std::size_t piece, class Left>
  HWY_INLINE FewVector get(const std::uint8_t* from, [[maybe_unused]] Left left) const {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
    const FewBytes d8;
    hn::Vec<FewBytes> window;
    if constexpr (std::is_same_v<Left, Enough>) {
      window = hn::LoadU(d8, from);
    } else {
      window = hn::MaskedLoad(hn::FirstN(d8, std::min<std::size_t>(left, 64)), d8, from);
    }
    // Highway has no table lookup across 64 bytes everywhere.
    const hn::Vec<FewBytes> bytes{_mm512_permutexvar_epi8(bytes_[0].raw, window.raw)};
#else
#if HWY_MAX_BYTES >= 32
    const hn::Half<FewBytes> half;
    const auto window = hn::Combine(FewBytes{}, hn::LoadU(half, from + pairs_[2 * piece + 1]),
                                    hn::LoadU(half, from + pairs_[2 * piece]));
#else
    const auto window = hn::LoadU(FewBytes{}, from + pairs_[piece]);
#endif
    const auto bytes = hn::TableLookupBytes(window, bytes_[piece]);
#endif
    const auto number = hn::And(hn::Shr(hn::BitCast(Few{}, bytes), shifts_[piece]), mask_);
    if constexpr (then == Then::add) {
      return hn::Add(number, base_);
    } else {
      return hn::Or(number, base_);
    }
  }
  // Calls `put(first, numbers)` for all pieces of the eight.
  template <class Left, class Put>
  HWY_INLINE void all(const std::uint8_t* from, Left left, Put put) const {
    put(std::size_t{0}, get<0>(from, left));
    if constexpr (few <= 4) put(few, get<1>(from, left));
    if constexpr (few == 2) {
      put(2 * few, get<2>(from, left));
      put(3 * few, get<3>(from, left));
    }
  }

 private:
  FewVector mask_;
  FewVector base_;
  FewVector shifts_[8 / few];
  hn::Vec<FewBytes> bytes_[8 / few];
  std::size_t pairs_[4];
};

// Calls `body(first, from, left)` for every `step` groups of eight numbers, with `Enough` for none but whole groups.
template <std::size_t step, Then then, class Body>
HWY_INLINE void each_group(const Unpacker<then>& unpacker, const std::uint8_t* in, std::size_t size, std::size_t groups,
                           unsigned width, Body body) {
  const std::size_t reach = (step - 1) * width + unpacker.reach();
  std::size_t group = 0;
  for (; group + step <= groups && group * width + reach <= size; group += step) {
    body(group, in + group * width, Enough{});
  }
  if (group == groups) return;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
  for (; group < groups; group += step) body(group, in + group * width, size - group * width);
#else
  // The last ones from a copy, behind which there is something to be read.
  HWY_ALIGN std::uint8_t tail[2 * ((step - 1) * most_width + 64)] = {};
  std::memcpy(tail, in + group * width, size - group * width);
  const std::uint8_t* at = tail;
  for (; group < groups; group += step, at += step * width) body(group, at, sizeof tail);
#endif
}

inline void unpack(const std::byte* in, std::size_t count, unsigned width, std::uint64_t base,
                   std::uint64_t* out) noexcept {
  const U64 wide;
  const auto* const from = reinterpret_cast<const std::uint8_t*>(in);
  std::size_t done = 0;
  if (width == 0 || width == 64) {
    const auto bases = hn::Set(wide, base);
    const hn::Repartition<std::uint8_t, U64> d8;
    for (; done + hn::Lanes(wide) <= count; done += hn::Lanes(wide)) {
      const auto words = width == 0 ? hn::Zero(wide) : hn::BitCast(wide, hn::LoadU(d8, from + done * 8));
      hn::StoreU(hn::Add(words, bases), wide, out + done);
    }
  } else if (count >= 16) {
    const Unpacker<Then::add> unpacker{width, base};
    std::uint64_t last[8];
    each_group<1>(unpacker, from, packed_bytes(count, width), (count + 7) / 8, width,
                  [&](std::size_t group, const std::uint8_t* at, auto left) ASHLAR_COLUMN_BODY {
                    std::uint64_t* to = out + group * 8;
                    // Of a group that is not whole all eight are unpacked, where there is room for them.
                    if constexpr (!std::is_same_v<decltype(left), Enough>) to = group * 8 + 8 <= count ? to : last;
                    unpacker.all(at, left, [&](std::size_t first, FewVector words) ASHLAR_COLUMN_BODY {
                      hn::StoreU(words, Few{}, to + first);
                    });
                  });
    std::copy_n(last, count % 8, out + count / 8 * 8);
    done = count;
  }
  if (done < count) scalar::unpack(in + done * width / 8, count - done, width, base, out + done);
}

// As to_decimal_value does, of words that became doubles, larger by `more`, through the bits of a power of two.
template <class D>
HWY_INLINE hn::Vec<D> decimals_of(D d, hn::Vec<hn::RebindToUnsigned<D>> words, hn::Vec<D> more, hn::Vec<D> down,
                                  hn::Vec<D> up) {
  return hn::Mul(hn::Mul(hn::Sub(hn::BitCast(d, words), more), down), up);
}

#if HWY_HAVE_FLOAT64
inline void unpack_decimals(const std::byte* in, std::size_t count, unsigned width, std::uint64_t base, unsigned up,
                            unsigned down, double* out) noexcept {
  std::size_t done = 0;
  // Joined with the bits of 2^52, numbers of so few bits are the doubles that much larger; the base is subtracted with
  // it, exactly, where it is no larger either.
  constexpr unsigned most_bits = 50;
  constexpr double joined = 4503599627370496.0;
  constexpr std::uint64_t most_base = std::uint64_t{1} << most_bits;
  if (width > 0 && width <= most_bits && base + most_base <= 2 * most_base && count >= 32) {
    const hn::RebindToFloat<Few> d;
    const auto more = hn::Set(d, joined - static_cast<double>(static_cast<std::int64_t>(base)));
    const auto down_power = hn::Set(d, powers[down]);
    const auto up_inverse = hn::Set(d, inverse_powers[up]);
    const Unpacker<Then::join> unpacker{width, std::bit_cast<std::uint64_t>(joined)};
    each_group<1>(unpacker, reinterpret_cast<const std::uint8_t*>(in), count / 8 * width, count / 8, width,
                  [&](std::size_t group, const std::uint8_t* at, auto left) ASHLAR_COLUMN_BODY {
                    unpacker.all(at, left, [&](std::size_t first, FewVector words) ASHLAR_COLUMN_BODY {
                      hn::StoreU(decimals_of(d, words, more, down_power, up_inverse), d, out + group * 8 + first);
                    });
                  });
    done = count / 8 * 8;
  }
  if (done < count) scalar::unpack_decimals(in + done * width / 8, count - done, width, base, up, down, out + done);
}
#endif

#if HWY_MAX_BYTES >= 32
using Four = hn::FixedTag<std::uint64_t, 4>;
using FourVector = hn::Vec<Four>;

// Four vectors of four, one after the other, become those of their first lanes, of their second lanes, …
HWY_INLINE void store_chains(FourVector v0, FourVector v1, FourVector v2, FourVector v3, std::uint64_t* out) {
  const Four d;
  const auto low01 = hn::InterleaveLower(d, v0, v1);
  const auto high01 = hn::InterleaveUpper(d, v0, v1);
  const auto low23 = hn::InterleaveLower(d, v2, v3);
  const auto high23 = hn::InterleaveUpper(d, v2, v3);
  hn::StoreU(hn::ConcatLowerLower(d, low23, low01), d, out);
  hn::StoreU(hn::ConcatLowerLower(d, high23, high01), d, out + chain);
  hn::StoreU(hn::ConcatUpperUpper(d, low23, low01), d, out + 2 * chain);
  hn::StoreU(hn::ConcatUpperUpper(d, high23, high01), d, out + 3 * chain);
}

// The running sums of all chains.
class Chains {
 public:
  HWY_INLINE explicit Chains(const std::uint64_t* starts) {
    for (std::size_t i = 0; i < 8 / few; ++i) sums_[i] = hn::LoadU(Few{}, starts + i * few);
  }
  // Adds four groups and puts the sums where they belong. `word(group, piece)` are the differences.
  template <class Word>
  HWY_INLINE void add(std::uint64_t* out, Word word) {
    add_piece<0>(out, word);
    if constexpr (few == 4) add_piece<few == 4 ? 1 : 0>(out, word);
  }

 private:
  template <std::size_t piece, class Word>
  HWY_INLINE void add_piece(std::uint64_t* out, Word word) {
    constexpr std::integral_constant<std::size_t, piece> which{};
    const auto v0 = hn::Add(sums_[piece], word(0, which));
    const auto v1 = hn::Add(v0, word(1, which));
    const auto v2 = hn::Add(v1, word(2, which));
    const auto v3 = hn::Add(v2, word(3, which));
    sums_[piece] = v3;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
    const Four d;
    store_chains(hn::LowerHalf(d, v0), hn::LowerHalf(d, v1), hn::LowerHalf(d, v2), hn::LowerHalf(d, v3), out);
    store_chains(hn::UpperHalf(d, v0), hn::UpperHalf(d, v1), hn::UpperHalf(d, v2), hn::UpperHalf(d, v3),
                 out + 4 * chain);
#else
    store_chains(v0, v1, v2, v3, out + piece * few * chain);
#endif
  }

  FewVector sums_[8 / few];
};

inline void undelta(const std::uint64_t* words, const std::uint64_t* starts, std::uint64_t* out) noexcept {
  Chains sums{starts};
  for (std::size_t i = 0; i < chain; i += 4) {
    const std::uint64_t* const from = words + i * chains;
    sums.add(out + i, [&](std::size_t group, auto piece)
                          ASHLAR_COLUMN_BODY { return hn::LoadU(Few{}, from + group * chains + piece() * few); });
  }
}

inline void unpack_deltas(const std::byte* in, unsigned width, std::uint64_t base, const std::uint64_t* starts,
                          std::uint64_t* out) noexcept {
  if (width == 0 || width == 64) return scalar::unpack_deltas(in, width, base, starts, out);
  Chains sums{starts};
  const Unpacker<Then::add> unpacker{width, base};
  each_group<4>(unpacker, reinterpret_cast<const std::uint8_t*>(in), chain * width, chain, width,
                [&](std::size_t i, const std::uint8_t* at, auto left) ASHLAR_COLUMN_BODY {
                  sums.add(out + i, [&](std::size_t group, auto piece) ASHLAR_COLUMN_BODY {
                    return unpacker.template get<piece()>(at + group * width, left - group * width);
                  });
                });
}
#else
inline void undelta(const std::uint64_t* words, const std::uint64_t* starts, std::uint64_t* out) noexcept {
  scalar::undelta(words, starts, out);
}
inline void unpack_deltas(const std::byte* in, unsigned width, std::uint64_t base, const std::uint64_t* starts,
                          std::uint64_t* out) noexcept {
  std::uint64_t words[block];
  unpack(in, block, width, base, words);
  scalar::undelta(words, starts, out);
}
#endif

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
// Runs are expanded a vector at a time. Vectors of four are permuted as halves of their numbers, as AVX2 does it.
inline constexpr std::size_t run_lanes = HWY_TARGET <= HWY_AVX3 ? 8 : 4;
using RunPlace = std::conditional_t<run_lanes == 8, std::uint64_t, std::uint32_t>;

// For the flags of all lanes but the first: which value each lane takes, counted from that of the first.
struct RunPlaces {
  alignas(run_lanes * 8) RunPlace lanes[8];
};
inline constexpr auto run_places = [] {
  std::array<RunPlaces, std::size_t{1} << (run_lanes - 1)> places{};
  for (std::size_t flags = 0; flags < places.size(); ++flags) {
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const std::size_t number = lane * run_lanes / 8;
      const auto value = static_cast<std::size_t>(std::popcount(flags & ((std::size_t{1} << number) - 1)));
      places[flags].lanes[lane] = static_cast<RunPlace>(run_lanes == 8 ? value : value * 2 + lane % 2);
    }
  }
  return places;
}();

inline void expand_runs(const std::uint8_t* bits, const std::uint64_t* values, std::uint64_t* out) noexcept {
  const hn::FixedTag<std::uint64_t, run_lanes> d;
  const hn::Repartition<RunPlace, decltype(d)> d_place;
  const auto step = [&](std::size_t ones, std::uint64_t* to) ASHLAR_COLUMN_BODY {
    const auto places = hn::IndicesFromVec(d_place, hn::Load(d_place, run_places[ones >> 1].lanes));
    const auto some = hn::BitCast(d_place, hn::LoadU(d, values + (ones & 1)));
    hn::StoreU(hn::BitCast(d, hn::TableLookupLanes(some, places)), d, to);
    values += std::popcount(ones);
  };
  for (std::size_t i = 0; i < block; i += 8) {
    const std::size_t ones = bits[i / 8];
    if constexpr (run_lanes == 8) {
      step(ones, out + i);
    } else {
      step(ones & 15, out + i);
      step(ones >> 4, out + i + 4);
    }
  }
}
#else
inline void expand_runs(const std::uint8_t* bits, const std::uint64_t* values, std::uint64_t* out) noexcept {
  scalar::expand_runs(bits, values, out);
}
#endif

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
  const U64 du;
  const I64 di;
  const auto magics = hn::Set(d, magic);
  const auto down_power = hn::Set(d, powers[down]);
  const auto up_inverse = hn::Set(d, inverse_powers[up]);
  for (std::size_t i = 0; i < block; i += hn::Lanes(d)) {
    const auto words = hn::Add(hn::BitCast(du, hn::LoadU(di, values + i)), hn::BitCast(du, magics));
    hn::StoreU(decimals_of(d, words, magics, down_power, up_inverse), d, out + i);
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
  column::changes.install(&changes);
  column::best_frame.install(&best_frame);
  column::unpack.install(&unpack);
  column::undelta.install(&undelta);
  column::unpack_deltas.install(&unpack_deltas);
  column::expand_runs.install(&expand_runs);
  column::sum.install(&sum);
#if HWY_HAVE_FLOAT64
  column::unpack_decimals.install(&unpack_decimals);
  column::to_decimal.install(&to_decimal);
  column::from_decimal.install(&from_decimal);
  column::add_doubles.install(&add_doubles);
#endif
}

inline const bool column_kernels_added =
    simd_targets.add({"codec", "scalar", 0, &reset_column_kernels}) &&
    simd_targets.add({"codec", hwy::TargetName(HWY_TARGET), HWY_TARGET, &install_column_kernels});

#undef ASHLAR_COLUMN_BODY

}  // namespace ashlar::inline v0::detail::column::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
#endif
