// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_GLOB_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_GLOB_INL
#undef ASHLAR_SIMD_DETAIL_GLOB_INL
#else
#define ASHLAR_SIMD_DETAIL_GLOB_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/glob_scan.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The bytes of a key of 1 to 64 bytes, in registers. `equal(b)` gives bit i where byte i is b; bits past the key's end
// mean nothing. No byte behind the key is touched.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
class GlobKey64 {
  using Tag = hn::FixedTag<std::uint8_t, 64>;

 public:
  HWY_INLINE GlobKey64(const char* key, std::size_t size) noexcept
      : bytes_{hn::MaskedLoad(hn::FirstN(Tag{}, size), Tag{}, reinterpret_cast<const std::uint8_t*>(key))} {}

  HWY_INLINE std::uint64_t equal(std::uint8_t byte) const noexcept {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(Tag{}, hn::Eq(bytes_, hn::Set(Tag{}, byte)), reinterpret_cast<std::uint8_t*>(&bits));
    return bits;
  }

 private:
  hn::Vec<Tag> bytes_;
};
#else
using GlobBlock = hn::FixedTag<std::uint8_t, 16>;

HWY_INLINE hn::Vec<GlobBlock> load_glob_block(const char* at) noexcept {
  return hn::LoadU(GlobBlock{}, reinterpret_cast<const std::uint8_t*>(at));
}

HWY_INLINE std::uint64_t glob_block_equal(hn::Vec<GlobBlock> block, std::uint8_t byte) noexcept {
  std::uint64_t bits = 0;
  hn::StoreMaskBits(GlobBlock{}, hn::Eq(block, hn::Set(GlobBlock{}, byte)), reinterpret_cast<std::uint8_t*>(&bits));
  return bits;
}

class GlobKey16 {
 public:
  HWY_INLINE GlobKey16(const char* key, std::size_t size) noexcept : bytes_{load(key, size)} {}
  HWY_INLINE std::uint64_t equal(std::uint8_t byte) const noexcept { return glob_block_equal(bytes_, byte); }

 private:
  template <class Word>
  static HWY_INLINE std::uint64_t word(const char* at) noexcept {
    Word value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }

  static HWY_INLINE hn::Vec<GlobBlock> load(const char* key, std::size_t size) noexcept {
    if (size == 16) {
      return load_glob_block(key);
    }
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    if (size > 8) {
      low = word<std::uint64_t>(key);
      high = word<std::uint64_t>(key + size - 8) >> (8 * (16 - size));
    } else if (size >= 4) {
      low = word<std::uint32_t>(key) | word<std::uint32_t>(key + size - 4) << (8 * (size - 4));
    } else {
      low = word<std::uint8_t>(key) | word<std::uint8_t>(key + size / 2) << (8 * (size / 2)) |
            word<std::uint8_t>(key + size - 1) << (8 * (size - 1));
    }
    const hn::FixedTag<std::uint64_t, 2> d;
    return hn::BitCast(GlobBlock{}, hn::InterleaveLower(d, hn::Set(d, low), hn::Set(d, high)));
  }

  hn::Vec<GlobBlock> bytes_;
};

// 17 to 32 bytes: the second block overlaps the first.
class GlobKey32 {
 public:
  HWY_INLINE GlobKey32(const char* key, std::size_t size) noexcept
      : first_{load_glob_block(key)}, last_{load_glob_block(key + size - 16)}, shift_{size - 16} {}
  HWY_INLINE std::uint64_t equal(std::uint8_t byte) const noexcept {
    return glob_block_equal(first_, byte) | glob_block_equal(last_, byte) << shift_;
  }

 private:
  hn::Vec<GlobBlock> first_;
  hn::Vec<GlobBlock> last_;
  std::size_t shift_;
};

class GlobKey64 {
 public:
  HWY_INLINE GlobKey64(const char* key, std::size_t size) noexcept
      : first_{key, 32}, last_{key + size - 32, 32}, shift_{size - 32} {}
  HWY_INLINE std::uint64_t equal(std::uint8_t byte) const noexcept {
    return first_.equal(byte) | last_.equal(byte) << shift_;
  }

 private:
  GlobKey32 first_;
  GlobKey32 last_;
  std::size_t shift_;
};
#endif

// The segments between the first and the last, each looked for at all places at once: no step depends on where, or
// whether, an earlier byte was found, because such branches are mispredicted.
template <class Key>
HWY_INLINE bool glob_middle_fits(const GlobProgram& program, std::string_view key, const Key& bytes) noexcept {
  std::size_t from = program.segments.front().size;
  const std::size_t to = key.size() - program.segments.back().size;
  const std::size_t end = program.segments.size() - 1;
  for (std::size_t s = 1; s < end; ++s) {
    const GlobSegment& segment = program.segments[s];
    if (from + segment.size > to) {
      return false;
    }
    std::uint64_t fits = ~std::uint64_t{0} >> (63 - (to - segment.size - from)) << from;
    for (std::size_t p = 0; p < segment.probes; ++p) {
      fits &= bytes.equal(segment.probe_bytes[p]) >> segment.probe_offsets[p];
    }
    if (end == 2 && segment.decided) {
      return fits != 0;
    }
    while (!segment.decided && fits != 0 && !program.segment_fits(segment, key.data() + std::countr_zero(fits))) {
      fits &= fits - 1;
    }
    if (fits == 0) {
      return false;
    }
    from = static_cast<std::size_t>(std::countr_zero(fits)) + segment.size;
  }
  return true;
}

inline bool glob_matches(const GlobProgram& program, std::string_view key) noexcept {
  const GlobSegment& last = program.segments.back();
  if (!program.head_decides && !program.segment_fits(program.segments.front(), key.data())) {
    return false;
  }
  if (!program.tail_decides && !program.segment_fits(last, key.data() + key.size() - last.size)) {
    return false;
  }
  if (program.segments.size() <= 2) {
    return true;
  }
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  return glob_middle_fits(program, key, GlobKey64{key.data(), key.size()});
#else
  if (key.size() <= 16) {
    return glob_middle_fits(program, key, GlobKey16{key.data(), key.size()});
  }
  if (key.size() <= 32) {
    return glob_middle_fits(program, key, GlobKey32{key.data(), key.size()});
  }
  return glob_middle_fits(program, key, GlobKey64{key.data(), key.size()});
#endif
}

inline std::size_t glob_scan(const GlobProgram* program, const std::string_view* keys, std::size_t count,
                             std::uint64_t* bitmap) noexcept {
  if constexpr (std::endian::native != std::endian::little) {
    return scalar::glob_scan(program, keys, count, bitmap);
  }
  return glob_scan_with(*program, keys, count, bitmap, [&](std::string_view key) {
    return key.size() <= 64 ? glob_matches(*program, key) : program->matches(key);
  });
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
