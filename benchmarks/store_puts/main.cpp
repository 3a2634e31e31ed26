// SPDX-License-Identifier: BSL-1.0
// How many values of 1 to 20 KiB do several processes store per second in one directory?
#include <store_puts/engines.hpp>
#include <support/bench.hpp>
#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Gate {
  std::atomic<std::uint64_t> ready;
  std::atomic<std::uint64_t> done;
  std::atomic<bool> open;
  std::atomic<bool> stopped;
  std::atomic<std::uint64_t> failures;
};

const ashlar_test::TempDirectory temporary;
const std::string directory = (temporary / "store").string();

/// How the values are stored.
struct Load {
  bool synced = false;
  std::uint64_t workers = 1;
  std::uint64_t each = 0;    ///< values of each worker, within the time
  std::uint64_t batch = 1;   ///< values that are stored in one step
  std::uint64_t before = 0;  ///< values of each worker that are stored before the clock runs
};

/// Puts per second of several processes (threads, where an engine has one process).
double puts(const engines::Kind& kind, const Load& load) {
  std::filesystem::remove_all(directory);
  const ashlar_test::Shared<Gate> gate;
  using Entries = std::vector<std::pair<std::string, std::string>>;
  // Keys and values are made before the clock runs.
  const auto prepare = [&](std::uint64_t worker, std::uint64_t count) {
    Entries entries;
    for (std::uint64_t i = worker * load.each; i < worker * load.each + count; ++i) {
      entries.emplace_back(engines::key_of(i), engines::value_of(i));
    }
    return entries;
  };
  const auto store = [&](engines::Engine& engine, std::span<const std::pair<std::string, std::string>> entries) {
    if (load.batch == 1) {
      for (const auto& [key, value] : entries) engine.put(key, value);
      return;
    }
    while (!entries.empty()) {
      const std::size_t count = std::min<std::size_t>(load.batch, entries.size());
      engine.put_batch(entries.first(count));
      entries = entries.subspan(count);
    }
  };
  const auto work = [&](engines::Engine& engine, std::uint64_t worker) {
    const Entries entries = prepare(worker, load.each);
    store(engine, std::span{entries}.first(static_cast<std::size_t>(load.before)));
    ++gate->ready;
    while (!gate->open) std::this_thread::yield();
    store(engine, entries);
    ++gate->done;
    // Closing a store and ending a process are no puts, and would slow down those of others.
    while (!gate->stopped && gate->failures == 0) ::usleep(200);
  };
  (void)engines::value_of(0);
  double seconds = 0;
  const auto timed = [&] {
    const auto all = [&](const std::atomic<std::uint64_t>& count) {
      while (count < load.workers && gate->failures == 0) ::usleep(50);
    };
    all(gate->ready);
    seconds = bench::seconds([&] {
      gate->open = true;
      all(gate->done);
    });
    gate->stopped = true;
  };
  if (kind.many_processes) {
    (void)kind.open(directory, load.synced);
    std::vector<ashlar_test::Process> processes;
    for (std::uint64_t worker = 0; worker < load.workers; ++worker) {
      processes.emplace_back([&, worker] {
        try {
          work(*kind.open(directory, load.synced), worker);
          return true;
        } catch (...) {
          ++gate->failures;
          throw;
        }
      });
    }
    timed();
    for (auto& process : processes) gate->failures += process.succeeded() ? 0 : 1;
  } else {
    const auto engine = kind.open(directory, load.synced);
    std::vector<std::thread> threads;
    for (std::uint64_t worker = 0; worker < load.workers; ++worker) {
      threads.emplace_back([&, worker] { work(*engine, worker); });
    }
    timed();
    for (std::thread& thread : threads) thread.join();
  }
  if (gate->failures != 0) throw std::runtime_error{kind.name + ": a process failed"};
  if (kind.name != "plain append") {
    const auto engine = kind.open(directory, load.synced);
    std::string value;
    for (std::uint64_t i = 0; i < load.workers * load.each; i += 37) {
      if (!engine->get(engines::key_of(i), value) || value != engines::value_of(i)) {
        throw std::runtime_error{kind.name + ": a value is missing or wrong"};
      }
    }
  }
  return static_cast<double>(load.workers * load.each) / seconds;
}

/// Blocks on the disk of everything in the directory, in bytes.
double disk_use() {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory}) {
    struct stat status{};
    if (entry.is_regular_file() && entry.path().parent_path().filename() != "index" &&
        ::stat(entry.path().c_str(), &status) == 0) {
      bytes += static_cast<double>(status.st_blocks) * 512;
    }
  }
  return bytes;
}
/// Bytes that `work` in a process of its own gave the system to bring to the device, by calls or by way of memory, in whole
/// pages, by `/proc/self/io`.
double bytes_written_by(const std::function<void()>& work) {
  const ashlar_test::Shared<double> written;
  ashlar_test::Process child{[&] {
    const auto count = [] {
      std::ifstream file{"/proc/self/io"};
      std::string name;
      double value = 0;
      while (file >> name >> value) {
        if (name == "write_bytes:") return value;
      }
      return 0.0;
    };
    const double before = count();
    work();
    *written = count() - before;
    return true;
  }};
  engines::require(child.succeeded(), "a process failed");
  return *written;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"store_puts", argc, argv};
  std::vector<engines::Kind> all = engines::kinds([&](const char* name) { report.skipped("all", name); });
  all.push_back(engines::kind<engines::PlainAppend>("plain append", true));
  const auto compare = [&](const std::string& which, const Load& load) {
    std::vector<bench::Contender> contenders;
    for (const engines::Kind& kind : all) {
      if (load.batch > 1 && kind.name == "FilePerKey") continue;
      std::optional<bench::Bar> bar;
      const bool rival = kind.name == "SQLite WAL" || kind.name == "LevelDB" || kind.name == "RocksDB";
      if (!load.synced) {
        if (kind.name == "SegmentLog") bar = {"plain append", ">=0.9"};
        if (kind.name == "LevelDB" || kind.name == "RocksDB") bar = {"SegmentLog", "<=0.333"};
        if (kind.name == "FilePerKey") bar = {"SegmentLog", "<=0.25"};
      } else if (rival) {
        bar = {"SegmentLog", load.batch > 1 ? "<=0.5" : "<=0.667"};
      }
      contenders.push_back({kind.name, [&, kind, load] { return puts(kind, load); }, bar});
    }
    report.run(which, "puts", "ops/s", contenders);
  };
  compare("4 processes, NoSync", {.workers = 4, .each = 1500});
  const engines::Kind& ours = all.front();
  report.run(
      "as many puts of 8 processes", "puts", "ops/s",
      {{"4 processes", [&] { return puts(ours, {.workers = 4, .each = 10'000}); }},
       {"8 processes", [&] { return puts(ours, {.workers = 8, .each = 5'000}); }, bench::Bar{"4 processes", ">=0.9"}}});
  // In use for a while: half as many values were stored before the clock runs.
  compare("1 process, synced", {.synced = true, .workers = 1, .each = 400, .before = 200});
  compare("4 processes, synced", {.synced = true, .workers = 4, .each = 200, .before = 100});
  compare("4 processes, synced by 100", {.synced = true, .workers = 4, .each = 600, .batch = 100, .before = 300});

  double payload = 0;
  constexpr std::uint64_t count = 6000;
  for (std::uint64_t i = 0; i < count; ++i) {
    payload += static_cast<double>(engines::key_of(i).size() + engines::value_of(i).size());
  }
  std::filesystem::remove_all(directory);
  const double written = bytes_written_by([&] {
    const auto engine = ours.open(directory, false);
    for (std::uint64_t i = 0; i < count; ++i) engine->put(engines::key_of(i), std::string{engines::value_of(i)});
  });
  report.figure("room, NoSync", "keys and values", "size", "B", payload);
  report.figure("room, NoSync", "SegmentLog, on the disk", "size", "B", disk_use(), disk_use() / payload,
                bench::Bar{"keys and values", "<=1.06"});
  report.figure("room, NoSync", "SegmentLog, written", "size", "B", written, written / payload,
                bench::Bar{"keys and values", "<=1.10"});
}
