// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <ashlar/codec/columnar.hpp>
#include <ashlar/codec/dictionary.hpp>
#include <ashlar/codec/known.hpp>
#include <ashlar/codec/lz4.hpp>
#include <ashlar/codec/lz4_with_dictionary.hpp>
#include <ashlar/codec/value_codec.hpp>

// What the fuzzers run, and the unit tests on the corpora: any bytes are decoded without harm, and what was decoded
// comes back after encoding. A broken promise ends the program.
namespace ashlar_test {

using FuzzBytes = std::vector<std::byte>;

inline void demand(bool promise) {
  if (!promise) std::abort();
}

inline FuzzBytes fuzz_dictionary() {
  FuzzBytes bytes;
  for (int i = 0; i < 300; ++i) bytes.push_back(static_cast<std::byte>(i * i % 251));
  return bytes;
}

/// The LZ4 block format, byte by byte: what a block of `size` bytes holds, or nothing for any other bytes.
inline std::optional<FuzzBytes> plain_lz4(std::span<const std::byte> block, std::size_t size,
                                          const FuzzBytes& history) {
  FuzzBytes out = history;
  const std::size_t end = history.size() + size;
  std::size_t at = 0;
  const auto length = [&](std::size_t& value) {
    for (bool more = value == 15; more;) {
      if (at == block.size()) return false;
      const auto part = std::to_integer<std::size_t>(block[at++]);
      value += part;
      more = part == 255;
    }
    return true;
  };
  while (at < block.size()) {
    const auto token = std::to_integer<std::size_t>(block[at++]);
    std::size_t literals = token >> 4;
    if (!length(literals) || literals > block.size() - at || literals > end - out.size()) return std::nullopt;
    while (literals-- != 0) out.push_back(block[at++]);
    if (at == block.size()) {
      if (out.size() != end) return std::nullopt;
      return FuzzBytes(out.begin() + static_cast<std::ptrdiff_t>(history.size()), out.end());
    }
    if (block.size() - at < 2) return std::nullopt;
    const std::size_t distance = std::to_integer<std::size_t>(block[at]) | std::to_integer<std::size_t>(block[at + 1])
                                                                               << 8;
    at += 2;
    std::size_t match = token & 15;
    if (!length(match)) return std::nullopt;
    match += 4;
    if (distance == 0 || distance > out.size() || match > end - out.size()) return std::nullopt;
    while (match-- != 0) out.push_back(out[out.size() - distance]);
  }
  return std::nullopt;
}

/// The first two bytes choose the size to unpack to; the rest is a block, and raw bytes to pack.
inline void fuzz_lz4(std::span<const std::byte> data) {
  if (data.size() < 2) return;
  const std::size_t size = std::to_integer<std::size_t>(data[0]) | std::to_integer<std::size_t>(data[1]) << 8;
  const FuzzBytes rest(data.begin() + 2, data.end());
  static const ashlar::Dictionary dictionary{{1, 1}, fuzz_dictionary()};
  FuzzBytes out(size);
  const bool good = ashlar::Lz4::decompress_into(rest, out);
  const auto expected = plain_lz4(rest, size, {});
  demand(good == expected.has_value() && (!good || out == *expected));
  if (good) {
    FuzzBytes again;
    ashlar::Lz4{}.compress(out, again);
    FuzzBytes back(size);
    demand(ashlar::Lz4::decompress_into(again, back) && back == out);
  }
  const bool good_after = dictionary.decompress_into(rest, out);
  const auto expected_after = plain_lz4(rest, size, fuzz_dictionary());
  demand(good_after == expected_after.has_value() && (!good_after || out == *expected_after));
  FuzzBytes packed(ashlar::Lz4::bound(rest.size()));
  packed.resize(dictionary.compress_into(rest, packed));
  FuzzBytes again(rest.size());
  demand(dictionary.decompress_into(packed, again) && again == rest);
  packed.clear();
  ashlar::Lz4{}.compress(rest, packed);
  FuzzBytes back(rest.size());
  demand(ashlar::Lz4::decompress_into(packed, back) && back == rest);
}

/// Any bytes as a value with its header: read with every codec of the core, and as what is left behind the header.
inline void fuzz_value(std::span<const std::byte> data) {
  static const auto known = [] {
    const auto dictionaries = std::make_shared<ashlar::Dictionaries>();
    dictionaries->add(ashlar::Dictionary{{1, 1}, fuzz_dictionary()});
    return dictionaries;
  }();
  const FuzzBytes exact(data.begin(), data.end());
  const auto check = [&](const auto& codec) {
    if (const auto value = codec.decode(exact)) {
      FuzzBytes again;
      codec.encode(*value, again);
      demand(codec.decode(again).value() == *value);
    }
  };
  check(ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::NoCompression>{});
  check(ashlar::ValueCodec<std::vector<std::uint16_t>, ashlar::Binary, ashlar::Lz4>{});
  check(ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Lz4WithDictionary>{{}, {known, 1}});
  check(ashlar::ValueCodec<std::vector<std::uint16_t>, ashlar::Binary,
                           ashlar::Known<ashlar::NoCompression, ashlar::Columnar>>{});
  ashlar::ByteReader reader{exact};
  ashlar::ValueHeader header;
  if (header.read(reader)) {
    FuzzBytes again;
    ashlar::ByteWriter writer{again};
    header.write(writer);
    writer.flush();
    ashlar::ByteReader second{again};
    ashlar::ValueHeader same;
    demand(same.read(second) && same == header);
  }
}

struct FuzzPart {
  bool flag = false;
  std::int16_t small = 0;
  std::uint64_t wide = 0;
  bool operator==(const FuzzPart&) const = default;
};
struct FuzzRow {
  std::int64_t number = 0;
  double real = 0;
  std::string text;
  std::string name;
  FuzzPart part;
  std::optional<std::uint8_t> maybe;

  // By bytes, because NaN is not equal to itself.
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> out;
    ashlar::Binary{}.encode(*this, out);
    return out;
  }
};

inline void fuzz_columnar(std::span<const std::byte> data) {
  if (data.empty()) return;
  const FuzzBytes rest(data.begin() + 1, data.end());
  if ((data[0] & std::byte{1}) != std::byte{}) {
    // The bytes as values to pack.
    std::vector<std::int64_t> integers(rest.size() / 8);
    std::vector<double> reals(integers.size());
    for (std::size_t i = 0; i < integers.size(); ++i) {
      std::memcpy(&integers[i], rest.data() + i * 8, 8);
      std::memcpy(&reals[i], rest.data() + i * 8, 8);
      if ((data[0] & std::byte{2}) != std::byte{}) reals[i] = static_cast<double>(integers[i] % 100000) / 100;
    }
    // Repeated to more than one block.
    for (std::size_t n = integers.size(); n != 0 && integers.size() < 1100;) {
      integers.push_back(integers[integers.size() - n]);
      reals.push_back(reals[reals.size() - n]);
    }
    FuzzBytes out;
    ashlar::Columnar{}.encode(integers, out);
    demand(ashlar::Columnar{}.decode<std::vector<std::int64_t>>(out).value() == integers);
    out.clear();
    ashlar::Columnar{}.encode(reals, out);
    const auto back = ashlar::Columnar{}.decode<std::vector<double>>(out).value();
    demand(back.size() == reals.size() &&
           (reals.empty() || std::memcmp(back.data(), reals.data(), reals.size() * 8) == 0));
    return;
  }
  auto columns = ashlar::Columns<FuzzRow>::open(rest);
  if (!columns || columns->size() > 100'000) return;
  static_cast<void>(columns->summary<0>());
  static_cast<void>(columns->summaries<1>());
  std::vector<FuzzRow> table(columns->size());
  if (!columns->read(table)) return;
  FuzzBytes out;
  ashlar::Columnar{}.encode(table, out);
  const auto back = ashlar::Columnar{}.decode<std::vector<FuzzRow>>(out).value();
  demand(back.size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) demand(back[i].bytes() == table[i].bytes());
}

struct FuzzValue {
  std::uint32_t id = 0;
  std::string name;
  std::vector<std::string> list;
  std::map<std::string, std::vector<std::uint16_t>> map;
  std::unordered_map<std::uint8_t, bool> hashed;
  std::optional<std::set<std::int8_t>> set;
  std::variant<std::monostate, std::string, FuzzPart> choice;
  std::chrono::milliseconds time{};
};

inline void fuzz_binary(std::span<const std::byte> data) {
  const FuzzBytes exact(data.begin(), data.end());
  // What can be read has one spelling (but for the order of sets and maps): writing it gives as many bytes.
  if (const auto value = ashlar::Binary{}.decode<FuzzValue>(exact)) {
    FuzzBytes again;
    ashlar::Binary{}.encode(*value, again);
    demand(again.size() == exact.size());
    demand(ashlar::Binary{}.decode<FuzzValue>(again).has_value());
  }
  static_cast<void>(ashlar::ValueCodec<std::vector<std::string>, ashlar::Binary, ashlar::Lz4>{}.decode(exact));
  static_cast<void>(ashlar::ValueCodec<std::vector<FuzzPart>, ashlar::Binary, ashlar::Columnar>{}.decode(exact));
}

}  // namespace ashlar_test
