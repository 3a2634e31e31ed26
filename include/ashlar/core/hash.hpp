// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ashlar::inline v0 {

namespace detail {

inline constexpr std::uint64_t hash_salt[4] = {0x9e37'79b9'7f4a'7c15, 0xc2b2'ae3d'27d4'eb4f, 0x8ebc'6af0'9c88'c6e3,
                                               0xd6e8'feb8'6659'fd93};

/// The 128-bit product of both, folded: each bit of the result depends on all bits of both factors.
constexpr std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t load_u64(const char* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}
inline std::uint64_t load_u32(const char* p) noexcept {
  std::uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// The last 0 to 16 bytes of a text, as two words that overlap where they must.
struct TextTail {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  [[gnu::always_inline]] TextTail(const char* p, std::size_t size) noexcept {
    if (size >= 8) {
      first = load_u64(p);
      last = load_u64(p + size - 8);
    } else if (size >= 4) {
      first = load_u32(p);
      last = load_u32(p + size - 4);
    } else if (size > 0) {
      const auto byte = [p](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(p[i])); };
      first = byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
    }
  }
};

}  // namespace detail

/// A 64-bit hash of an integer whose high and low bits are equally good: one multiplication.
/// Not for keys chosen by an adversary. Source: multiply-and-fold mixing, as in Wang Yi's wyhash.
constexpr std::uint64_t hash_mix(std::uint64_t value) noexcept {
  return detail::multiply_fold(value ^ detail::hash_salt[0], detail::hash_salt[3]);
}

namespace detail {

/// The end of `hash_bytes`: the last 0 to 16 of `size` bytes, after `state`.
[[gnu::always_inline]] inline std::uint64_t hash_tail(const char* p, std::size_t left, std::uint64_t state,
                                                      std::size_t size) noexcept {
  const TextTail tail{p, left};
  return hash_mix(multiply_fold(tail.first ^ hash_salt[1], tail.last ^ state) ^ size);
}

[[gnu::noinline]] inline std::uint64_t hash_long_text(std::string_view text) noexcept {
  const char* p = text.data();
  std::size_t left = text.size();
  std::uint64_t state = hash_salt[2] ^ text.size();
  if (left > 48) {
    std::uint64_t second = state, third = state;
    do {
      state = multiply_fold(load_u64(p) ^ hash_salt[1], load_u64(p + 8) ^ state);
      second = multiply_fold(load_u64(p + 16) ^ hash_salt[2], load_u64(p + 24) ^ second);
      third = multiply_fold(load_u64(p + 32) ^ hash_salt[3], load_u64(p + 40) ^ third);
      p += 48;
      left -= 48;
    } while (left > 48);
    state ^= second ^ third;
  }
  while (left > 16) {
    state = multiply_fold(load_u64(p) ^ hash_salt[1], load_u64(p + 8) ^ state);
    p += 16;
    left -= 16;
  }
  return hash_tail(p, left, state, text.size());
}

}  // namespace detail

/// A 64-bit hash of `text`, of the same quality; equal bytes give equal hashes within one kind of machine.
/// Cost: about a nanosecond per 16 bytes; up to 16 without a call.
[[gnu::always_inline]] inline std::uint64_t hash_bytes(std::string_view text) noexcept {
  if (text.size() > 16) return detail::hash_long_text(text);
  return detail::hash_tail(text.data(), text.size(), detail::hash_salt[2] ^ text.size(), text.size());
}

/// Two hashes made one; the order counts.
constexpr std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t next) noexcept {
  return detail::multiply_fold(seed ^ detail::hash_salt[3], next ^ detail::hash_salt[1]);
}

/// The default hash of ashlar: 64 bits, all of them good, so that a table may take any of them as they are.
/// Integers, enumerations, pointers, floating point, strings, pairs and tuples are hashed here; every other type by
/// `std::hash`, mixed. For strings it is transparent: `std::string_view` and literals are hashed without a copy.
/// Never throws where the type's own hash does not. Not for keys chosen by an adversary.
template <class Key>
struct Hash {
  using is_avalanching = void;

  constexpr std::uint64_t operator()(const Key& key) const noexcept(noexcept(std::hash<Key>{}(key)))
    requires requires { std::hash<Key>{}(key); }
  {
    return hash_mix(static_cast<std::uint64_t>(std::hash<Key>{}(key)));
  }
};

template <class Key>
  requires std::integral<Key> || std::is_enum_v<Key>
struct Hash<Key> {
  using is_avalanching = void;
  constexpr std::uint64_t operator()(Key key) const noexcept { return hash_mix(static_cast<std::uint64_t>(key)); }
};

template <class Key>
struct Hash<Key*> {
  using is_avalanching = void;
  std::uint64_t operator()(const Key* key) const noexcept { return hash_mix(std::bit_cast<std::uintptr_t>(key)); }
};

template <class Key>
  requires std::convertible_to<const Key&, std::string_view>
struct Hash<Key> {
  using is_avalanching = void;
  using is_transparent = void;
  [[gnu::always_inline]] std::uint64_t operator()(std::string_view key) const noexcept { return hash_bytes(key); }
};

template <class First, class Second>
struct Hash<std::pair<First, Second>> {
  using is_avalanching = void;
  constexpr std::uint64_t operator()(const std::pair<First, Second>& key) const {
    return hash_combine(Hash<First>{}(key.first), Hash<Second>{}(key.second));
  }
};

template <class... Parts>
struct Hash<std::tuple<Parts...>> {
  using is_avalanching = void;
  constexpr std::uint64_t operator()(const std::tuple<Parts...>& key) const {
    return std::apply(
        [](const Parts&... parts) {
          std::uint64_t hash = detail::hash_salt[0];
          ((hash = hash_combine(hash, Hash<Parts>{}(parts))), ...);
          return hash;
        },
        key);
  }
};

}  // namespace ashlar::inline v0
