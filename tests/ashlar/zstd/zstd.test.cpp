// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/zstd/zstd.hpp>
#include <support/codec_checks.hpp>

TEST_CASE("zstd restores what it packed, at every level") {
  ashlar_test::check_compression(ashlar::zstd::Zstd<>{});
  ashlar_test::check_compression(ashlar::zstd::Zstd<-5>{});
  ashlar_test::check_compression(ashlar::zstd::Zstd<19>{});
}

TEST_CASE("a frame that is more than its size grows no further than asked") {
  const std::vector<std::byte> zeros(std::size_t{8} << 20);
  std::vector<std::byte> packed;
  ashlar::zstd::Zstd<>{}.compress(zeros, packed);
  CHECK(packed.size() < 2000);
  std::vector<std::byte> out;
  CHECK_FALSE(ashlar::zstd::Zstd<>{}.decompress(packed, 100, out).has_value());
  CHECK(out.empty());
  CHECK(ashlar::zstd::Zstd<>{}.decompress(packed, zeros.size(), out).has_value());
}
