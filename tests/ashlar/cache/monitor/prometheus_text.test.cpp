// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/monitor/collect_stats.hpp>
#include <ashlar/cache/monitor/prometheus_text.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using ashlar::prometheus_text;
using ashlar::StatsNode;
namespace metrics = ashlar::metrics;

namespace {

/// Checks a page by the rules of the text format 0.0.4; `fault` says the first that is broken.
class Page {
 public:
  struct Sample {
    std::string name;
    std::map<std::string, std::string> labels;
    std::string value;
  };
  std::vector<Sample> samples;
  std::map<std::string, std::string> types;
  std::string fault;

  explicit Page(std::string_view text) {
    if (!text.empty() && text.back() != '\n') fail("the last line must end with a line feed");
    while (!text.empty() && fault.empty()) {
      const std::size_t end = text.find('\n');
      line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    if (fault.empty()) histograms();
  }

 private:
  static bool is_name(std::string_view name, bool colon) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
      const bool good =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (colon && c == ':');
      if (!good) return false;
    }
    return true;
  }
  void fail(std::string what) {
    if (fault.empty()) fault = std::move(what);
  }
  std::string family_of(const std::string& name) const {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (!name.ends_with(suffix)) continue;
      const std::string base = name.substr(0, name.size() - suffix.size());
      const auto type = types.find(base);
      if (type != types.end() && type->second == "histogram") return base;
    }
    return name;
  }

  void line(std::string_view text) {
    if (text.starts_with("# HELP ") || text.starts_with("# TYPE ")) return comment(text);
    if (text.empty() || text[0] == '#') return;
    const std::size_t name_end = text.find_first_of("{ ");
    if (name_end == text.npos) return fail("a sample without a value: " + std::string{text});
    Sample sample{std::string{text.substr(0, name_end)}, {}, {}};
    if (!is_name(sample.name, true)) return fail("not a metric name: " + sample.name);
    text.remove_prefix(name_end);
    if (text[0] == '{' && !labels(text, sample)) return fail("bad labels in " + sample.name);
    if (!text.starts_with(' ')) return fail("no blank before the value of " + sample.name);
    sample.value = text.substr(1);
    if (sample.value != "NaN" && sample.value != "+Inf" && sample.value != "-Inf") {
      char* end = nullptr;
      std::strtod(sample.value.c_str(), &end);
      if (sample.value.empty() || *end != '\0') return fail("not a number: " + sample.value);
    }
    const std::string family = family_of(sample.name);
    if (family != current_) return fail(sample.name + " does not stand with its family");
    if (types[family] == "counter" && !family.ends_with("_total")) fail(family + ": a counter without _total");
    std::string identity = sample.name;
    for (const auto& [key, value] : sample.labels) identity += '\1' + key + '\2' + value;
    if (!seen_.insert(identity).second) return fail(sample.name + ": the same labels twice");
    samples.push_back(std::move(sample));
  }
  void comment(std::string_view text) {
    const bool help = text[2] == 'H';
    text.remove_prefix(7);
    const std::size_t end = text.find(' ');
    const std::string name{text.substr(0, end)};
    if (!is_name(name, true) || end == text.npos) return fail("bad comment for " + name);
    const std::string rest{text.substr(end + 1)};
    if (help) {
      if (!helped_.insert(name).second) return fail(name + ": HELP twice");
      for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '\\' && (++i == rest.size() || (rest[i] != '\\' && rest[i] != 'n'))) fail(name + ": bad escape");
      }
    } else {
      if (!types.emplace(name, rest).second) return fail(name + ": TYPE twice");
      if (rest != "counter" && rest != "gauge" && rest != "histogram") return fail(name + ": no such type: " + rest);
    }
    current_ = name;
  }
  static bool labels(std::string_view& text, Sample& sample) {
    text.remove_prefix(1);
    while (!text.starts_with('}')) {
      const std::size_t equals = text.find("=\"");
      if (equals == text.npos || !is_name(text.substr(0, equals), false)) return false;
      const std::string name{text.substr(0, equals)};
      text.remove_prefix(equals + 2);
      std::string value;
      while (!text.starts_with('"')) {
        if (text.empty()) return false;
        if (text[0] == '\\') {
          if (text.size() < 2 || (text[1] != '\\' && text[1] != '"' && text[1] != 'n')) return false;
          value += text[1] == 'n' ? '\n' : text[1];
          text.remove_prefix(2);
        } else {
          value += text[0];
          text.remove_prefix(1);
        }
      }
      text.remove_prefix(1);
      if (!sample.labels.emplace(name, value).second) return false;
      if (text.starts_with(',')) text.remove_prefix(1);
    }
    text.remove_prefix(1);
    return true;
  }
  // Buckets rise, are cumulative, end with +Inf, and that one equals the count; there is a sum.
  void histograms() {
    for (const auto& [family, type] : types) {
      if (type != "histogram") continue;
      std::map<std::string, std::vector<std::pair<double, double>>> buckets;
      std::map<std::string, double> counts;
      std::set<std::string> sums;
      for (const Sample& sample : samples) {
        if (family_of(sample.name) != family) continue;
        auto labels = sample.labels;
        const std::string le = labels.contains("le") ? labels["le"] : "";
        labels.erase("le");
        std::string who;
        for (const auto& [key, value] : labels) who += key + value + ';';
        const double value = std::strtod(sample.value.c_str(), nullptr);
        if (sample.name.ends_with("_bucket")) {
          if (le.empty()) return fail(family + ": a bucket without le");
          buckets[who].emplace_back(std::strtod(le.c_str(), nullptr), value);
        } else if (sample.name.ends_with("_count")) {
          counts[who] = value;
        } else {
          sums.insert(who);
        }
      }
      for (const auto& [who, list] : buckets) {
        for (std::size_t i = 1; i < list.size(); ++i) {
          if (list[i].first <= list[i - 1].first) fail(family + ": buckets do not rise");
          if (list[i].second < list[i - 1].second) fail(family + ": buckets are not cumulative");
        }
        if (list.back().first < 1e300) fail(family + ": no +Inf bucket");
        if (!counts.contains(who) || counts[who] != list.back().second)
          fail(family + ": the count is not that of +Inf");
        if (!sums.contains(who)) fail(family + ": no sum");
      }
    }
  }

  std::string current_;
  std::set<std::string> helped_;
  std::set<std::string> seen_;
};

std::string value_of(const Page& page, const std::string& name, const std::map<std::string, std::string>& labels) {
  for (const auto& sample : page.samples) {
    bool fits = sample.name == name;
    for (const auto& [key, value] : labels)
      fits = fits && sample.labels.contains(key) && sample.labels.at(key) == value;
    if (fits) return sample.value;
  }
  return "absent";
}

}  // namespace

TEST_CASE("the checker of the Prometheus format finds what is wrong") {
  CHECK(Page{"# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\\n\\\"\\\\\"} 1\n"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a gauge\na 1"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a gauge\n1a 1\n"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a gauge\na{b=\"x\ty} 1\n"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x=\"1\"} 2\n"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a gauge\na 1\na 2\n"}.fault.empty());
  CHECK_FALSE(
      Page{"# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n"}.fault.empty());
  CHECK_FALSE(Page{"# TYPE a counter\na one\n"}.fault.empty());
}

TEST_CASE("statistics of a cache are a valid page of the Prometheus text format") {
  ashlar::Cache<ashlar::MemoryTier<int, int, ashlar::CountHits>> cache{ashlar::entries(10)};
  for (int i = 0; i < 30; ++i) static_cast<void>(cache.get_or_load(i, [i] { return i; }));
  static_cast<void>(cache.get(29));
  const std::string text = prometheus_text(ashlar::collect_stats(cache, "orders"));
  const Page page{text};
  INFO(text);
  CHECK(page.fault.empty());
  CHECK(page.types.at("ashlar_cache_misses_total") == "counter");
  CHECK(page.types.at("ashlar_cache_entries") == "gauge");
  CHECK(page.types.at("ashlar_cache_load_seconds") == "histogram");
  CHECK(value_of(page, "ashlar_cache_misses_total", {{"part", "orders"}, {"kind", "Cache"}}) == "30");
  CHECK(value_of(page, "ashlar_cache_load_seconds_count", {{"part", "orders"}}) == "30");
  CHECK(value_of(page, "ashlar_cache_load_seconds_bucket", {{"part", "orders"}, {"le", "+Inf"}}) == "30");
  CHECK(value_of(page, "ashlar_cache_removals_total", {{"part", "orders/upper"}, {"cause", "evicted"}}) == "20");
  CHECK(text.find("# HELP ashlar_cache_misses_total Reads that found none.\n") != text.npos);
}

TEST_CASE("every part of a table of regions is on the page, and families stand together") {
  ashlar::Regions<ashlar::Region<"a", int>, ashlar::Region<"b", int, ashlar::WriteBack>> caches{ashlar::bytes(1 << 20)};
  CHECK(caches.put<"b">("1", 1));
  const std::string text = prometheus_text(ashlar::collect_stats(caches, "erp"), "shop");
  const Page page{text};
  INFO(text);
  CHECK(page.fault.empty());
  CHECK(value_of(page, "shop_queued_writes_total", {{"part", "erp/b"}}) == "1");
  CHECK(value_of(page, "shop_hits_total", {{"part", "erp/a"}}) == "0");
}

TEST_CASE("names, labels and help are escaped, and odd numbers are spelled as the format says") {
  static constexpr ashlar::MetricInfo odd{"9 odd-name", "Back\\slash and\nline feed.", ashlar::MetricKind::gauge, "why",
                                          "quote\" back\\ line\n"};
  StatsNode node{.name = "a\"b\\c\nd", .kind = "K\"", .parts = {}};
  node.add(odd, 1e300).add(metrics::bytes, 0.5).add(metrics::entries, HUGE_VAL);
  const std::string text = prometheus_text(node, "");
  const Page page{text};
  INFO(text);
  CHECK(page.fault.empty());
  CHECK(value_of(page, "__odd_name", {{"why", "quote\" back\\ line\n"}, {"part", "a\"b\\c\nd"}}) == "1e+300");
  CHECK(value_of(page, "bytes", {}) == "0.5");
  CHECK(value_of(page, "entries", {}) == "+Inf");
  CHECK(text.find("Back\\\\slash and\\nline feed.") != text.npos);
}
