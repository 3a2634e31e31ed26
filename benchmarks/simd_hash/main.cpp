// SPDX-License-Identifier: BSL-1.0
// What does the hash of a short key cost, and that of many ids?
#include <support/bench.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/core/hash.hpp>
#include <ashlar/simd/hash_ids.hpp>
#include <ashlar/simd/target.hpp>

#ifndef ASHLAR_PEER_xxhash
#define ASHLAR_PEER_xxhash 0
#endif
#if ASHLAR_PEER_xxhash
#include <xxhash.h>
#endif

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Work>
double nanoseconds_each(std::size_t count, Work work) {
  constexpr int rounds = 40;
  const double start = cpu_seconds();
  for (int round = 0; round < rounds; ++round) work();
  return (cpu_seconds() - start) * 1e9 / static_cast<double>(rounds * count);
}

// Keys of `size` bytes in one piece of memory that the first cache level holds.
struct Keys {
  std::string arena;
  std::vector<std::string_view> views;

  explicit Keys(std::size_t size) {
    std::minstd_rand random{1};
    constexpr std::size_t count = 400;
    for (std::size_t i = 0; i < count * size; ++i) arena += static_cast<char>('a' + random() % 26);
    for (std::size_t i = 0; i < count; ++i) views.push_back(std::string_view{arena}.substr(i * size, size));
  }
};

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"simd_hash", argc, argv};
  std::printf("target: %s\n", ashlar::simd_target());
  const char* const peer = ASHLAR_PEER_xxhash ? "XXH3_64bits" : "std::hash";
  for (const std::size_t size : {8u, 16u, 24u, 32u, 64u}) {
    const Keys keys{size};
    const auto each = [&keys](auto hash) {
      return [&keys, hash] {
        return nanoseconds_each(50 * keys.views.size(), [&] {
          for (int again = 0; again < 50; ++again) {
            std::uint64_t sum = 0;
            for (const std::string_view key : keys.views) sum += hash(key);
            bench::keep(sum);
          }
        });
      };
    };
    const std::string name = "key of " + std::to_string(size) + " bytes";
    std::vector<bench::Contender> contenders{
        {"hash_bytes", each([](std::string_view key) { return ashlar::hash_bytes(key); }), bench::Bar{peer, "<=1.3"}},
        {"std::hash", each([](std::string_view key) { return std::hash<std::string_view>{}(key); })}};
#if ASHLAR_PEER_xxhash
    contenders.push_back(
        {"XXH3_64bits", each([](std::string_view key) { return XXH3_64bits(key.data(), key.size()); })});
#else
    report.skipped(name, "xxhash");
#endif
    report.run(name, "time", "ns/key", contenders);
  }
  std::vector<std::uint64_t> ids(4000);
  std::vector<std::uint64_t> hashes(ids.size());
  std::mt19937_64 random{2};
  for (std::uint64_t& id : ids) id = random();
  const auto batch = [&](auto work) {
    return [&ids, &hashes, work] {
      return nanoseconds_each(50 * ids.size(), [&] {
        for (int again = 0; again < 50; ++again) {
          work();
          bench::keep(hashes[0]);
        }
      });
    };
  };
  std::vector<bench::Contender> contenders{
      {"hash_ids", batch([&] { ashlar::hash_ids(ids, hashes); }), bench::Bar{"loop over hash_id", "<=1"}},
      {"loop over hash_id", batch([&] {
         for (std::size_t i = 0; i < ids.size(); ++i) hashes[i] = ashlar::hash_id(ids[i]);
       })}};
#if ASHLAR_PEER_xxhash
  contenders.push_back({"loop over XXH3_64bits", batch([&] {
                          for (std::size_t i = 0; i < ids.size(); ++i) hashes[i] = XXH3_64bits(&ids[i], 8);
                        })});
#else
  report.skipped("ids", "xxhash");
#endif
  report.run("ids", "time", "ns/id", contenders);
}
