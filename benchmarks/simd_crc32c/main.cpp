// SPDX-License-Identifier: BSL-1.0
// How fast is a checksum, for short records and for long ones?
#include <support/bench.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <ashlar/simd/crc32c.hpp>
#include <ashlar/simd/target.hpp>

#if ASHLAR_PEER_isal
#include <isa-l/crc.h>
#endif
#if ASHLAR_PEER_zlib
#include <zlib.h>
#endif

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"simd_crc32c", argc, argv};
  std::printf("target: %s\n", ashlar::simd_target());
  for (const std::size_t size : {std::size_t{64}, std::size_t{200}, std::size_t{1024}, std::size_t{4096},
                                 std::size_t{65536}, std::size_t{1} << 20}) {
    const std::size_t records = std::max<std::size_t>(1, (std::size_t{1} << 18) / size);
    const std::size_t rounds = (std::size_t{1} << 25) / (records * size);
    std::vector<std::byte> bytes(records * size);
    std::minstd_rand random{1};
    for (std::byte& byte : bytes) {
      byte = static_cast<std::byte>(random());
    }
    const auto at = [&](std::size_t record) { return std::span{bytes}.subspan(record * size, size); };
    const auto per_record = [&](auto&& checksum) {
      const double start = cpu_seconds();
      for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t record = 0; record < records; ++record) {
          bench::keep(checksum(at(record)));
        }
      }
      return (cpu_seconds() - start) * 1e9 / static_cast<double>(rounds * records);
    };
    const auto name = std::to_string(size) + " bytes";
    std::vector<bench::Contender> contenders{
        {"ashlar", [&] { return per_record([](auto b) { return ashlar::crc32c(b); }); }},
        {"slicing-by-8",
         [&] { return per_record([](auto b) { return ashlar::detail::scalar::crc32c(b.data(), b.size(), 0); }); }}};
#if ASHLAR_PEER_isal
    const auto isal = [](std::span<std::byte> b) {
      return ~crc32_iscsi(reinterpret_cast<unsigned char*>(b.data()), static_cast<int>(b.size()), ~0u);
    };
    for (std::size_t record = 0; record < records; ++record) {
      if (isal(at(record)) != ashlar::crc32c(at(record))) {
        std::fprintf(stderr, "isa-l disagrees\n");
        return 1;
      }
    }
    contenders.front().bar = bench::Bar{"isa-l", size >= 65536 ? "<=1.1" : "<=1.5"};
    contenders.push_back({"isa-l", [&] { return per_record(isal); }});
#endif
#if ASHLAR_PEER_zlib
    contenders.push_back({"zlib crc32 (another polynomial)", [&] {
                            return per_record([](auto b) {
                              return crc32(0, reinterpret_cast<const Bytef*>(b.data()), static_cast<uInt>(b.size()));
                            });
                          }});
#endif
    report.run(name, "time", "ns/record", contenders);
#if !ASHLAR_PEER_isal
    report.skipped(name, "isa-l");
#endif
#if !ASHLAR_PEER_zlib
    report.skipped(name, "zlib");
#endif
  }
}
