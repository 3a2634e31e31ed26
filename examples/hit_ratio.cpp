// SPDX-License-Identifier: BSL-1.0
// Which eviction policy suits a workload? Replays traces of keys through the tier that a program would use.
//   hit_ratio --policy all --capacity 1%,10% --svg curve.svg requests.txt
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/cache/eviction/adaptive.hpp>
#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/s3_fifo.hpp>
#include <ashlar/cache/eviction/sieve.hpp>
#include <ashlar/cache/eviction/tiny_lfu.hpp>
#include <ashlar/cache/simulate.hpp>

#include "hit_ratio/chart.hpp"
#include "hit_ratio/trace_file.hpp"

namespace {

constexpr const char* usage =
    "usage: hit_ratio [--policy NAME,…|all] [--capacity N|P%[,…]] [--format auto|u64|text|lis] [--json] [--svg FILE] "
    "TRACE…\n"
    "  policies: Fifo, Lru, Sieve, S3Fifo, TinyLfu, Adaptive\n"
    "  capacities: entries, or per cent of the keys of the trace\n";

struct Policy {
  const char* name;
  double (*miss_ratio)(const std::vector<std::uint64_t>&, std::uint64_t capacity);
};

template <class Eviction>
double replay(const std::vector<std::uint64_t>& requests, std::uint64_t capacity) {
  using Tier = ashlar::MemoryTier<std::uint64_t, bool, Eviction, ashlar::SingleThreaded>;
  return ashlar::simulate<Tier>(requests, ashlar::entries(capacity)).miss_ratio();
}

constexpr Policy policies[] = {
    {"Fifo", replay<ashlar::Fifo>},     {"Lru", replay<ashlar::Lru>},         {"Sieve", replay<ashlar::Sieve>},
    {"S3Fifo", replay<ashlar::S3Fifo>}, {"TinyLfu", replay<ashlar::TinyLfu>}, {"Adaptive", replay<ashlar::Adaptive>},
};

struct Arguments {
  std::vector<Policy> policies;
  std::vector<std::string> capacities;
  TraceFormat format = TraceFormat::detect;
  bool json = false;
  std::string svg;
  std::vector<std::string> traces;
};

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Letters and digits in lower case, so that s3-fifo, S3FIFO and s3_fifo are one.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

std::vector<Policy> named(std::string_view list) {
  std::vector<Policy> wanted;
  for (const auto& name : split(list)) {
    const std::size_t before = wanted.size();
    for (const Policy& policy : policies) {
      if (plain(name) == "all" || plain(name) == plain(policy.name)) wanted.push_back(policy);
    }
    if (wanted.size() == before) throw std::invalid_argument{"there is no policy '" + name + "'"};
  }
  return wanted;
}

/// So many entries, or so much of the keys; at least one.
std::uint64_t entries_of(const std::string& capacity, std::uint64_t keys) {
  double number = 0;
  const char* const end = capacity.data() + capacity.size();
  const auto read = std::from_chars(capacity.data(), end, number);
  const std::string_view unit{read.ptr, static_cast<std::size_t>(end - read.ptr)};
  if (read.ec != std::errc{} || !(number > 0) || number > 1e12 || (!unit.empty() && unit != "%")) {
    throw std::invalid_argument{"'" + capacity + "' is no capacity; write 1000 or 1%"};
  }
  const double entries = unit.empty() ? number : static_cast<double>(keys) * number / 100;
  return static_cast<std::uint64_t>(std::max(1.0, std::round(entries)));
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  arguments.policies = named("all");
  arguments.capacities = split("0.1%,0.3%,1%,3%,10%,30%");
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 >= argc) throw std::invalid_argument{std::string{option} + " needs a value"};
      return argv[++i];
    };
    if (option == "--policy") {
      arguments.policies = named(value());
    } else if (option == "--capacity") {
      arguments.capacities = split(value());
      for (const auto& capacity : arguments.capacities) entries_of(capacity, 1);
    } else if (option == "--format") {
      const std::string format = value();
      if (format != "auto" && format != "u64" && format != "text" && format != "lis") {
        throw std::invalid_argument{"there is no format '" + format + "'"};
      }
      arguments.format = format == "u64"    ? TraceFormat::u64
                         : format == "text" ? TraceFormat::text
                         : format == "lis"  ? TraceFormat::lis
                                            : TraceFormat::detect;
    } else if (option == "--json") {
      arguments.json = true;
    } else if (option == "--svg") {
      arguments.svg = value();
    } else if (option.starts_with("--")) {
      throw std::invalid_argument{"there is no option " + std::string{option}};
    } else {
      arguments.traces.emplace_back(option);
    }
  }
  if (arguments.traces.empty()) throw std::invalid_argument{"no trace is named"};
  return arguments;
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + '"';
}

Chart measure(const std::string& name, const Arguments& arguments) {
  const TraceFile trace = read_trace(name, arguments.format);
  Chart chart{name, {}};
  for (const Policy& policy : arguments.policies) chart.curves.push_back({policy.name, {}});
  if (!arguments.json) {
    std::printf("%s: %zu requests, %llu keys\n%12s", std::filesystem::path{name}.filename().c_str(),
                trace.requests.size(), static_cast<unsigned long long>(trace.keys), "capacity");
    for (const Policy& policy : arguments.policies) std::printf(" %9s", policy.name);
    std::printf("\n");
  }
  for (const std::string& wanted : arguments.capacities) {
    const std::uint64_t capacity = entries_of(wanted, trace.keys);
    if (!arguments.json) std::printf("%12llu", static_cast<unsigned long long>(capacity));
    for (std::size_t i = 0; i < arguments.policies.size(); ++i) {
      // More room than keys changes nothing.
      const std::uint64_t room = std::min(capacity, std::max<std::uint64_t>(trace.keys, 1));
      const double miss_ratio = arguments.policies[i].miss_ratio(trace.requests, room);
      chart.curves[i].points.emplace_back(capacity, miss_ratio);
      if (arguments.json) {
        std::printf("{\"trace\":%s,\"policy\":\"%s\",\"capacity\":%llu,\"requests\":%zu,\"miss_ratio\":%.6f}\n",
                    json_text(name).c_str(), arguments.policies[i].name, static_cast<unsigned long long>(capacity),
                    trace.requests.size(), miss_ratio);
      } else {
        std::printf(" %9.4f", miss_ratio);
      }
      std::fflush(stdout);
    }
    if (!arguments.json) std::printf("\n");
  }
  for (Curve& curve : chart.curves) std::sort(curve.points.begin(), curve.points.end());
  return chart;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = parse(argc, argv);
    std::vector<Chart> charts;
    for (const auto& trace : arguments.traces) charts.push_back(measure(trace, arguments));
    if (!arguments.svg.empty()) ChartWriter::write(arguments.svg, charts);
    return 0;
  } catch (const std::invalid_argument& fault) {
    std::fprintf(stderr, "hit_ratio: %s\n%s", fault.what(), usage);
    return 2;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "hit_ratio: %s\n", fault.what());
    return 1;
  }
}
