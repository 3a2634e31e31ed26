// SPDX-License-Identifier: BSL-1.0
// How long does it take to read a value of about 10 KiB that the system has in memory, and to see that a key is there?
#include <store_puts/engines.hpp>
#include <support/bench.hpp>
#include <support/temp_directory.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::uint64_t keys = 4000;
constexpr std::uint64_t reads = 20'000;

/// A handle of its own for each thread, for engines whose handles are not shared.
class PerThread : public engines::Engine {
 public:
  PerThread(engines::Kind kind, std::string directory) : kind_{std::move(kind)}, directory_{std::move(directory)} {}
  void put(const std::string& key, const std::string& value) override { mine().put(key, value); }
  bool get(std::string_view key, std::string& into) override { return mine().get(key, into); }
  std::uint64_t look(std::string_view key) override { return mine().look(key); }

 private:
  engines::Engine& mine() {
    static thread_local std::pair<const PerThread*, std::unique_ptr<engines::Engine>> kept;
    if (kept.first != this) kept = {this, kind_.open(directory_, false)};
    return *kept.second;
  }

  engines::Kind kind_;
  std::string directory_;
};

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"store_reads", argc, argv};
  const ashlar_test::TempDirectory temporary;
  const std::string root = temporary.path().string();
  std::vector<std::pair<std::string, std::shared_ptr<engines::Engine>>> open;
  const auto all = engines::kinds([&](const char* name) { report.skipped("warm point reads", name); });
  for (const engines::Kind& kind : all) {
    const std::shared_ptr<engines::Engine> engine = kind.open(root + "/" + kind.name, false);
    std::vector<std::pair<std::string, std::string>> entries;
    for (std::uint64_t i = 0; i < keys; ++i) entries.emplace_back(engines::key_of(i), engines::value_of(i));
    engine->put_batch(entries);
    std::string value;
    for (std::uint64_t i = 0; i < keys; ++i) {
      engines::require(engine->get(engines::key_of(i), value) && value == engines::value_of(i),
                       kind.name + ": wrong value");
    }
    open.emplace_back(kind.name, engine);
  }
  // The same segments, read in the three ways.
  using Log = engines::Ashlar<ashlar::SegmentLog>;
  const auto once = std::make_shared<Log>(
      root + "/SegmentLog", ashlar::StoreOptions{.mode = ashlar::OpenMode::read_only, .verify = ashlar::Verify::once});

  /// ns per read of so many threads; with `views`, one byte of each cache line is looked at where it lies.
  const auto timed = [](const std::shared_ptr<engines::Engine>& engine, bool views, std::uint64_t threads) {
    return [=] {
      std::vector<std::thread> workers;
      std::atomic<std::uint64_t> bytes{0};
      const double seconds = bench::seconds([&] {
        for (std::uint64_t worker = 0; worker < threads; ++worker) {
          workers.emplace_back([&, worker] {
            std::string into;
            std::uint64_t seen = 0;
            for (std::uint64_t i = 0; i < reads; ++i) {
              const std::string key = engines::key_of(engines::mix(i * threads + worker) % keys);
              if (views) {
                seen += engine->look(key);
              } else {
                engine->get(key, into);
                seen += into.size();
              }
            }
            bytes += seen;
          });
        }
        for (std::thread& worker : workers) worker.join();
      });
      bench::keep(bytes.load());
      return seconds / static_cast<double>(reads * threads) * 1e9;
    };
  };
  for (const std::uint64_t threads : {1U, 2U}) {
    std::vector<bench::Contender> contenders{
        {"SegmentLog view, once", timed(once, true, threads)},
        {"SegmentLog view, each time", timed(open.front().second, true, threads)},
        {"SegmentLog get", timed(open.front().second, false, threads)},
    };
    for (const auto& [name, engine] : open) {
      if (name == "SegmentLog") continue;
      std::optional<bench::Bar> bar;
      if (name == "SQLite WAL") bar = {"SegmentLog get", ">=3"};
      if (name == "LMDB") {
        contenders.push_back(
            {"LMDB, in place", timed(engine, true, threads), bench::Bar{"SegmentLog view, once", ">=1.0"}});
        bar = {"SegmentLog get", ">=1.0"};
      }
      if (threads > 1 && name == "SQLite WAL") {
        const auto& kind = *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
        const auto handles = std::make_shared<PerThread>(kind, root + "/" + name);
        contenders.push_back({name, timed(handles, false, threads), bar});
        continue;
      }
      contenders.push_back({name, timed(engine, false, threads), bar});
    }
    report.run("warm point reads, 10 KiB, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), "time",
               "ns", contenders);
  }

  ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog> store{root + "/contains"};
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    names.push_back(engines::key_of(i));
    store.put(names.back(), "a small value").value();
  }
  report.run("resume check, small values", "time", "ns",
             {{"0.3 us", [] { return 300.0; }},
              {"SegmentLog contains, hit",
               [&] {
                 std::uint64_t found = 0;
                 const double seconds = bench::seconds([&] {
                   for (std::uint64_t i = 0; i < names.size(); ++i) {
                     found += store.contains(names[engines::mix(i) % names.size()]).value() ? 1 : 0;
                   }
                 });
                 engines::require(found == names.size(), "a key is missing");
                 return seconds / static_cast<double>(names.size()) * 1e9;
               },
               bench::Bar{"0.3 us", "<=1"}},
              {"SegmentLog get", [&] {
                 std::size_t bytes = 0;
                 const double seconds = bench::seconds([&] {
                   for (std::uint64_t i = 0; i < names.size(); ++i) {
                     bytes += store.get(names[engines::mix(i) % names.size()]).value()->size();
                   }
                 });
                 bench::keep(bytes);
                 return seconds / static_cast<double>(names.size()) * 1e9;
               }}});
}
