// SPDX-License-Identifier: BSL-1.0
// Uses a part of every area, and links ashlar itself, by way of a static library and by way of a shared one.
#include <ashlar/ashlar.hpp>
#include <ashlar/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/pipeline.hpp>
#include <ashlar/simd.hpp>
#include <ashlar/store.hpp>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine.hpp"

const char* target_in_a_static();
const char* target_in_a_shared();
std::uint64_t items_in_a_static();
std::uint64_t items_in_a_shared();

namespace {

bool kernels_are_linked() {
  const std::string_view target = ashlar::simd_target();
  std::cout << target << '\n';
  return target == target_in_a_static() && target == target_in_a_shared() &&
         (target != "scalar" || !machine_has_simd()) &&
         ashlar::crc32c(std::as_bytes(std::span{"123456789", 9})) == 0xE3069283U;
}

bool a_cache_caches() {
  ashlar::Cache<ashlar::MemoryTier<std::string, int>, ashlar::StoreTier<std::string, int>> cache{ashlar::entries(10),
                                                                                                 "cache"};
  int loads = 0;
  const auto load = [&] { return ++loads; };
  return cache.get_or_load("one", load) == 1 && cache.get_or_load("one", load) == 1 && loads == 1;
}

bool a_store_keeps() {
  auto store = ashlar::ShardedStore<std::string, std::string, ashlar::FilePerKey>::open("store");
  return store && store->put("key", "value") && store->get("key").value() == "value";
}

bool a_pipeline_runs() {
  std::vector<int> squares;
  ashlar::Pipeline squaring{ashlar::from(std::vector{1, 2, 3}), ashlar::transform<2>([](int n) { return n * n; }),
                            ashlar::sink<1>([&](int square) { squares.push_back(square); })};
  squaring.run();
  return squares.size() == 3 && items_in_a_static() == 3 && items_in_a_shared() == 3;
}

}  // namespace

int main() {
  std::filesystem::remove_all("cache");
  std::filesystem::remove_all("store");
  if (!kernels_are_linked()) return 1;
  if (!a_cache_caches()) return 2;
  if (!a_store_keeps()) return 3;
  return a_pipeline_runs() ? 0 : 4;
}
