// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <support/catch.hpp>

#include <ashlar/codec/concepts.hpp>

namespace ashlar_test {

using Bytes = std::vector<std::byte>;

/// Text that compresses like rows of a table.
inline Bytes row_text(std::mt19937& engine, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    text += "{\"order\":" + std::to_string(engine() % 100000) + ",\"sku\":\"A" + std::to_string(engine() % 500) +
            "\",\"country\":\"United Kingdom\",\"price\":" + std::to_string(engine() % 100) + ".95}\n";
  }
  text.resize(size);
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

/// What every compression promises: it restores, appends, refuses wrong sizes and survives any bytes.
template <ashlar::compression C>
void check_compression(const C& codec) {
  std::mt19937 engine{11};
  for (const std::size_t size : {0u, 1u, 12u, 13u, 198u, 5000u, 70'000u}) {
    const Bytes raw = row_text(engine, size);
    Bytes packed{std::byte{1}};
    codec.compress(raw, packed);
    REQUIRE(packed.front() == std::byte{1});
    packed.erase(packed.begin());
    Bytes back{std::byte{2}};
    REQUIRE(codec.decompress(packed, size, back).has_value());
    REQUIRE(back.front() == std::byte{2});
    back.erase(back.begin());
    REQUIRE(back == raw);
    if (size != 0) {
      const auto shorter = codec.decompress(packed, size - 1, back);
      REQUIRE_FALSE(shorter.has_value());
      CHECK(shorter.error().code() == ashlar::ErrorCode::corrupt);
    }
    CHECK_FALSE(codec.decompress(packed, size + 1, back).has_value());
    CHECK_FALSE(codec.decompress(packed, ~std::size_t{0} / 2, back).has_value());
    CHECK_FALSE(codec.decompress(std::span{packed}.first(packed.size() - 1), size, back).has_value());
    REQUIRE(back == raw);
  }
  const Bytes raw = row_text(engine, 300);
  Bytes packed;
  codec.compress(raw, packed);
  for (int i = 0; i < 2000; ++i) {
    Bytes changed = packed;
    for (auto n = 1 + engine() % 3; n > 0; --n) changed[engine() % changed.size()] = static_cast<std::byte>(engine());
    Bytes out;
    const auto result = codec.decompress(changed, raw.size(), out);
    CHECK(out.size() == (result.has_value() ? raw.size() : 0));
  }
}

}  // namespace ashlar_test
