// SPDX-License-Identifier: BSL-1.0
// Pipelines of a shape drawn at random: three stages, each of which keeps, drops, doubles or fails items, on any worker,
// on one at a time or in the order of the source. What arrives is what a plain loop over the same rules gives.
#include <support/catch.hpp>
#include <support/soak.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <array>
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

template <std::size_t N, ashlar::Order Wanted>
struct Ruled : ashlar::StageDefaults {
  static constexpr std::size_t limit = N;
  static constexpr ashlar::Order order = Wanted;
  static constexpr bool one_to_one = false;
  explicit Ruled(const Rule& its) : rule{its} {}
  bool is_blocking() const noexcept { return rule.blocking; }
  std::string_view name() const noexcept { return "ruled"; }
  template <class In>
  static constexpr bool takes = std::is_same_v<In, Token>;
  template <class In>
  using output = Token;
  template <class Emit>
  void operator()(Token&& token, ashlar::StageContext&, Emit&& emit) {
    rule.apply(token, emit);
  }
  Rule rule;
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

/// What a loop without threads makes of the input; the number of failures is added up.
std::vector<Token> expected(const Play& play, std::uint64_t& failures) {
  std::vector<Token> now = play.input;
  for (const Rule& rule : play.rules) {
    std::vector<Token> next;
    for (const Token& token : now) {
      const std::size_t before = next.size();
      try {
        rule.apply(token, [&](const Token& given) { next.push_back(given); });
      } catch (const std::runtime_error&) {
        next.resize(before);
        ++failures;
      }
    }
    now = std::move(next);
  }
  return now;
}

template <class A, class B, class C>
void run(const Play& play) {
  std::vector<Token> arrived;  // needs no lock: the sink is called by one thread at a time
  std::stop_source stop;
  ashlar::RunOptions options = play.options;
  options.stop = stop.get_token();
  const ashlar::RunReport report = (ashlar::from(play.input) | A{play.rules[0]} | B{play.rules[1]} | C{play.rules[2]} |
                                    ashlar::sink([&](const Token& token) {
                                      arrived.push_back(token);
                                      if (static_cast<int>(arrived.size()) == play.stop_at) stop.request_stop();
                                    })).run(options);
  std::uint64_t failures = 0;
  const std::vector<Token> wanted = expected(play, failures);
  constexpr bool alone_behind = C::limit == 1 && B::limit == 1;
  constexpr bool in_order = C::order == ashlar::Order::restored ||
                            (C::limit == 1 && B::order == ashlar::Order::restored) ||
                            (alone_behind && A::order == ashlar::Order::restored);
  const auto less = [](const Token& a, const Token& b) {
    return a.origin != b.origin ? a.origin < b.origin : a.path < b.path;
  };
  std::vector<Token> sorted_wanted = wanted;
  std::sort(sorted_wanted.begin(), sorted_wanted.end(), less);
  std::vector<Token> sorted = arrived;
  std::sort(sorted.begin(), sorted.end(), less);
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  CHECK(std::includes(sorted_wanted.begin(), sorted_wanted.end(), sorted.begin(), sorted.end(), less));
  if (in_order) {
    CHECK(std::is_sorted(arrived.begin(), arrived.end(),
                         [](const Token& a, const Token& b) { return a.origin < b.origin; }));
  }
  CHECK(report.most_in_flight <= std::max(options.in_flight, options.window));
  if (report.outcome == ashlar::Outcome::finished) {
    CHECK(sorted == sorted_wanted);
    CHECK(report.failed == failures);
    CHECK(report.cancelled == 0);
    CHECK(report.pulled == play.input.size());
    if (in_order) CHECK(arrived == wanted);
  } else {
    CHECK(play.stop_at >= 0);
  }
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
