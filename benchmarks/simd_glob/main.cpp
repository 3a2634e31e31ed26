// SPDX-License-Identifier: BSL-1.0
// How long does it take to find the keys of a million that fit a pattern?
#include <support/bench.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <fnmatch.h>

#include <ashlar/simd/glob.hpp>
#include <ashlar/simd/target.hpp>

#ifndef ASHLAR_PEER_re2
#define ASHLAR_PEER_re2 0
#endif
#if ASHLAR_PEER_re2
#include <re2/re2.h>
#endif

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// A million keys in one arena, of four kinds in random order, each ended by a zero for fnmatch.
struct Keys {
  std::string arena;
  std::vector<std::string_view> views;

  Keys() {
    constexpr std::size_t count = 1'000'000;
    std::minstd_rand random{1};
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < count; ++i) {
      char text[64];
      int size = 0;
      const auto number = static_cast<unsigned>(random() % 100'000);
      switch (random() % 4) {
        case 0: size = std::snprintf(text, sizeof text, "product:%u:sku%05u", number, number); break;
        case 1: size = std::snprintf(text, sizeof text, "order:%u:%u:%u", number, number % 100, number / 3); break;
        case 2:
          size = std::snprintf(text, sizeof text, "metrics:store%u:2026-%02u", number % 100, number % 12 + 1);
          break;
        default: size = std::snprintf(text, sizeof text, "inventory:%u:%u:local", number, number % 1000); break;
      }
      arena.append(text, static_cast<std::size_t>(size) + 1);
      sizes.push_back(static_cast<std::size_t>(size));
    }
    const char* at = arena.data();
    for (const std::size_t size : sizes) {
      views.emplace_back(at, size);
      at += size + 1;
    }
  }
};

std::string as_regex(std::string_view pattern) {
  std::string regex;
  for (const char c : pattern) {
    regex += c == '*' ? std::string{".*"} : c == '?' ? std::string{"."} : std::string{c};
  }
  return regex;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"simd_glob", argc, argv};
  std::printf("target: %s\n", ashlar::simd_target());
  const Keys keys;
  const auto per_key = [&](auto&& work) {
    const double start = cpu_seconds();
    work();
    return (cpu_seconds() - start) * 1e9 / static_cast<double>(keys.views.size());
  };
  struct Question {
    const char* pattern;
    const char* bar;
  };
  for (const auto& [pattern, bar] :
       {Question{"product:*", "<=0.2"}, Question{"order:*:42:*", "<=0.5"}, Question{"*:store17*", "<=1"},
        Question{"*sku99999", "<=1"}, Question{"inventory:[0-4]*:?7?:local", "<=1"}}) {
    const ashlar::Glob glob{pattern};
    std::vector<std::uint64_t> bitmap((keys.views.size() + 63) / 64);
    std::size_t expected = 0;
    for (const std::string_view key : keys.views) {
      expected += fnmatch(pattern, key.data(), 0) == 0 ? 1 : 0;
    }
    const auto verify = [&](std::size_t found, const char* who) {
      if (found == expected) {
        return;
      }
      std::fprintf(stderr, "%s finds %zu keys for %s, fnmatch %zu\n", who, found, pattern, expected);
      std::exit(1);
    };
    verify(glob.scan(keys.views, bitmap), "scan");
    for (std::size_t i = 0; i < keys.views.size(); ++i) {
      const bool bit = (bitmap[i / 64] >> (i % 64) & 1u) != 0;
      verify(bit == (fnmatch(pattern, keys.views[i].data(), 0) == 0) ? expected : expected + 1, "scan");
    }
    std::vector<bench::Contender> contenders{
        {"ashlar scan", [&] { return per_key([&] { bench::keep(glob.scan(keys.views, bitmap)); }); },
         bench::Bar{"fnmatch", bar}},
        {"ashlar matches",
         [&] {
           return per_key([&] {
             std::size_t found = 0;
             for (const std::string_view key : keys.views) {
               found += glob.matches(key) ? 1 : 0;
             }
             verify(found, "matches");
           });
         }},
        {"fnmatch", [&] {
           return per_key([&] {
             std::size_t found = 0;
             for (const std::string_view key : keys.views) {
               found += fnmatch(pattern, key.data(), 0) == 0 ? 1 : 0;
             }
             verify(found, "fnmatch");
           });
         }}};
#if ASHLAR_PEER_re2
    const re2::RE2 re{as_regex(pattern)};
    contenders.push_back({"re2", [&] {
                            return per_key([&] {
                              std::size_t found = 0;
                              for (const std::string_view key : keys.views) {
                                found += re2::RE2::FullMatch(re2::StringPiece{key.data(), key.size()}, re) ? 1 : 0;
                              }
                              verify(found, "re2");
                            });
                          }});
#endif
    const std::regex standard{as_regex(pattern), std::regex::optimize};
    contenders.push_back({"std::regex, 1 key in 16", [&] {
                            return 16 * per_key([&] {
                                     std::size_t found = 0;
                                     for (std::size_t i = 0; i < keys.views.size(); i += 16) {
                                       const std::string_view key = keys.views[i];
                                       found += std::regex_match(key.begin(), key.end(), standard) ? 1 : 0;
                                     }
                                     bench::keep(found);
                                   });
                          }});
    report.run(pattern, "time", "ns/key", contenders);
    if (ASHLAR_PEER_re2 == 0) {
      report.skipped(pattern, "re2");
    }
  }
}
