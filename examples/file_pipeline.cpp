// SPDX-License-Identifier: BSL-1.0
// Reads many files, parses and measures each, and writes one result file for each; three ways, in one run:
// one file after the other, batch by batch with a barrier between the steps, and as a pipeline.
//
//   file_pipeline [DIRECTORY] [--files N] [--out DIRECTORY] [--timeline FILE.html]
//
// Without a directory it makes N files (8,000 unless told otherwise) of 64 to 256 KiB first.
#include <ashlar/pipeline.hpp>
#include <ashlar/simd/byte_histogram.hpp>
#include <ashlar/simd/crc32c.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace fs = std::filesystem;

namespace {

struct Measures {
  std::string name;
  std::uint32_t checksum = 0;
  std::uint64_t bytes = 0, lines = 0, words = 0, numbers = 0;
  double entropy = 0;  // bits per byte
};

Measures measure(const ashlar::FileData& file) {
  Measures m;
  m.name = fs::path{file.path()}.filename().string();
  m.bytes = file.size();
  m.checksum = ashlar::crc32c(file.bytes());
  const ashlar::ByteHistogram counts = ashlar::byte_histogram(file.bytes());
  m.lines = counts['\n'];
  for (const std::uint64_t n : counts) {
    if (n == 0) continue;
    const double share = static_cast<double>(n) / static_cast<double>(m.bytes);
    m.entropy -= share * std::log2(share);
  }
  bool in_word = false;
  for (const char c : file.text()) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space && !in_word) {
      ++m.words;
      m.numbers += c >= '0' && c <= '9' ? 1 : 0;
    }
    in_word = !space;
  }
  return m;
}

ashlar::Result<void> save(const fs::path& out, const Measures& m) {
  char text[256];
  const int n = std::snprintf(
      text, sizeof text, "bytes %llu\nlines %llu\nwords %llu\nnumbers %llu\nentropy %.4f\ncrc32c %08x\n",
      static_cast<unsigned long long>(m.bytes), static_cast<unsigned long long>(m.lines),
      static_cast<unsigned long long>(m.words), static_cast<unsigned long long>(m.numbers), m.entropy, m.checksum);
  const std::string path = (out / (m.name + ".txt")).string();
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return ashlar::system_error(errno, "create", path);
  const bool written = std::fwrite(text, 1, static_cast<std::size_t>(n), file) == static_cast<std::size_t>(n);
  if ((std::fclose(file) != 0) || !written) return ashlar::system_error(errno, "write", path);
  return {};
}

std::vector<std::string> make_files(const fs::path& directory, std::size_t count) {
  std::vector<std::string> paths;
  std::mt19937 random{7};
  std::string text;
  while (text.size() < (1U << 20)) text += std::to_string(random() % 100'000) + (random() % 9 == 0 ? "\n" : " word ");
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = (64 + random() % 193) << 10;
    const std::size_t start = random() % (text.size() - size);
    paths.push_back((directory / ("input_" + std::to_string(i))).string());
    std::ofstream{paths.back(), std::ios::binary}.write(text.data() + start, static_cast<std::streamsize>(size));
  }
  return paths;
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Runs `f(i)` for i below n on `threads` threads and waits for all: the barrier of the old scheme.
template <class F>
void for_all(std::size_t n, unsigned threads, F f) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> crew;
  for (unsigned t = 0; t < threads; ++t) {
    crew.emplace_back([&] {
      for (std::size_t i = next++; i < n; i = next++) f(i);
    });
  }
}

int fail(const std::string& text) {
  std::fprintf(stderr, "file_pipeline: %s\n", text.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string input, output, timeline;
  std::size_t count = 8000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option{argv[i]};
    if (option == "--files" && i + 1 < argc) {
      count = static_cast<std::size_t>(std::atoll(argv[++i]));
    } else if (option == "--out" && i + 1 < argc) {
      output = argv[++i];
    } else if (option == "--timeline" && i + 1 < argc) {
      timeline = argv[++i];
    } else if (!option.starts_with("-") && input.empty()) {
      input = option;
    } else {
      return fail("unknown option '" + std::string{option} +
                  "'; known: DIRECTORY, --files N, --out DIRECTORY, --timeline FILE");
    }
  }
  const fs::path scratch =
      fs::temp_directory_path() / ("ashlar-file-pipeline-" + std::to_string(std::random_device{}()));
  struct Remove {
    const fs::path& path;
    ~Remove() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } remove{scratch};
  fs::create_directories(scratch / "in");
  const fs::path out = output.empty() ? scratch / "out" : fs::path{output};
  for (const fs::path& folder : {scratch / "first", scratch / "second", out}) fs::create_directories(folder);

  const std::vector<std::string> paths =
      input.empty() ? make_files(scratch / "in", count) : (ashlar::directory(input) | ashlar::collect()).run().items;
  std::uint64_t bytes = 0;
  for (const std::string& path : paths) bytes += fs::file_size(path);
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  std::printf("%zu files, %.1f MB, %u cores\n", paths.size(), static_cast<double>(bytes) * 1e-6, cores);

  double limit = 0;  // files per second if every core did nothing but the work itself
  const auto compare = [&](const char* name, auto&& work) {
    const double cpu = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double used = processor_seconds() - cpu;
    const double rate = static_cast<double>(paths.size()) / wall;
    if (limit == 0) limit = static_cast<double>(paths.size()) / used * cores;
    std::printf("%-22s %8.0f files/s %8.0f MB/s   processor use %4.0f %%   of the machine's limit %4.0f %%\n", name,
                rate, static_cast<double>(bytes) * 1e-6 / wall, 100 * used / wall / cores, 100 * rate / limit);
  };

  ashlar::BufferPool pool;
  for (const std::string& path : paths) static_cast<void>(ashlar::read_file(pool, path));  // warm the page cache
  compare("one after the other", [&] {
    for (const std::string& path : paths)
      save(scratch / "first", measure(ashlar::read_file(pool, path).value())).value();
  });
  compare("batches with barriers", [&] {
    for (std::size_t first = 0; first < paths.size(); first += 64) {
      const std::size_t n = std::min<std::size_t>(64, paths.size() - first);
      ashlar::BufferPool fresh;
      std::vector<ashlar::FileData> files(n);
      std::vector<Measures> results(n);
      for_all(n, 32, [&](std::size_t i) { files[i] = ashlar::read_file(fresh, paths[first + i]).value(); });
      for_all(n, 16, [&](std::size_t i) { results[i] = measure(files[i]); });
      for_all(n, 8, [&](std::size_t i) { save(scratch / "second", results[i]).value(); });
    }
  });
  ashlar::RunReport report;
  compare("pipeline", [&] {
    ashlar::Pipeline pipeline{ashlar::files(paths), ashlar::read<32>(pool),
                              ashlar::transform<16>(measure).named("measure"),
                              ashlar::sink<8>([&](const Measures& m) { return save(out, m); }).named("save")};
    report = pipeline.run({.progress = ashlar::progress_line(std::cerr), .trace = !timeline.empty()});
  });
  std::printf("\n%s", ashlar::to_table(report).c_str());
  if (!timeline.empty()) std::ofstream{timeline} << ashlar::timeline_html(report);
  return report.failed == 0 ? 0 : 1;
} catch (const std::exception& error) {
  return fail(error.what());
}
