// SPDX-License-Identifier: BSL-1.0
// How long does it take to read a value of about 10 KiB that the system has in memory, and to see that a key is there?
#include <store_puts/engines.hpp>
#include <support/bench.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr std::uint64_t keys = 4000;
constexpr std::uint64_t reads = 20'000;

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"store_reads", argc, argv};
  const std::string root = (std::filesystem::temp_directory_path() / "ashlar-bench-store-reads").string();
  std::filesystem::remove_all(root);
  std::vector<bench::Contender> contenders;
  const auto all = engines::kinds([&](const char* name) { report.skipped("warm point reads", name); });
  for (const engines::Kind& kind : all) {
    const std::shared_ptr<engines::Engine> engine = kind.open(root + "/" + kind.name, false);
    for (std::uint64_t i = 0; i < keys; ++i) engine->put(engines::key_of(i), std::string{engines::value_of(i)});
    std::string value;
    for (std::uint64_t i = 0; i < keys; ++i) {
      engines::require(engine->get(engines::key_of(i), value) && value == engines::value_of(i),
                       kind.name + ": wrong value");
    }
    std::optional<bench::Bar> bar;
    if (kind.name == "LMDB") bar = {"SegmentLog", ">=1.0"};
    if (kind.name == "SQLite WAL") bar = {"SegmentLog", ">=3"};
    contenders.push_back({kind.name,
                          [engine] {
                            std::string into;
                            std::size_t bytes = 0;
                            const double seconds = bench::seconds([&] {
                              for (std::uint64_t i = 0; i < reads; ++i) {
                                engine->get(engines::key_of(engines::mix(i) % keys), into);
                                bytes += into.size();
                              }
                            });
                            bench::keep(bytes);
                            return seconds / reads * 1e9;
                          },
                          bar});
  }
  report.run("warm point reads, 10 KiB", "time", "ns", contenders);

  ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog> store{root + "/contains"};
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    names.push_back(engines::key_of(i));
    store.put(names.back(), "a small value").value();
  }
  report.run("resume check, small values", "time", "ns",
             {{"SegmentLog contains, hit",
               [&] {
                 std::uint64_t found = 0;
                 const double seconds = bench::seconds([&] {
                   for (std::uint64_t i = 0; i < names.size(); ++i) {
                     found += store.contains(names[engines::mix(i) % names.size()]).value() ? 1 : 0;
                   }
                 });
                 engines::require(found == names.size(), "a key is missing");
                 return seconds / static_cast<double>(names.size()) * 1e9;
               }},
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
  std::filesystem::remove_all(root);
}
