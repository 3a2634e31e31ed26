// SPDX-License-Identifier: BSL-1.0
// One record per finished input, written by any number of workers, threads or processes.
#include <ashlar/store.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

struct Render {
  std::uint64_t bytes = 0;
  std::string picture;
};

int main() {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("ashlar-10-sharded-store-" + std::to_string(std::random_device{}()));

  ashlar::ShardedStore<std::string, Render, ashlar::SegmentLog> done{directory};
  const std::vector<std::string> inputs{"a.txt", "b.txt", "c.txt"};

  // Three workers try all inputs; whoever inserts a record has the job, and no input is done twice.
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 3; ++worker) {
    workers.emplace_back([&] {
      for (const std::string& input : inputs) {
        if (!done.insert_if_absent(input, {}).value()) continue;
        done.put(input, {input.size() * 100, input + ".png"}).value();
      }
    });
  }
  for (std::thread& worker : workers) worker.join();

  for (const std::string& input : inputs) {
    const auto record = done.get(input).value();
    std::printf("%s -> %s, %llu bytes\n", input.c_str(), record->picture.c_str(),
                static_cast<unsigned long long>(record->bytes));
  }
  const auto count_again = [](const std::optional<Render>& old) {
    Render next = old.value_or(Render{});
    ++next.bytes;
    return next;
  };
  done.update("a.txt", count_again).value();
  const ashlar::StoreSummary summary = done.summary().value();
  std::printf("%llu entries, a.txt now %llu bytes, %llu written\n", static_cast<unsigned long long>(summary.entries),
              static_cast<unsigned long long>(done.get("a.txt").value()->bytes),
              static_cast<unsigned long long>(done.stats().writes));

  // What is replaced takes room until a compaction, which is done where somebody asks for it.
  const ashlar::StoreSpace space = done.space().value();
  if (space.on_disk > 2 * space.live) done.compact().value();
  std::filesystem::remove_all(directory);
}
