// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include <ashlar/codec/byte_writer.hpp>

namespace {

using Bytes = std::vector<std::byte>;

Bytes of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace

TEST_CASE("a writer appends and keeps what was there") {
  Bytes out = of({9});
  ashlar::ByteWriter writer{out};
  writer.number(std::uint16_t{0x0102});
  CHECK(out.size() == 1);  // gathered, not yet handed over
  writer.flush();
  CHECK(out == of({9, 2, 1}));
}

TEST_CASE("numbers are little endian") {
  Bytes out;
  ashlar::ByteWriter writer{out};
  writer.number(std::int32_t{-2});
  writer.number(1.0);
  writer.number('a');
  writer.flush();
  CHECK(out == of({0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 'a'}));
}

TEST_CASE("sizes take seven bits a byte") {
  Bytes out;
  ashlar::ByteWriter writer{out};
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{300}}) {
    writer.size(size);
  }
  writer.size(~std::uint64_t{0});
  writer.flush();
  CHECK(out == of({0, 127, 0x80, 1, 0xAC, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1}));
}

TEST_CASE("pieces of every size arrive in order") {
  Bytes expected;
  Bytes out;
  ashlar::ByteWriter writer{out};
  for (std::size_t size = 0; size < 600; size += 7) {
    const Bytes piece(size, static_cast<std::byte>(size));
    writer.bytes(piece);
    writer.number(static_cast<std::uint8_t>(size));
    expected.insert(expected.end(), piece.begin(), piece.end());
    expected.push_back(static_cast<std::byte>(size));
  }
  writer.flush();
  CHECK(out == expected);
}

TEST_CASE("sized bytes are their size and they, however full the writer is") {
  Bytes expected;
  Bytes out;
  ashlar::ByteWriter writer{out};
  for (std::size_t size = 0; size < 400; size += 3) {
    const Bytes piece(size, static_cast<std::byte>(size));
    writer.sized_bytes(piece);
    ashlar::ByteWriter plain{expected};
    plain.size(size);
    plain.bytes(piece);
    plain.flush();
  }
  writer.flush();
  CHECK(out == expected);
}

TEST_CASE("room is what the caller makes of it") {
  Bytes expected;
  Bytes out;
  ashlar::ByteWriter writer{out};
  for (int i = 0; i < 100; ++i) {
    std::byte* const at = writer.room<7>();
    for (int b = 0; b < 7; ++b) expected.push_back(at[b] = static_cast<std::byte>(i * 7 + b));
  }
  writer.flush();
  CHECK(out == expected);
}
