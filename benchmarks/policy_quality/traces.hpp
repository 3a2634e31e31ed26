// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace policy_quality {

/// One real trace: its requests, and how many keys there are.
struct Trace {
  std::string name;
  std::vector<std::uint64_t> keys;
  std::size_t unique = 0;
};

/// The keys of a `.u64` file, or of a `.u64.xz` one by way of the program xz; empty where that fails.
inline std::vector<std::uint64_t> read_keys(const std::filesystem::path& file) {
  const bool packed = file.extension() == ".xz";
  std::FILE* in = packed ? popen(("xz -dc -- '" + file.string() + "'").c_str(), "r") : std::fopen(file.c_str(), "rb");
  std::vector<std::uint64_t> keys;
  if (in == nullptr) return keys;
  std::vector<std::uint64_t> part(1 << 16);
  while (const std::size_t got = std::fread(part.data(), sizeof(std::uint64_t), part.size(), in)) {
    keys.insert(keys.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  }
  if (packed) {
    pclose(in);
  } else {
    std::fclose(in);
  }
  return keys;
}

/// Numbers the keys 0, 1, … in order of appearance, which the clairvoyant policy below relies on.
inline Trace number(std::string name, std::vector<std::uint64_t> keys) {
  std::unordered_map<std::uint64_t, std::uint64_t> numbers;
  for (auto& key : keys) key = numbers.try_emplace(key, numbers.size()).first->second;
  return {std::move(name), std::move(keys), numbers.size()};
}

/// The trace files of a folder, by name.
inline std::vector<std::filesystem::path> trace_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".u64") || name.ends_with(".u64.xz")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The least possible share of misses: always the entry goes whose next use lies furthest ahead (Belady 1966).
inline double clairvoyant(const Trace& trace, std::size_t capacity) {
  const auto requests = static_cast<std::uint32_t>(trace.keys.size());
  std::vector<std::uint32_t> next(requests);
  std::vector<std::uint32_t> seen(trace.unique, requests);
  for (std::uint32_t i = requests; i-- > 0;) next[i] = std::exchange(seen[trace.keys[i]], i);
  std::vector<std::uint32_t> due(trace.unique, 0);
  std::vector<bool> held(trace.unique);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> heap;  // next use and key, some out of date
  std::size_t size = 0;
  std::size_t misses = 0;
  for (std::uint32_t i = 0; i < requests; ++i) {
    const auto key = static_cast<std::uint32_t>(trace.keys[i]);
    if (!held[key]) {
      ++misses;
      for (bool full = size == capacity; full;) {
        std::pop_heap(heap.begin(), heap.end());
        const auto [when, candidate] = heap.back();
        heap.pop_back();
        if (!held[candidate] || due[candidate] != when) continue;
        held[candidate] = false;
        --size;
        full = false;
      }
      held[key] = true;
      ++size;
    }
    due[key] = next[i];
    heap.emplace_back(next[i], key);
    std::push_heap(heap.begin(), heap.end());
  }
  return static_cast<double>(misses) / static_cast<double>(requests);
}

}  // namespace policy_quality
