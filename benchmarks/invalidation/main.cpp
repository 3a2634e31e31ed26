// SPDX-License-Identifier: BSL-1.0
// What does an invalidation cost when it is issued, in both ways (a note that reads obey, and a scan at once), and what
// do reads pay for the notes?
#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/simd/glob.hpp>
#include <support/bench.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int entries = 1'000'000;
constexpr int reads = 300'000;
constexpr std::string_view pattern = "order:*:42:*";

template <class V>
using Memory = ashlar::MemoryTier<std::string, V>;
using Plain = ashlar::Cache<Memory<int>>;
using Patterns = ashlar::Invalidating<ashlar::Cache<Memory<ashlar::Stamped<int>>>>;
using WithTags = ashlar::Invalidating<ashlar::Cache<Memory<ashlar::Tagged<int>>>>;
constexpr auto capacity = ashlar::entries(entries + entries / 4);
constexpr ashlar::InvalidationOptions wide{.max_patterns = 1'000'000, .max_names = 1'000'000};

void must(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(1);
}

std::string name(int i) { return "order:" + std::to_string(i % 1000) + ':' + std::to_string(i / 1000) + ":lines"; }
std::string customer(int i) { return "customer:" + std::to_string(i % 1000); }

// Keys in an order that no prefetcher knows; none of those that the pattern fits.
std::vector<std::string> wanted() {
  std::vector<std::string> keys;
  std::uint64_t state = 1;
  while (keys.size() < reads) {
    state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    const int i = static_cast<int>((state >> 33) % entries);
    if (i / 1000 != 42 && i % 1000 != 7) keys.push_back(name(i));
  }
  return keys;
}

template <class C>
double hits(C& cache, const std::vector<std::string>& keys) {
  std::uint64_t found = 0;
  const double seconds = bench::seconds([&] {
    for (const auto& key : keys) found += cache.get(key).has_value();
  });
  must(found == keys.size(), "every key that is not stale is found");
  return seconds * 1e9 / static_cast<double>(keys.size());
}

template <class C>
void refill(C& cache) {
  for (int i = 42'000; i < 43'000; ++i) cache.put(name(i), i);
}

void issuing(bench::Report& report, Plain& plain, Patterns& noted, WithTags& with_tags) {
  const auto gone = [](auto& cache) { return !cache.contains(name(42'123)) && cache.contains(name(43'123)); };
  const auto scan = [&] {
    const ashlar::Glob glob{pattern};
    std::size_t removed = 0;
    const double seconds = bench::seconds(
        [&] { removed = plain.erase_matching([&](const std::string& key) { return glob.matches(key); }); });
    must(removed == 1000 && gone(plain), "the scan removes the keys of the pattern");
    refill(plain);
    return seconds * 1e3;
  };
  const auto note = [&] {
    const double seconds = bench::seconds([&] { noted.invalidate_matching(pattern); });
    must(gone(noted), "the note makes the keys of the pattern stale");
    noted.maintain();
    refill(noted);
    return seconds * 1e3;
  };
  const auto sweep = [&] {
    for (int i = 0; i < 32; ++i) noted.invalidate_matching("order:*:" + std::to_string(2000 + i) + ":*");
    const double seconds = bench::seconds([&] { must(noted.maintain() == 0, "no such keys"); });
    return seconds * 1e3 / 32;
  };
  const auto tag = [&] {
    const double seconds = bench::seconds([&] { with_tags.invalidate_tag("customer:7"); });
    must(!with_tags.contains(name(7)) && with_tags.contains(name(8)), "the tag makes its entries stale");
    must(with_tags.maintain() == 999, "the sweep removes the others of the tag");
    for (int i = 7; i < entries; i += 1000) with_tags.put(name(i), i, ashlar::Tags{customer(i)});
    return seconds * 1e3;
  };
  report.run("1 M keys, order:*:42:*", "time to issue", "ms",
             {{"scan at once", scan},
              {"note", note, bench::Bar{"scan at once", "<=0.01"}},
              {"sweep of 32 notes, each", sweep},
              {"note of a tag", tag, bench::Bar{"scan at once", "<=0.01"}}});
}

void reading(bench::Report& report, Plain& plain, Patterns& noted, WithTags& with_tags) {
  const auto keys = wanted();
  const auto with_notes = [&](int notes) {
    for (int i = 0; i < notes; ++i) noted.invalidate_matching("order:*:" + std::to_string(5000 + i) + ":*");
    const double ns = hits(noted, keys);
    noted.maintain();
    return ns;
  };
  const auto with_tag_notes = [&](int notes) {
    for (int i = 0; i < notes; ++i) with_tags.invalidate_tag("gone:" + std::to_string(i));
    const double ns = hits(with_tags, keys);
    with_tags.maintain();
    return ns;
  };
  const std::string bare = "Cache, no invalidations";
  report.run("hit, 1 M keys", "time", "ns/op",
             {{bare, [&] { return hits(plain, keys); }},
              {"stamps, nothing pending", [&] { return with_notes(0); }, bench::Bar{bare, "<=1.15"}},
              {"stamps, 1 pattern pending", [&] { return with_notes(1); }},
              {"stamps, 8 patterns pending", [&] { return with_notes(8); }},
              {"stamps, 32 patterns pending", [&] { return with_notes(32); }},
              {"tags, nothing pending", [&] { return with_tag_notes(0); }},
              {"tags, 1000 tags pending", [&] { return with_tag_notes(1000); }}});
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"invalidation", argc, argv};
  Plain plain{capacity};
  Patterns noted{wide, capacity};
  WithTags with_tags{wide, capacity};
  for (int i = 0; i < entries; ++i) {
    plain.put(name(i), i);
    noted.put(name(i), i);
    with_tags.put(name(i), i, ashlar::Tags{customer(i)});
  }
  report.figure("entry", "Stamped over plain", "size", "bytes", sizeof(ashlar::Stamped<int>) - sizeof(int));
  report.figure("entry", "Tagged over plain", "size", "bytes", sizeof(ashlar::Tagged<int>) - sizeof(int));
  issuing(report, plain, noted, with_tags);
  reading(report, plain, noted, with_tags);
}
