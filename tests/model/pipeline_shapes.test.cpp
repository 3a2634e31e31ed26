// SPDX-License-Identifier: BSL-1.0
// Pipelines of a shape drawn at random: three stages, each of which keeps, drops, doubles or fails items, on any worker,
// on one at a time or in the order of the source. What arrives and what fails is what a plain loop over the same rules
// gives, and the report accounts for every item, also of a run that is stopped.
#include <support/catch.hpp>
#include <support/soak.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

/// One of the things that an element of the source became: the other half of what was doubled has another path.
struct Token {
  int origin = 0;
  std::uint64_t path = 1;
  friend bool operator==(const Token&, const Token&) = default;
};

/// What a stage does with a token; the same each time it is asked.
struct Rule {
  unsigned seed = 0;
  unsigned drop_one_in = 0, double_one_in = 0, fail_one_in = 0, wait_one_in = 0;  // 0: none
  bool blocking = false;

  bool hits(unsigned one_in, const Token& token, unsigned salt) const {
    if (one_in == 0) return false;
    std::uint64_t mixed = (static_cast<std::uint64_t>(token.origin) * 31 + token.path) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 29) ^ seed) * 0xBF58476D1CE4E5B9U + salt;
    return (mixed >> 32) % one_in == 0;
  }
  /// Calls `emit` for what becomes of the token; throws where it fails, then and when after having emitted.
  template <class Emit>
  void apply(const Token& token, Emit&& emit) const {
    if (hits(wait_one_in, token, 1)) std::this_thread::sleep_for(std::chrono::microseconds{30});
    const bool fails = hits(fail_one_in, token, 2);
    if (fails && token.origin % 2 == 0) throw std::runtime_error{"by its rule"};
    if (!hits(drop_one_in, token, 3)) {
      const bool doubles = hits(double_one_in, token, 4);
      emit(Token{token.origin, token.path * 2});
      if (doubles) emit(Token{token.origin, token.path * 2 + 1});
    }
    if (fails) throw std::runtime_error{"by its rule"};
  }
};

/// What went on in a stage, as seen from within.
struct Watch {
  std::atomic<int> inside{0}, most_inside{0};
  std::atomic<std::uint64_t> calls{0}, given{0};

  void enter() {
    const int now = ++inside;
    for (int most = most_inside; now > most && !most_inside.compare_exchange_weak(most, now);) {
    }
    ++calls;
  }
};

template <std::size_t N, ashlar::Order Wanted>
struct Ruled : ashlar::StageDefaults {
  static constexpr std::size_t limit = N;
  static constexpr ashlar::Order order = Wanted;
  static constexpr bool one_to_one = false;
  Ruled(const Rule& its, Watch& watched) : rule{its}, watch{&watched} {}
  bool is_blocking() const noexcept { return rule.blocking; }
  std::string_view name() const noexcept { return "ruled"; }
  template <class In>
  static constexpr bool takes = std::is_same_v<In, Token>;
  template <class In>
  using output = Token;
  template <class Emit>
  void operator()(Token&& token, ashlar::StageContext&, Emit&& emit) {
    struct Inside {
      explicit Inside(Watch& its) : watch{its} { watch.enter(); }
      ~Inside() { --watch.inside; }
      Watch& watch;
    } inside{*watch};
    std::uint64_t given = 0;
    rule.apply(token, [&](const Token& one) {
      emit(one);
      ++given;
    });
    watch->given += given;  // what fails gives nothing
  }
  Rule rule;
  Watch* watch;
};
using Anywhere = Ruled<0, ashlar::Order::any>;
using Alone = Ruled<1, ashlar::Order::any>;
using InTurn = Ruled<1, ashlar::Order::restored>;

struct Play {
  std::vector<Token> input;
  std::array<Rule, 3> rules;
  ashlar::RunOptions options;
  int stop_at = -1;
};

/// A failure: its stage, counted from the source, and the position in the source of what failed.
using Failed = std::pair<std::size_t, std::uint64_t>;

struct Expected {
  std::vector<Token> arriving;
  std::vector<Failed> failing;
};

/// What a loop without threads makes of the input.
Expected expected(const Play& play) {
  Expected all{play.input, {}};
  for (std::size_t stage = 1; stage <= play.rules.size(); ++stage) {
    std::vector<Token> next;
    for (const Token& token : all.arriving) {
      const std::size_t before = next.size();
      try {
        play.rules[stage - 1].apply(token, [&](const Token& given) { next.push_back(given); });
      } catch (const std::runtime_error&) {
        next.resize(before);
        all.failing.emplace_back(stage, static_cast<std::uint64_t>(token.origin));
      }
    }
    all.arriving = std::move(next);
  }
  return all;
}

/// Each row of the report says what its stage and the stages next to it saw.
void check_accounts(const ashlar::RunReport& report, const std::array<Watch, 3>& watches,
                    const std::vector<Failed>& failed, std::size_t arrived) {
  REQUIRE(report.stages.size() == 5);
  const ashlar::StageReport& source = report.stages[0];
  CHECK(source.items == report.pulled);
  CHECK(source.items == source.out + source.failed + source.cancelled);
  for (std::size_t i = 1; i < report.stages.size(); ++i) {
    const ashlar::StageReport& stage = report.stages[i];
    CAPTURE(i, stage.cancelled);
    CHECK(stage.items + stage.cancelled == report.stages[i - 1].out);
    CHECK(stage.failed == static_cast<std::uint64_t>(std::count_if(failed.begin(), failed.end(),
                                                                   [&](const Failed& one) { return one.first == i; })));
    CHECK(stage.items == (i == 4 ? arrived : watches[i - 1].calls.load()));
    if (i != 4) CHECK(stage.out == watches[i - 1].given);
  }
}

template <class Stage>
int most_allowed(const Play& play) {
  return static_cast<int>(Stage::limit == 0 ? play.options.workers : Stage::limit);
}

template <class A, class B, class C>
void run(const Play& play) {
  std::vector<Token> arrived;  // needs no lock: the sink is called by one thread at a time
  std::vector<Failed> failed;  // nor does this
  std::array<Watch, 3> watches;
  std::stop_source stop;
  ashlar::RunOptions options = play.options;
  options.stop = stop.get_token();
  options.failed = [&](const ashlar::Failure& failure) { failed.emplace_back(failure.stage, failure.item); };
  const ashlar::RunReport report =
      (ashlar::from(play.input) | A{play.rules[0], watches[0]} | B{play.rules[1], watches[1]} |
       C{play.rules[2], watches[2]} | ashlar::sink([&](const Token& token) {
         arrived.push_back(token);
         if (static_cast<int>(arrived.size()) == play.stop_at) stop.request_stop();
       })).run(options);
  Expected wanted = expected(play);
  constexpr bool alone_behind = C::limit == 1 && B::limit == 1;
  constexpr bool in_order = C::order == ashlar::Order::restored ||
                            (C::limit == 1 && B::order == ashlar::Order::restored) ||
                            (alone_behind && A::order == ashlar::Order::restored);
  constexpr bool any_in_turn =
      A::order == ashlar::Order::restored || B::order == ashlar::Order::restored || C::order == ashlar::Order::restored;
  check_accounts(report, watches, failed, arrived.size());
  CHECK(watches[0].most_inside <= most_allowed<A>(play));
  CHECK(watches[1].most_inside <= most_allowed<B>(play));
  CHECK(watches[2].most_inside <= most_allowed<C>(play));
  CHECK(report.most_in_flight <= (any_in_turn ? options.window : options.in_flight));
  if (in_order) {
    CHECK(std::is_sorted(arrived.begin(), arrived.end(),
                         [](const Token& a, const Token& b) { return a.origin < b.origin; }));
    if (report.outcome == ashlar::Outcome::finished) CHECK(arrived == wanted.arriving);
  }
  const auto less = [](const Token& a, const Token& b) {
    return a.origin != b.origin ? a.origin < b.origin : a.path < b.path;
  };
  std::sort(arrived.begin(), arrived.end(), less);
  std::sort(wanted.arriving.begin(), wanted.arriving.end(), less);
  std::sort(failed.begin(), failed.end());
  std::sort(wanted.failing.begin(), wanted.failing.end());
  if (report.outcome == ashlar::Outcome::finished) {
    CHECK(arrived == wanted.arriving);
    CHECK(failed == wanted.failing);
    CHECK(report.cancelled == 0);
    CHECK(report.pulled == play.input.size());
  } else {
    CHECK(play.stop_at >= 0);
    CHECK(std::includes(wanted.arriving.begin(), wanted.arriving.end(), arrived.begin(), arrived.end(), less));
    CHECK(std::includes(wanted.failing.begin(), wanted.failing.end(), failed.begin(), failed.end()));
  }
  CHECK(report.failed == failed.size());
}

using Runner = void (*)(const Play&);
template <class A, class B, class C>
constexpr Runner runner = &run<A, B, C>;
template <class A, class B>
constexpr std::array<Runner, 3> ends = {runner<A, B, Anywhere>, runner<A, B, Alone>, runner<A, B, InTurn>};
template <class A>
constexpr std::array<std::array<Runner, 3>, 3> middles = {ends<A, Anywhere>, ends<A, Alone>, ends<A, InTurn>};
constexpr std::array<std::array<std::array<Runner, 3>, 3>, 3> shapes = {middles<Anywhere>, middles<Alone>,
                                                                        middles<InTurn>};

}  // namespace

TEST_CASE("a pipeline of any shape gives what a loop gives") {
  const auto rounds = static_cast<unsigned>(300 * ashlar_test::soak());
  for (unsigned seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>{low, high}(random); };
    Play play;
    const int items = pick(0, 400);
    for (int i = 0; i < items; ++i) play.input.push_back({i, 1});
    for (Rule& rule : play.rules) {
      rule.seed = static_cast<unsigned>(random());
      for (unsigned* one_in : {&rule.drop_one_in, &rule.double_one_in, &rule.fail_one_in}) {
        *one_in = pick(0, 1) == 0 ? 0U : static_cast<unsigned>(pick(2, 20));
      }
      rule.wait_one_in = pick(0, 2) == 0 ? static_cast<unsigned>(pick(5, 60)) : 0U;
      rule.blocking = pick(0, 2) == 0;
    }
    play.stop_at = pick(0, 5) == 0 ? pick(1, 200) : -1;
    play.options.on_error = ashlar::OnError::collect;
    play.options.in_flight = static_cast<std::size_t>(pick(1, 60));
    play.options.window = play.options.in_flight + static_cast<std::size_t>(pick(0, 100));
    play.options.grain = static_cast<std::size_t>(pick(0, 5));
    play.options.workers = static_cast<unsigned>(pick(1, 4));
    const auto slot = [&] { return static_cast<std::size_t>(pick(0, 2)); };
    const std::size_t a = slot(), b = slot(), c = slot();
    CAPTURE(seed, items, a, b, c, play.stop_at, play.options.in_flight, play.options.grain, play.options.workers);
    shapes[a][b][c](play);
  }
}
