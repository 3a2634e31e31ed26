// SPDX-License-Identifier: BSL-1.0
// Files of 64 to 256 KiB are read, measured and answered with a small file each: how close does the pipeline come to
// the best loop written by hand, with a warm and with a cold page cache? And which way of reading such a file is best?
// ASHLAR_BENCH_FILES=8000 takes as many files as the question is usually asked with.
#include <support/bench.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#if ASHLAR_PEER_tbb
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#endif

namespace fs = std::filesystem;

namespace {

constexpr unsigned workers = 2;

struct Answer {
  std::string path;
  std::uint64_t checksum = 0, words = 0, highest = 0;
};

/// About two passes over the bytes: a histogram and a hash, then the words.
Answer measure(const ashlar::FileData& file) {
  Answer answer;
  answer.path = file.path();
  std::uint32_t counts[4][256] = {};
  std::uint64_t hash = 14695981039346656037U;
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
  const std::size_t size = file.size();
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) ++counts[k][bytes[i + k]];
    std::uint32_t four = 0;
    std::memcpy(&four, bytes + i, 4);
    hash = (hash ^ four) * 1099511628211U;
  }
  bool in_word = false;
  for (std::size_t i = 0; i < size; ++i) {
    const bool space = bytes[i] <= ' ';
    answer.words += !space && !in_word ? 1 : 0;
    in_word = !space;
  }
  for (std::size_t b = 0; b < 256; ++b) {
    const std::uint64_t n = counts[0][b] + counts[1][b] + counts[2][b] + counts[3][b];
    if (n > answer.highest) answer.highest = n;
  }
  answer.checksum = hash;
  return answer;
}

struct Work {
  fs::path out;
  std::atomic<std::uint64_t> checksum{0};

  void save(const Answer& answer) {
    char text[128];
    const int n =
        std::snprintf(text, sizeof text, "%016llx %llu %llu\n", static_cast<unsigned long long>(answer.checksum),
                      static_cast<unsigned long long>(answer.words), static_cast<unsigned long long>(answer.highest));
    const std::string path = out.string() + answer.path.substr(answer.path.rfind('/'));
    const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || ::write(fd, text, static_cast<std::size_t>(n)) != n || ::close(fd) != 0) std::abort();
    checksum.fetch_add(answer.checksum, std::memory_order_relaxed);
  }
};

std::vector<std::string> make_files(const fs::path& directory, std::size_t count) {
  std::vector<std::string> paths;
  std::mt19937 random{11};
  std::string text;
  while (text.size() < (1U << 20)) text += std::to_string(random()) + (random() % 7 == 0 ? "\n" : " lorem ");
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = (64 + random() % 193) << 10;
    paths.push_back((directory / ("f" + std::to_string(i))).string());
    std::ofstream{paths.back(), std::ios::binary}.write(text.data() + random() % (text.size() - size),
                                                        static_cast<std::streamsize>(size));
  }
  ::sync();
  return paths;
}
void evict(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}
double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

template <class F>
void on_threads(unsigned threads, F f) {
  std::vector<std::jthread> crew;
  for (unsigned t = 0; t < threads; ++t) crew.emplace_back(f);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"pipeline_files", argc, argv};
  const auto began = std::chrono::steady_clock::now();
  const char* asked = std::getenv("ASHLAR_BENCH_FILES");
  const std::size_t count = asked == nullptr ? 1000 : static_cast<std::size_t>(std::atoll(asked));
  const fs::path root = fs::path{fs::temp_directory_path()} / ("ashlar-bench-files-" + std::to_string(::getpid()));
  fs::create_directories(root / "in");
  const std::vector<std::string> paths = make_files(root / "in", count);
  Work work;
  ashlar::BufferPool pool;

  int round = 0;
  // A folder of its own for each round: overwriting a file makes ext4 write it out at once, and removing many keeps the
  // disk busy in the next round.
  const auto fresh_output = [&] {
    work.out = root / ("out" + std::to_string(round++));
    fs::create_directories(work.out);
    work.checksum = 0;
  };
  const auto rate = [&](auto&& run) { return static_cast<double>(count) / bench::seconds(run); };
  const auto one = [&](const std::string& path) { work.save(measure(ashlar::read_file(pool, path).value())); };
  const auto sequential = [&] {
    for (const std::string& path : paths) one(path);
  };
  fresh_output();
  sequential();
  const std::uint64_t expected = work.checksum;
  const auto verified = [&](double figure) {
    if (work.checksum == expected) return figure;
    std::fprintf(stderr, "wrong result\n");
    std::exit(1);
  };
  const auto fused = [&](unsigned threads, std::size_t ahead) {
    std::atomic<std::size_t> next{0};
    on_threads(threads, [&] {
      for (std::size_t i = next++; i < count; i = next++) {
        if (ahead != 0 && i + ahead < count) {
          const int fd = ::open(paths[i + ahead].c_str(), O_RDONLY | O_CLOEXEC);
          ::posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
          ::close(fd);
        }
        one(paths[i]);
      }
    });
  };
  const auto barrier = [&] {
    for (std::size_t first = 0; first < count; first += 64) {
      const std::size_t n = std::min<std::size_t>(64, count - first);
      ashlar::BufferPool fresh;
      std::vector<ashlar::FileData> files(n);
      std::vector<Answer> answers(n);
      const auto all = [&](unsigned threads, auto f) {
        std::atomic<std::size_t> next{0};
        on_threads(threads, [&] {
          for (std::size_t i = next++; i < n; i = next++) f(i);
        });
      };
      all(32, [&](std::size_t i) { files[i] = ashlar::read_file(fresh, paths[first + i]).value(); });
      all(16, [&](std::size_t i) { answers[i] = measure(files[i]); });
      all(8, [&](std::size_t i) { work.save(answers[i]); });
    }
  };
  ashlar::Executor executor{workers};
  auto pipeline = ashlar::files(paths) | ashlar::read<32>(pool) | ashlar::transform<16>(measure) |
                  ashlar::sink<8>([&](const Answer& answer) { work.save(answer); });
  std::vector<double> uses;
  const auto ours = [&] {
    const double cpu = processor_seconds();
    const auto wall = pipeline.run({.executor = &executor}).wall;
    uses.push_back((processor_seconds() - cpu) / std::chrono::duration<double>(wall).count() / workers);
  };
#if ASHLAR_PEER_tbb
  tbb::global_control threads{tbb::global_control::max_allowed_parallelism, workers};
  const auto with_tbb = [&] {
    std::size_t next = 0;
    tbb::parallel_pipeline(
        8, tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order,
                                               [&](tbb::flow_control& control) -> std::size_t {
                                                 if (next == count) {
                                                   control.stop();
                                                   return 0;
                                                 }
                                                 return next++;
                                               }) &
               tbb::make_filter<std::size_t, void>(tbb::filter_mode::parallel, [&](std::size_t i) { one(paths[i]); }));
  };
#endif

  const auto warm = [&](auto run) {
    return [&, run] {
      fresh_output();
      return verified(rate(run));
    };
  };
  const auto cold = [&](auto run) {
    return [&, run] {
      fresh_output();
      ::sync();  // what earlier rounds wrote is not to be written in this one
      evict(paths);
      return verified(rate(run));
    };
  };
  const auto median = [](std::vector<double> figures) {
    figures.erase(figures.begin());  // of the round that is not measured
    std::sort(figures.begin(), figures.end());
    return figures[figures.size() / 2];
  };
  std::vector<bench::Contender> all{
      {"by hand, 2 threads", warm([&] { fused(workers, 0); })},
      {"ashlar", warm(ours), bench::Bar{"by hand, 2 threads", ">=0.97"}},
      {"one after the other", warm(sequential)},
      {"batches with barriers", warm(barrier)},
  };
#if ASHLAR_PEER_tbb
  all.push_back({"oneTBB", warm(with_tbb)});
#else
  report.skipped("warm cache", "oneTBB");
#endif
  report.run("warm cache", "throughput", "files/s", all);
  const double use = median(uses);
  report.figure("warm cache", "ashlar", "processor use", "share", use, use, bench::Bar{"both processors", ">=0.95"});

  // The best of those written by hand is known only afterwards.
  std::vector<std::vector<double>> figures(5);
  const auto noted = [&](std::size_t which, auto run) {
    return [&figures, which, run] {
      figures[which].push_back(run());
      return figures[which].back();
    };
  };
  all = {{"by hand, 32 threads", noted(0, cold([&] { fused(32, 0); }))},
         {"by hand, 8 threads", noted(1, cold([&] { fused(8, 0); }))},
         {"by hand, 2 + prefetch 32", noted(2, cold([&] { fused(workers, 32); }))},
         {"ashlar", noted(3, cold(ours))},
         {"one after the other", noted(4, cold(sequential))}};
  report.run("cold cache", "throughput", "files/s", all);
  std::vector<double> medians;
  for (const auto& figure : figures) medians.push_back(median(figure));
  const double best = std::max({medians[0], medians[1], medians[2]});
  report.figure("cold cache", "ashlar", "throughput", "files/s", medians[3], medians[3] / best,
                bench::Bar{"the best by hand", ">=1.0"});
  report.figure("cold cache", "ashlar", "throughput", "files/s", medians[3], medians[3] / medians[4],
                bench::Bar{"one after the other", ">=2"});

  // The ways to get at a file's bytes, on one thread; every byte is looked at.
  const auto look_at = [](const std::byte* data, std::size_t size) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, data + i, 8);
      sum += eight;
    }
    bench::keep(sum);
  };
  const std::size_t some = std::min<std::size_t>(count, 400);
  const auto each = [&](auto way) {
    return [&, way] {
      return bench::seconds([&] {
               for (std::size_t i = 0; i < some; ++i) way(paths[i]);
             }) *
             1e6 / static_cast<double>(some);
    };
  };
  const auto by_read = each([&](const std::string& path) {
    const ashlar::FileData file = ashlar::read_file(pool, path).value();
    look_at(file.data(), file.size());
  });
  const auto by_mapping = each([&](const std::string& path) {
    const ashlar::MappedFile file = ashlar::MappedFile::open(path).value();
    file.expect_sequential();
    look_at(file.data(), file.size());
  });
  const auto past_the_cache = each([&](const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
    if (fd < 0) return;
    auto buffer = pool.acquire(std::size_t{512} << 10).value();
    const ssize_t n = ::read(fd, buffer.data(), buffer.capacity());
    ::close(fd);
    if (n > 0) look_at(buffer.data(), static_cast<std::size_t>(n));
  });
  const auto evicted = [&](auto way) {
    return [&, way] {
      evict(paths);
      return way();
    };
  };
  sequential();
  report.run("one file, warm", "time per file", "us",
             {{"read into a pooled buffer", by_read}, {"mapped", by_mapping}, {"O_DIRECT", past_the_cache}});
  report.run("one file, cold", "time per file", "us",
             {{"read into a pooled buffer", evicted(by_read)},
              {"mapped", evicted(by_mapping)},
              {"O_DIRECT", evicted(past_the_cache)}});
  fs::remove_all(root);
  report.figure("all of the above", "", "wall time", "s",
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}
