// SPDX-License-Identifier: BSL-1.0
// What a batch job pays for recording one more result when N are there: the old way, where every process locks and rewrites
// one JSON file, next to one file per key and to a segment log, with 1 to 8 processes. A scheme's processes save until the
// time is over, or until each has made as many saves as there were entries.
//
//   legacy_cache_benchmark [--entries N] [--value BYTES] [--seconds S] [--processes 1,2,4,8] [--dir DIRECTORY] [--svg FILE]
#include <ashlar/core/json.hpp>
#include <ashlar/store.hpp>

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Settings {
  int entries = 5000;  // there before the clock runs
  int value = 10'000;  // bytes
  double seconds = 2;
  std::vector<int> processes{1, 2, 4, 8};
  std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("ashlar-legacy-benchmark-" + std::to_string(std::random_device{}()));
  std::filesystem::path svg = "legacy_cache_benchmark.svg";
};

using Entries = std::map<std::string, std::string>;
using Save = std::function<void(const Entries& entries)>;

/// The old way: take the lock, read the whole file, change one entry, write the whole file, give the lock back.
class LegacyCache {
 public:
  explicit LegacyCache(std::filesystem::path file) : file_{std::move(file)} {}

  void save(const Entries& more) {
    std::FILE* lock = std::fopen((file_.string() + ".lock").c_str(), "w");
    if (lock == nullptr || ::flock(::fileno(lock), LOCK_EX) != 0) throw std::runtime_error{"no lock"};
    Entries entries;
    std::ifstream in{file_, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!text.empty()) {
      const ashlar::JsonValue json = ashlar::parse_json(text).value();
      for (const ashlar::JsonMember& member : *json.object()) entries[member.name] = *member.value.string();
    }
    for (const auto& [key, value] : more) entries[key] = value;
    std::string fresh;
    ashlar::JsonWriter writer{fresh};
    writer.begin_object();
    for (const auto& [name, content] : entries) writer.member(name, content);
    writer.end_object();
    std::ofstream{file_, std::ios::binary} << fresh;
    std::fclose(lock);
  }

 private:
  std::filesystem::path file_;
};

template <class Backend>
Save save_to_store(const std::filesystem::path& directory) {
  auto store = std::make_shared<ashlar::ShardedStore<std::string, std::string, Backend>>(directory);
  return [store](const Entries& entries) { store->put_many(entries).value(); };
}

struct Scheme {
  const char* name;
  const char* colour;
  std::function<Save(const std::filesystem::path&)> open;
  std::function<std::size_t(const std::filesystem::path&)> count;
};

template <class Backend>
std::size_t entries_of_store(const std::filesystem::path& directory) {
  return static_cast<std::size_t>(ashlar::ShardedStore<std::string, std::string, Backend>{directory}.size().value());
}

std::vector<Scheme> schemes() {
  return {{"one JSON file", "#c0392b",
           [](const std::filesystem::path& directory) -> Save {
             std::filesystem::create_directories(directory);
             return [cache = LegacyCache{directory / "cache.json"}](const Entries& entries) mutable {
               cache.save(entries);
             };
           },
           [](const std::filesystem::path& directory) {
             std::ifstream in{directory / "cache.json", std::ios::binary};
             return ashlar::parse_json(std::string{std::istreambuf_iterator<char>{in}, {}}).value().object()->size();
           }},
          {"file per key", "#2980b9", save_to_store<ashlar::FilePerKey>, entries_of_store<ashlar::FilePerKey>},
          {"segment log", "#27ae60", save_to_store<ashlar::SegmentLog>, entries_of_store<ashlar::SegmentLog>}};
}

/// What the processes of one measurement share.
struct Counts {
  std::atomic<int> ready;
  std::atomic<bool> go;
  std::atomic<int> saves;
};

/// Saves per second of `processes` processes together; 0 when an entry is missing at the end.
double measure(const Scheme& scheme, const Settings& settings, int processes) {
  std::filesystem::remove_all(settings.directory);
  const std::string value(static_cast<std::size_t>(settings.value), 'v');
  Entries before;
  for (int i = 0; i < settings.entries; ++i) before["before/" + std::to_string(i) + ".json"] = value;
  scheme.open(settings.directory)(before);
  void* memory = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error{"no memory to share"};
  auto& counts = *new (memory) Counts{};
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const pid_t child = ::fork();
    if (child == 0) {
      const Save save = scheme.open(settings.directory);
      ++counts.ready;
      while (!counts.go) ::usleep(100);
      const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(settings.seconds);
      for (int i = 0; i < settings.entries && std::chrono::steady_clock::now() < end; ++i) {
        save({{"input/" + std::to_string(p) + "/" + std::to_string(i) + ".json", value}});
        ++counts.saves;
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  while (counts.ready < processes) ::usleep(100);
  const auto start = std::chrono::steady_clock::now();
  counts.go = true;
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const int saves = counts.saves;
  ::munmap(memory, sizeof(Counts));
  const bool complete = scheme.count(settings.directory) == static_cast<std::size_t>(settings.entries + saves);
  return complete ? saves / seconds : 0;
}

/// Bars on a logarithmic scale, one group per number of processes.
void write_svg(const Settings& settings, const std::vector<Scheme>& all,
               const std::vector<std::vector<double>>& rates) {
  double most = 10;
  for (const auto& row : rates) most = std::max(most, *std::max_element(row.begin(), row.end()));
  const double height = 260;
  const int group = 40 + 34 * static_cast<int>(all.size());
  const int width = 70 + group * static_cast<int>(rates.size());
  std::ofstream out{settings.svg};
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width
      << "\" height=\"360\" font-family=\"sans-serif\" "
      << "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      << "<text x=\"10\" y=\"18\" font-size=\"14\">saves per second, with " << settings.entries << " entries of "
      << settings.value << " bytes there, logarithmic</text>\n";
  for (std::size_t p = 0; p < rates.size(); ++p) {
    const int left = 50 + group * static_cast<int>(p);
    for (std::size_t s = 0; s < all.size(); ++s) {
      const double bar = height * std::log10(std::max(1.0, rates[p][s])) / std::log10(most);
      const int x = left + 34 * static_cast<int>(s);
      out << "<rect x=\"" << x << "\" y=\"" << 310 - bar << "\" width=\"30\" height=\"" << bar << "\" fill=\""
          << all[s].colour << "\"/>\n<text x=\"" << x + 15 << "\" y=\"" << 306 - bar
          << "\" text-anchor=\"middle\" font-size=\"9\">" << static_cast<long>(rates[p][s]) << "</text>\n";
    }
    out << "<text x=\"" << left << "\" y=\"326\">" << settings.processes[p] << " processes</text>\n";
  }
  for (std::size_t s = 0; s < all.size(); ++s) {
    out << "<rect x=\"" << 50 + 130 * s << "\" y=\"338\" width=\"12\" height=\"12\" fill=\"" << all[s].colour
        << "\"/><text x=\"" << 66 + 130 * s << "\" y=\"348\">" << all[s].name << "</text>\n";
  }
  out << "</svg>\n";
}

Settings settings_from(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name{argv[i]};
    const std::string value{argv[i + 1]};
    if (name == "--entries") settings.entries = std::max(1, std::atoi(value.c_str()));
    if (name == "--seconds") settings.seconds = std::atof(value.c_str());
    if (name == "--value") settings.value = std::max(0, std::atoi(value.c_str()));
    if (name == "--dir") settings.directory = value;
    if (name == "--svg") settings.svg = value;
    if (name == "--processes") {
      settings.processes.clear();
      for (std::size_t at = 0; at < value.size();
           at = value.find(',', at) == std::string::npos ? value.size() : value.find(',', at) + 1) {
        settings.processes.push_back(std::max(1, std::atoi(value.c_str() + at)));
      }
    }
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = settings_from(argc, argv);
  const std::vector<Scheme> all = schemes();
  std::vector<std::vector<double>> rates;
  std::printf("saves per second, with %d entries of %d bytes there\n%-12s", settings.entries, settings.value,
              "processes");
  for (const Scheme& scheme : all) std::printf("%16s", scheme.name);
  std::printf("\n");
  bool complete = true;
  for (const int processes : settings.processes) {
    std::printf("%-12d", processes);
    rates.emplace_back();
    for (const Scheme& scheme : all) {
      const double rate = measure(scheme, settings, processes);
      complete = complete && rate > 0;
      rates.back().push_back(rate);
      std::printf("%16.0f", rate);
      std::fflush(stdout);
    }
    std::printf("%12.0f x the JSON file (bar for 5000 entries, 4 processes: 1000)\n",
                rates.back().back() / std::max(rates.back().front(), 1e-9));
  }
  write_svg(settings, all, rates);
  std::printf("picture: %s\n", settings.svg.string().c_str());
  std::filesystem::remove_all(settings.directory);
  if (!complete) std::fprintf(stderr, "entries were lost\n");
  return complete ? 0 : 1;
}
