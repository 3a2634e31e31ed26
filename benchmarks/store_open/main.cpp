// SPDX-License-Identifier: BSL-1.0
// How long does it take to open a store with a million entries and to read the first value: after the process that wrote
// it was killed, and after the system was started anew?
#include <store_puts/engines.hpp>
#include <support/bench.hpp>
#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::uint64_t keys = 1'000'000;
const ashlar_test::TempDirectory temporary;
const std::string root = temporary.path().string();

std::string_view small_value(std::uint64_t i) { return engines::value_of(i).substr(0, 200 + i % 113); }

/// Fills a store in a child process that is killed, or ends well.
void fill(const engines::Kind& kind, const std::string& directory, bool killed) {
  ashlar_test::Process child{[&] {
    const auto engine = kind.open(directory, false);
    std::vector<std::pair<std::string, std::string>> batch;
    for (std::uint64_t i = 0; i < keys; ++i) {
      batch.emplace_back(engines::key_of(i), std::string{small_value(i)});
      if (batch.size() < 1000) continue;
      engine->put_batch(batch);
      batch.clear();
    }
    if (killed) ::raise(SIGKILL);
    return true;
  }};
  engines::require(child.succeeded() != killed, kind.name + ": the process that fills failed");
}

/// Milliseconds to open a copy of the store, changed by `change`, and to read one value.
double opened(const engines::Kind& kind, const std::string& filled, const std::function<void()>& change) {
  const std::string directory = root + "/copy";
  std::filesystem::remove_all(directory);
  std::filesystem::copy(filled, directory, std::filesystem::copy_options::recursive);
  change();
  std::string value;
  std::unique_ptr<engines::Engine> engine;
  const double seconds = bench::seconds([&] {
    engine = kind.open(directory, false);
    engines::require(engine->get(engines::key_of(777'777), value), "a key is missing");
  });
  engines::require(value == small_value(777'777), "a value is wrong");
  for (std::uint64_t i = 0; i < keys; i += 9973) {
    engines::require(engine->get(engines::key_of(i), value) && value == small_value(i), "a value is missing or wrong");
  }
  return seconds * 1e3;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"store_open", argc, argv};
  const auto all = engines::kinds([&](const char* name) { report.skipped("1 M entries", name); });
  std::vector<bench::Contender> killed;
  const auto forget = [] { std::filesystem::remove_all(root + "/copy/index"); };
  for (const engines::Kind& kind : all) {
    if (kind.name == "FilePerKey" || kind.name == "LMDB" || kind.name == "SQLite WAL") continue;
    fill(kind, root + "/" + kind.name, true);
    std::optional<bench::Bar> bar = bench::Bar{"2 ms", "<=1"};
    if (kind.name != "SegmentLog") bar = std::nullopt;
    killed.push_back({kind.name, [&, kind] { return opened(kind, root + "/" + kind.name, [] {}); }, bar});
  }
  const engines::Kind& ours = all.front();
  killed.push_back({"SegmentLog, index lost, no hints",
                    [&] {
                      return opened(ours, root + "/SegmentLog", [&] {
                        forget();
                        for (const auto& entry : std::filesystem::directory_iterator{root + "/copy/seg"}) {
                          if (entry.path().extension() == ".hnt") std::filesystem::remove(entry.path());
                        }
                      });
                    },
                    bench::Bar{"250 ms", "<=1"}});
  fill(ours, root + "/closed", false);
  killed.push_back({"SegmentLog, index lost, hints", [&] { return opened(ours, root + "/closed", forget); },
                    bench::Bar{"80 ms", "<=1"}});
  for (const auto& [name, limit] : {std::pair{"2 ms", 2.0}, {"80 ms", 80.0}, {"250 ms", 250.0}}) {
    killed.push_back({name, [limit] { return limit; }});
  }
  report.run("1 M entries, first value", "time", "ms", killed);
}
