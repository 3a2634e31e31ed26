// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/log.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using ashlar::Glob;
using ashlar::InvalidationLog;

namespace {

bool stale(const InvalidationLog& log, std::string_view key, std::uint64_t born, std::vector<std::uint64_t> tags = {}) {
  return log.stale(key, born, tags, log.reading());
}

}  // namespace

TEST_CASE("moments of invalidations grow, and a value is as old as the latest before it") {
  const auto before = InvalidationLog::now();
  CHECK(before == InvalidationLog::now());
  const auto first = InvalidationLog::next();
  CHECK(first > before);
  CHECK(InvalidationLog::now() == first);
  CHECK(InvalidationLog::next() > first);
  const auto remote = InvalidationLog::next() + 1'000'000'000'000;
  CHECK(InvalidationLog::next_after(remote) > remote);
  CHECK(InvalidationLog::now() > remote);
}

TEST_CASE("nothing is stale without an invalidation") {
  const InvalidationLog log;
  CHECK(log.empty());
  CHECK_FALSE(stale(log, "a", 0));
}

TEST_CASE("a pattern covers what fits it and is older") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  const auto when = InvalidationLog::next();
  log.add_pattern(Glob{"order:*:42:*"}, when);
  CHECK(stale(log, "order:7:42:x", old));
  CHECK_FALSE(stale(log, "order:7:43:x", old));
  CHECK_FALSE(stale(log, "order:7:42:x", when));
  CHECK(log.patterns() == 1);
}

TEST_CASE("the same pattern again takes the place of the first; an earlier moment does not undo a later one") {
  InvalidationLog log;
  const auto first = InvalidationLog::next();
  const auto second = InvalidationLog::next();
  log.add_pattern(Glob{"a*"}, second);
  log.add_pattern(Glob{"a*"}, first);
  CHECK(log.patterns() == 1);
  CHECK(stale(log, "ab", first));
  CHECK_FALSE(stale(log, "ab", second));
}

TEST_CASE("patterns that arrive out of order all count") {
  InvalidationLog log;
  const auto first = InvalidationLog::next();
  const auto second = InvalidationLog::next();
  log.add_pattern(Glob{"b*"}, second);
  log.add_pattern(Glob{"a*"}, first);
  CHECK(stale(log, "a", first - 1));
  CHECK_FALSE(stale(log, "a", first));
  CHECK(stale(log, "b", first));
}

TEST_CASE("tags, keys and everything") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  log.add_tag(7, InvalidationLog::next());
  CHECK(stale(log, "x", old, {1, 7}));
  CHECK_FALSE(stale(log, "x", old, {1, 2}));
  CHECK_FALSE(stale(log, "x", InvalidationLog::now(), {7}));
  log.add_key("k", InvalidationLog::next());
  CHECK(stale(log, "k", old));
  CHECK_FALSE(stale(log, "kk", old));
  CHECK(log.names() == 2);
  log.add_all(InvalidationLog::next());
  CHECK(stale(log, "anything", old));
  CHECK_FALSE(stale(log, "anything", InvalidationLog::now()));
}

TEST_CASE("what was swept is retired, and nothing that came meanwhile") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  log.add_pattern(Glob{"a*"}, InvalidationLog::next());
  log.add_tag(1, InvalidationLog::next());
  const auto late = InvalidationLog::next();
  log.add_all(old);
  const auto swept = log.pending();
  log.add_pattern(Glob{"b*"}, old + 1);  // a late message: older than what is swept
  log.add_tag(2, late);
  log.retire(swept);
  CHECK_FALSE(stale(log, "a", old));
  CHECK_FALSE(stale(log, "x", old, {1}));
  CHECK(stale(log, "b", old));
  CHECK(stale(log, "x", old, {2}));
  CHECK_FALSE(log.empty());
  log.retire(log.pending());
  CHECK(log.empty());
}

TEST_CASE("what is younger than is to be kept is not retired") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  log.add_pattern(Glob{"a*"}, InvalidationLog::next());
  log.retire(log.pending(), std::chrono::hours{1});
  CHECK(stale(log, "a", old));
  log.retire(log.pending(), std::chrono::nanoseconds::max());
  CHECK(stale(log, "a", old));
  log.retire(log.pending());
  CHECK(log.empty());
}

TEST_CASE("an entry that was read before a sweep and is asked for after it must be read again") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  log.add_pattern(Glob{"a"}, InvalidationLog::next());
  const auto since = log.reading();
  log.retire(log.pending());
  CHECK(log.stale("a", old, {}, since));
  CHECK_FALSE(log.stale("a", old, {}, log.reading()));
}

TEST_CASE("what is covered is told from what cannot be known") {
  InvalidationLog log;
  const auto born = InvalidationLog::now();
  CHECK_FALSE(log.covers("a:1", born, {}));
  const auto since = log.reading();
  log.add_pattern(Glob{"a:*"}, InvalidationLog::next());
  CHECK(log.covers("a:1", born, {}));
  CHECK_FALSE(log.covers("b:1", born, {}));
  log.retire(log.pending());
  CHECK(log.stale("b:1", born, {}, since));  // read again
  CHECK_FALSE(log.covers("b:1", born, {}));
  CHECK_FALSE(log.covers("a:1", born, {}));
}

TEST_CASE("one note in the place of all makes everything older stale") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  log.add_pattern(Glob{"a*"}, InvalidationLog::next());
  const auto middle = InvalidationLog::now();
  log.collapse(InvalidationLog::next());
  CHECK(log.patterns() == 0);
  CHECK(stale(log, "z", old));
  CHECK(stale(log, "z", middle));
  CHECK_FALSE(stale(log, "a", InvalidationLog::now()));
}

TEST_CASE("a sweep removes what is covered and retires it, unless it fails") {
  InvalidationLog log;
  const auto old = InvalidationLog::now();
  log.add_pattern(Glob{"a*"}, InvalidationLog::next());
  const auto failing = [](const auto&) {
    return ashlar::Result<std::size_t>{ashlar::Error{ashlar::ErrorCode::io, "down"}};
  };
  CHECK_FALSE(ashlar::detail::sweep(log, {}, failing));
  CHECK(log.patterns() == 1);
  struct Entry {
    std::uint64_t born;
  };
  const auto swept = ashlar::detail::sweep(log, {}, [&](const auto& doomed) {
    CHECK(doomed(std::string{"ab"}));
    CHECK_FALSE(doomed(std::string{"b"}));
    CHECK(doomed(std::string{"ab"}, Entry{old}));
    CHECK_FALSE(doomed(std::string{"ab"}, Entry{InvalidationLog::now()}));
    CHECK_FALSE(doomed(std::string{"ab"}, std::optional<Entry>{}));
    return ashlar::Result<std::size_t>{std::size_t{3}};
  });
  CHECK(swept.value() == 3);
  CHECK(log.empty());
}

TEST_CASE("readers, writers and sweeps may run at the same time") {
  InvalidationLog log;
  std::atomic<bool> stop{false};
  const auto old = InvalidationLog::now();
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto born = InvalidationLog::now();
        if (log.stale("never", born, {}, log.reading()) && log.stale("never", born, {}, log.reading()) &&
            log.stale("never", InvalidationLog::next(), {}, log.reading()) && log.empty()) {
          ++wrong;
        }
        static_cast<void>(log.stale("k1", old, {}, log.reading()));
      }
    });
  }
  for (int i = 0; i < 500; ++i) {
    log.add_pattern(Glob{"k" + std::to_string(i % 7)}, InvalidationLog::next());
    log.add_tag(static_cast<std::uint64_t>(i % 5), InvalidationLog::next());
    if (i % 10 == 0) log.retire(log.pending());
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(log.patterns() <= 7);
}
