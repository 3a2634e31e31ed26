// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/histories.hpp>
#include <support/processes.hpp>
#include <support/soak.hpp>
#include <support/temp_directory.hpp>

#include <sys/time.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

// Processes that work on the same few keys write down what they asked and what they were told, and some of them are killed;
// then it is checked whether one register per key could have given these answers. ASHLAR_SOAK makes it longer.

namespace {

using ashlar_test::Process;
using ashlar_test::RegisterCall;
using ashlar_test::RegisterHistory;
using ashlar_test::Shared;
using ashlar_test::TempDirectory;
using Kind = RegisterCall::Kind;

RegisterCall call(Kind kind, std::uint64_t begun, std::uint64_t ended, std::uint64_t value, std::uint64_t expected = 0,
                  bool done = true) {
  return {.kind = kind, .value = value, .expected = expected, .done = done, .begun = begun, .ended = ended};
}
bool linearizable(std::vector<RegisterCall> calls) { return RegisterHistory{std::move(calls)}.is_linearizable(); }

TEST_CASE("a history is one of a register, or not") {
  constexpr std::uint64_t never = RegisterCall::never;
  CHECK(linearizable({}));
  CHECK(linearizable({call(Kind::put, 1, 2, 7), call(Kind::get, 3, 4, 7)}));
  // A stale read; the same while the write is under way; and reads that go back.
  CHECK_FALSE(linearizable({call(Kind::put, 1, 2, 7), call(Kind::get, 3, 4, 0)}));
  CHECK(linearizable({call(Kind::put, 1, 4, 7), call(Kind::get, 2, 3, 0)}));
  CHECK_FALSE(linearizable({call(Kind::put, 1, 8, 7), call(Kind::get, 2, 3, 7), call(Kind::get, 4, 5, 0)}));
  // Two winners; a loser without a winner.
  CHECK_FALSE(linearizable({call(Kind::insert, 1, 3, 7), call(Kind::insert, 2, 4, 8)}));
  CHECK(linearizable({call(Kind::insert, 1, 3, 7), call(Kind::insert, 2, 4, 8, 0, false)}));
  CHECK_FALSE(linearizable({call(Kind::insert, 1, 2, 8, 0, false)}));
  // Two swaps of the same value; a swap that lost although nothing had changed.
  CHECK_FALSE(linearizable({call(Kind::put, 1, 2, 7), call(Kind::swap, 3, 5, 8, 7), call(Kind::swap, 4, 6, 9, 7)}));
  CHECK_FALSE(linearizable({call(Kind::put, 1, 2, 7), call(Kind::swap, 3, 4, 8, 7, false)}));
  // A call that nobody saw the end of took place late, or never, but not before it began, and once.
  CHECK(linearizable({call(Kind::put, 1, never, 7), call(Kind::get, 2, 3, 0), call(Kind::get, 4, 5, 7)}));
  CHECK(linearizable({call(Kind::put, 1, never, 7), call(Kind::get, 2, 3, 0)}));
  CHECK_FALSE(linearizable({call(Kind::get, 1, 2, 7), call(Kind::put, 3, never, 7)}));
  CHECK_FALSE(linearizable(
      {call(Kind::put, 1, never, 7), call(Kind::get, 2, 3, 7), call(Kind::put, 4, 5, 8), call(Kind::get, 6, 7, 7)}));
  // What an erase answers.
  CHECK(linearizable({call(Kind::put, 1, 2, 7), call(Kind::erase, 3, 4, 0), call(Kind::erase, 5, 6, 0, 0, false)}));
  CHECK_FALSE(linearizable({call(Kind::put, 1, 2, 7), call(Kind::erase, 3, 4, 0, 0, false)}));
}

constexpr std::size_t workers = 5;
constexpr std::size_t victims = 3;  // of these
constexpr std::size_t keys = 3;
constexpr std::size_t most = 120;  // calls of one worker in one round

/// What the workers write down, in memory that outlives them.
struct Notes {
  struct Entry {
    std::atomic<bool> begun;
    std::size_t key;
    RegisterCall call;
  };
  std::atomic<std::uint64_t> clock;
  std::atomic<std::uint64_t> ready;
  std::array<std::array<Entry, most>, workers> entries;
};

std::string text_of(std::uint64_t value) {
  return std::to_string(value) + " " + std::string(static_cast<std::size_t>(value * 37 % 3000), 'v');
}
std::uint64_t number_of(const std::optional<std::string>& value) { return value ? std::stoull(*value) : 0; }

/// The process dies so soon, at whatever instruction it is then.
void die_in(std::chrono::microseconds time) {
  itimerval timer{};
  timer.it_value.tv_usec = static_cast<suseconds_t>(time.count());
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

/// What one worker does: calls that it chooses at random, each noted before it is made and after it. It dies in or soon
/// after the call `fatal`.
template <class Store>
void work(Store& store, Notes& notes, std::size_t worker, std::uint64_t round, std::size_t fatal) {
  std::mt19937_64 random{round * workers + worker};
  std::array<std::uint64_t, keys> known{};
  ++notes.ready;
  while (notes.ready < workers) std::this_thread::yield();
  for (std::size_t i = 0; i < most; ++i) {
    Notes::Entry& entry = notes.entries[worker][i];
    entry.key = random() % keys;
    const std::string key = std::to_string(round) + "." + std::to_string(entry.key);
    const std::uint64_t fresh = 1 + worker * most + i;
    const std::string value = text_of(fresh);
    RegisterCall made{.kind = static_cast<Kind>(random() % 5), .value = fresh, .expected = known[entry.key]};
    made.begun = ++notes.clock;
    entry.call = made;
    entry.begun = true;
    // Calls of a file for each key take longer.
    constexpr std::uint64_t longest = std::is_same_v<typename Store::backend_type, ashlar::FilePerKey> ? 200 : 20;
    if (i == fatal) die_in(std::chrono::microseconds{1 + random() % longest});
    switch (made.kind) {
      case Kind::put: store.put(key, value).value(); break;
      case Kind::erase: made.done = store.erase(key).value(); break;
      case Kind::insert: made.done = store.insert_if_absent(key, value).value(); break;
      case Kind::swap: {
        const auto expected = made.expected == 0 ? std::nullopt : std::optional{text_of(made.expected)};
        made.done = store.compare_and_swap(key, expected, value).value();
        break;
      }
      case Kind::get: made.value = known[entry.key] = number_of(store.get(key).value()); break;
    }
    if (made.kind == Kind::put || (made.kind != Kind::get && made.kind != Kind::erase && made.done)) {
      known[entry.key] = fresh;
    }
    made.ended = ++notes.clock;
    // The end last: a worker that dies in between has none.
    entry.call.value = made.value;
    entry.call.done = made.done;
    std::atomic_ref{entry.call.ended}.store(made.ended);
  }
}

template <class Backend>
struct Rebuilt {
  static void before_last_look(const std::filesystem::path&) {}
};
template <>
struct Rebuilt<ashlar::SegmentLog> {
  static void before_last_look(const std::filesystem::path& path) {
    for (const auto& entry : std::filesystem::directory_iterator{path / "index"}) {
      std::filesystem::remove(entry.path());
    }
  }
};

TEMPLATE_TEST_CASE("what processes are told could have been told by one register per key, whoever is killed", "",
                   ashlar::FilePerKey, ashlar::SegmentLog) {
  using Store = ashlar::ShardedStore<std::string, std::string, TestType>;
  const TempDirectory directory;
  const auto path = directory / "store";
  const auto rounds = static_cast<std::uint64_t>(10 * ashlar_test::soak());
  std::mt19937_64 random{11};
  std::uint64_t calls = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t killed = 0;
  for (std::uint64_t round = 0; round < std::max<std::uint64_t>(rounds, 2); ++round) {
    const Shared<Notes> notes;
    std::vector<Process> processes;
    for (std::size_t worker = 0; worker < workers; ++worker) {
      const std::size_t fatal = worker < victims ? random() % most : most;
      processes.emplace_back([&, worker, fatal] {
        Store store{path};
        work(store, *notes, worker, round, fatal);
        return true;
      });
    }
    for (std::size_t victim = 0; victim < victims; ++victim) {
      const Process::End end = processes[victim].end();
      CHECK(end != Process::End::failure);
      killed += end == Process::End::signal ? 1 : 0;
    }
    for (std::size_t worker = victims; worker < workers; ++worker) CHECK(processes[worker].succeeded());
    std::array<std::vector<RegisterCall>, keys> histories;
    for (const auto& entries : notes->entries) {
      for (const Notes::Entry& entry : entries) {
        if (!entry.begun) break;
        histories[entry.key].push_back(entry.call);
        ++calls;
        unanswered += entry.call.ended == RegisterCall::never ? 1 : 0;
      }
    }
    // Everybody reads the keys once more: by the index they shared, and by one that is made anew.
    for (int look = 0; look < 2; ++look) {
      if (look == 1) Rebuilt<TestType>::before_last_look(path);
      const Store store{path};
      for (std::size_t key = 0; key < keys; ++key) {
        RegisterCall last{.kind = Kind::get, .begun = ++notes->clock};
        last.value = number_of(store.get(std::to_string(round) + "." + std::to_string(key)).value());
        last.ended = ++notes->clock;
        histories[key].push_back(last);
      }
    }
    for (auto& history : histories) CHECK(RegisterHistory{std::move(history)}.is_linearizable());
  }
  std::printf("%s: %llu calls checked, %llu of them without an answer, %llu processes killed\n",
              std::string{TestType::name}.c_str(), static_cast<unsigned long long>(calls),
              static_cast<unsigned long long>(unanswered), static_cast<unsigned long long>(killed));
  CHECK(calls > 100);
  CHECK(killed > 0);
}

}  // namespace
