// SPDX-License-Identifier: BSL-1.0
// The same cache with different eviction policies, on a workload of a few popular keys that long scans run through.
#include <ashlar/cache.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/s3_fifo.hpp>
#include <ashlar/cache/eviction/sieve.hpp>

#include <iostream>
#include <string_view>

template <class Policy>
void play(std::string_view name) {
  ashlar::Cache<ashlar::MemoryTier<int, int, Policy, ashlar::SingleThreaded>> cache{ashlar::entries(100)};
  int hits = 0;
  int reads = 0;
  const auto read = [&](int key) {
    bool loaded = false;
    cache.get_or_load(key, [&](int k) {
      loaded = true;
      return k;
    });
    hits += !loaded;
    ++reads;
  };
  for (int round = 0; round < 100; ++round) {
    for (int again = 0; again < 5; ++again) {
      for (int popular = 0; popular < 50; ++popular) read(popular);
    }
    for (int i = 0; i < 200; ++i) read(1'000 + round * 200 + i);  // a scan: each key once
  }
  std::cout << name << ": " << 100 * hits / reads << " % of the reads were hits\n";
}

int main() {
  play<ashlar::Lru>("Lru   ");
  play<ashlar::Sieve>("Sieve ");
  play<ashlar::S3Fifo>("S3Fifo");
}
