// SPDX-License-Identifier: BSL-1.0
// How long does the compiler take for one file that uses a part of the library, at -O2?
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <support/bench.hpp>

namespace {

struct Snippet {
  const char* name;
  const char* text;
  double allowed = 0;         // seconds; 0 for no bar
  bool engine_linked = true;  // compiled as with the CMake target
};

const char* const five_stages = R"(#include <ashlar/pipeline.hpp>
int main() {
  std::vector<int> numbers{1, 2, 3};
  ashlar::Pipeline p{ashlar::from(numbers), ashlar::transform<4>([](int n) { return n * 2; }),
                     ashlar::transform<4>([](int n) { return n + 0.5; }),
                     ashlar::transform<2>([](double n) { return std::to_string(n); }), ashlar::collect()};
  const auto [report, texts] = p.run();
  return static_cast<int>(report.finished + texts.size());
}
)";

const Snippet snippets[] = {{"nothing", "int main() {}\n"},
                            {"standard containers",
                             "#include <map>\n#include <string>\n#include <unordered_map>\n#include <vector>\n"
                             "int main() { return static_cast<int>(std::vector<std::string>(3).size()); }\n"},
                            {"the seam", R"(#include <ashlar/simd/kernel.hpp>
inline int twice(int value) noexcept { return 2 * value; }
inline constinit ashlar::Kernel<int(int)> twice_kernel{&twice};
int main(int argc, char**) { return twice_kernel(argc); }
)",
                             0.3},
                            {"a kernel", R"(#include <ashlar/simd/crc32c.hpp>
int main(int argc, char**) { return static_cast<int>(ashlar::crc32c(std::as_bytes(std::span{&argc, 1}))); }
)",
                             0.3},
                            {"every kernel", R"(#include <ashlar/simd.hpp>
int main(int argc, char**) { return static_cast<int>(ashlar::crc32c(std::as_bytes(std::span{&argc, 1}))); }
)"},
                            {"codec", R"(#include <ashlar/codec.hpp>
int main() {}
)",
                             1.5},
                            {"codec, a struct in Lz4", R"(#include <ashlar/codec.hpp>
struct Product { std::uint64_t id = 0; std::string name; std::vector<double> prices; };
int main() {
  const ashlar::ValueCodec<Product, ashlar::Binary, ashlar::Lz4> codec;
  std::vector<std::byte> bytes;
  codec.encode({1, "lantern", {3.39}}, bytes);
  return static_cast<int>(codec.decode(bytes)->id);
}
)"},
                            {"pipeline of 5 stages", five_stages, 1.5},
                            {"pipeline of 5 stages, with its engine", five_stages, 1.5, false},
                            {"the engine", "#include <ashlar/pipeline/engine.cpp>\nint main() {}\n"}};

double children_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"compile_time", argc, argv};
  std::printf("%s\n", ASHLAR_COMPILER " -std=c++20 -O2 -c");
  const auto folder = std::filesystem::temp_directory_path() / ("ashlar_compile_time." + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto file = (folder / "unit.cpp").string();
  const std::string command =
      ASHLAR_COMPILER " -std=c++20 -O2 -I'" ASHLAR_SOURCE_DIR "/include' -c '" + file + "' -o /dev/null 2>/dev/null";
  const std::string linked = " -I'" ASHLAR_SOURCE_DIR "/include/ashlar/pipeline/detail/linked'";
  // Processor seconds; nothing where the unit does not compile, as without the packages it needs.
  const auto compile = [&](const Snippet& snippet) -> std::optional<double> {
    std::FILE* unit = std::fopen(file.c_str(), "w");
    if (unit == nullptr) return std::nullopt;
    std::fputs(snippet.text, unit);
    std::fclose(unit);
    const double before = children_seconds();
    if (std::system((command + (snippet.engine_linked ? linked : "")).c_str()) != 0) return std::nullopt;
    return children_seconds() - before;
  };
  std::vector<std::vector<double>> figures(std::size(snippets));
  for (int round = -1; round < report.repeat(); ++round) {
    for (std::size_t i = 0; i < std::size(snippets); ++i) {
      const auto seconds = compile(snippets[i]);
      if (seconds && round >= 0) figures[i].push_back(*seconds);
    }
  }
  for (std::size_t i = 0; i < std::size(snippets); ++i) {
    if (figures[i].empty()) {
      report.skipped(snippets[i].name, "compiler");
      continue;
    }
    std::ranges::sort(figures[i]);
    const double median = figures[i][figures[i].size() / 2];
    if (snippets[i].allowed == 0) {
      report.figure(snippets[i].name, "compiler", "processor time", "s", median);
    } else {
      char allowed[32];
      std::snprintf(allowed, sizeof allowed, "%.1f s", snippets[i].allowed);
      report.figure(snippets[i].name, "compiler", "processor time", "s", median, median / snippets[i].allowed,
                    bench::Bar{allowed, "<=1"});
    }
  }
  std::filesystem::remove_all(folder);
}
