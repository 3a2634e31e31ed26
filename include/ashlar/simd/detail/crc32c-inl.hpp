// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_CRC32C_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_CRC32C_INL
#undef ASHLAR_SIMD_DETAIL_CRC32C_INL
#else
#define ASHLAR_SIMD_DETAIL_CRC32C_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/crc32c_folding.hpp>
#include <ashlar/simd/detail/crc32c_scalar.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

// The register after `size` bytes, by the processor's own instruction where it has one.
inline std::uint32_t crc32c_short(const std::byte* bytes, std::size_t size, std::uint32_t crc) noexcept {
#if HWY_ARCH_X86_64 && HWY_TARGET != HWY_SSSE3 && HWY_TARGET != HWY_SSE2
  std::uint64_t wide = crc;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size != 0; ++bytes, --size) {
    crc = _mm_crc32_u8(crc, std::to_integer<unsigned char>(*bytes));
  }
  return crc;
#else
  return crc32c_register(bytes, size, crc);
#endif
}

#if HWY_ARCH_X86_64 && HWY_TARGET > HWY_AVX3_DL && HWY_TARGET < HWY_SSSE3
// Where vectors multiply slowly: three chains of the processor's own instruction side by side, because each step of a chain
// takes three cycles and one begins in every cycle. Carry-less products move the first two to where the third ends.
template <std::size_t Piece>
std::uint32_t crc32c_chains(const std::byte*& bytes, std::size_t& size, std::uint32_t crc) noexcept {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::FixedTag<std::uint64_t, 2> d;
  constexpr std::uint64_t one = crc32c_factors_at(Piece)[1];
  constexpr std::uint64_t two = crc32c_factors_at(2 * Piece)[1];
  for (; size >= 3 * Piece; bytes += 3 * Piece, size -= 3 * Piece) {
    std::uint64_t a = crc;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    for (std::size_t i = 0; i < Piece; i += 8) {
      // The machine does not foresee where three short chains go on.
      if (i % 64 == 0) {
        for (std::size_t line = 0; line < 3; ++line) __builtin_prefetch(bytes + 3 * Piece + 3 * i + 64 * line);
      }
      std::uint64_t words[3];
      std::memcpy(&words[0], bytes + i, 8);
      std::memcpy(&words[1], bytes + Piece + i, 8);
      std::memcpy(&words[2], bytes + 2 * Piece + i, 8);
      a = _mm_crc32_u64(a, words[0]);
      b = _mm_crc32_u64(b, words[1]);
      c = _mm_crc32_u64(c, words[2]);
    }
    const auto moved =
        hn::Xor(hn::CLMulLower(hn::Set(d, a), hn::Set(d, two)), hn::CLMulLower(hn::Set(d, b), hn::Set(d, one)));
    crc = static_cast<std::uint32_t>(_mm_crc32_u64(0, hn::GetLane(moved)) ^ c);
  }
  return crc;
}

inline std::uint32_t crc32c(const std::byte* bytes, std::size_t size, std::uint32_t seed) noexcept {
  std::uint32_t crc = crc32c_chains<1024>(bytes, size, ~seed);
  crc = crc32c_chains<128>(bytes, size, crc);
  return ~crc32c_short(bytes, size, crc);
}
#else
// Carry-less folding (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ"): four vectors run
// through the bytes, each step replaces them by something congruent modulo the polynomial, one step further on.
inline std::uint32_t crc32c(const std::byte* bytes, std::size_t size, std::uint32_t seed) noexcept {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<std::uint64_t, 8> d;
  const hn::Repartition<std::uint8_t, decltype(d)> d8;
  const std::size_t width = hn::Lanes(d8);
  const std::size_t step = 4 * width;
  std::uint32_t crc = ~seed;
  if (width >= 16 && size >= step + 64) {
    const auto load = [&](std::size_t at) {
      return hn::BitCast(d, hn::LoadU(d8, reinterpret_cast<const std::uint8_t*>(bytes) + at));
    };
    const auto fold = [](auto value, auto factors, auto next) {
      return hn::Xor(hn::Xor(hn::CLMulLower(value, factors), hn::CLMulUpper(value, factors)), next);
    };
    alignas(64) std::uint64_t first[8] = {crc};
    auto a = hn::Xor(load(0), hn::Load(d, first));
    auto b = load(width);
    auto c = load(2 * width);
    auto e = load(3 * width);
    const auto far = hn::LoadDup128(d, crc32c_factors(step).data());
    for (bytes += step, size -= step; size >= step; bytes += step, size -= step) {
      a = fold(a, far, load(0));
      b = fold(b, far, load(width));
      c = fold(c, far, load(2 * width));
      e = fold(e, far, load(3 * width));
    }
    const auto near = hn::LoadDup128(d, crc32c_factors(width).data());
    a = fold(fold(fold(a, near, b), near, c), near, e);
    for (; size >= width; bytes += width, size -= width) {
      a = fold(a, near, load(0));
    }
    alignas(64) std::uint64_t rest[8];
    hn::Store(a, d, rest);
    crc = crc32c_short(reinterpret_cast<const std::byte*>(rest), width, 0);
  }
  return ~crc32c_short(bytes, size, crc);
}
#endif

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
