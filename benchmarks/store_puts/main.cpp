// SPDX-License-Identifier: BSL-1.0
// How many values of 1 to 20 KiB do several processes store per second in one directory?
#include <store_puts/engines.hpp>
#include <support/bench.hpp>
#include <support/processes.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Gate {
  std::atomic<int> ready;
  std::atomic<bool> open;
  std::atomic<std::uint64_t> failures;
};

const std::string directory = (std::filesystem::temp_directory_path() / "ashlar-bench-store-puts").string();

/// Puts per second of `workers` processes (threads, where an engine has one process) that store `each` values.
double puts(const engines::Kind& kind, bool synced, std::uint64_t workers, std::uint64_t each) {
  std::filesystem::remove_all(directory);
  const ashlar_test::Shared<Gate> gate;
  const auto wait = [&] {
    ++gate->ready;
    while (!gate->open) std::this_thread::yield();
  };
  // Keys and values are made before the clock runs.
  const auto prepare = [&](std::uint64_t worker) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (std::uint64_t i = worker * each; i < (worker + 1) * each; ++i) {
      entries.emplace_back(engines::key_of(i), engines::value_of(i));
    }
    return entries;
  };
  const auto store = [&](engines::Engine& engine, const std::vector<std::pair<std::string, std::string>>& entries) {
    for (const auto& [key, value] : entries) engine.put(key, value);
  };
  (void)engines::value_of(0);
  double seconds = 0;
  const auto timed = [&](auto&& join) {
    while (gate->ready < static_cast<int>(workers)) std::this_thread::yield();
    seconds = bench::seconds([&] {
      gate->open = true;
      join();
    });
  };
  if (kind.many_processes) {
    (void)kind.open(directory, synced);
    std::vector<ashlar_test::Process> processes;
    for (std::uint64_t worker = 0; worker < workers; ++worker) {
      processes.emplace_back([&, worker] {
        const auto engine = kind.open(directory, synced);
        const auto entries = prepare(worker);
        wait();
        store(*engine, entries);
        return true;
      });
    }
    timed([&] {
      for (auto& process : processes) gate->failures += process.succeeded() ? 0 : 1;
    });
  } else {
    const auto engine = kind.open(directory, synced);
    std::vector<std::thread> threads;
    for (std::uint64_t worker = 0; worker < workers; ++worker) {
      threads.emplace_back([&, worker] {
        const auto entries = prepare(worker);
        wait();
        store(*engine, entries);
      });
    }
    timed([&] {
      for (std::thread& thread : threads) thread.join();
    });
  }
  if (gate->failures != 0) throw std::runtime_error{kind.name + ": a process failed"};
  if (kind.name != "plain append") {
    const auto engine = kind.open(directory, synced);
    std::string value;
    for (std::uint64_t i = 0; i < workers * each; i += 37) {
      if (!engine->get(engines::key_of(i), value) || value != engines::value_of(i)) {
        throw std::runtime_error{kind.name + ": a value is missing or wrong"};
      }
    }
  }
  std::filesystem::remove_all(directory);
  return static_cast<double>(workers * each) / seconds;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"store_puts", argc, argv};
  std::vector<engines::Kind> all = engines::kinds([&](const char* name) { report.skipped("all", name); });
  all.push_back(engines::kind<engines::PlainAppend>("plain append", true));
  const auto compare = [&](const std::string& which, bool synced, std::uint64_t workers, std::uint64_t each) {
    std::vector<bench::Contender> contenders;
    for (const engines::Kind& kind : all) {
      if (workers == 8 && kind.name != "SegmentLog" && kind.name != "plain append") continue;
      std::optional<bench::Bar> bar;
      if (!synced) {
        if (kind.name == "SegmentLog") bar = {"plain append", ">=0.9"};
        if (kind.name == "LevelDB" || kind.name == "RocksDB") bar = {"SegmentLog", "<=0.333"};
        if (kind.name == "FilePerKey") bar = {"SegmentLog", "<=0.25"};
      } else if (kind.name == "SQLite WAL" || kind.name == "LevelDB" || kind.name == "RocksDB") {
        bar = {"SegmentLog", "<=0.667"};
      }
      contenders.push_back({kind.name, [&, kind] { return puts(kind, synced, workers, each); }, bar});
    }
    report.run(which, "puts", "ops/s", contenders);
  };
  compare("4 processes, NoSync", false, 4, 1500);
  compare("8 processes, NoSync", false, 8, 1500);
  compare("1 process, synced", true, 1, 150);
  compare("4 processes, synced", true, 4, 80);
}
