// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <optional>
#include <string>
#include <vector>

namespace {

// Archetypes: the least that models a concept.
struct LeastSource {
  using value_type = int;
  int left = 3;
  LeastSource() = default;
  LeastSource(LeastSource&&) = default;
  LeastSource& operator=(LeastSource&&) = delete;
  template <class Out>
  ashlar::SourceState pull(Out& out, std::size_t want) {
    for (; want != 0 && left != 0; --want) out.emplace(left--);
    return left == 0 ? ashlar::SourceState::end : ashlar::SourceState::more;
  }
};
struct LeastStage {
  static constexpr std::size_t limit = 1;
  static constexpr ashlar::Order order = ashlar::Order::any;
  static constexpr bool one_to_one = false;
  LeastStage() = default;
  LeastStage(LeastStage&&) = default;
  LeastStage& operator=(LeastStage&&) = delete;
  bool is_blocking() const noexcept { return false; }
  std::string_view name() const noexcept { return "twice"; }
  template <class In>
  static constexpr bool takes = std::same_as<In, int>;
  template <class In>
  using output = std::string;
  template <class Emit>
  void operator()(int&& item, ashlar::StageContext&, Emit&& emit) {
    emit(std::to_string(item));
    emit(std::to_string(item));
  }
};

struct NoValueType {
  ashlar::SourceState pull(auto&, std::size_t) { return ashlar::SourceState::end; }
};
struct NoPull {
  using value_type = int;
};
struct PullsNothing {
  using value_type = int;
  void pull(auto&, std::size_t) {}
};
struct NoLimit {
  [[maybe_unused]] static constexpr ashlar::Order order = ashlar::Order::any;
  [[maybe_unused]] static constexpr bool one_to_one = false;
  bool is_blocking() const noexcept { return false; }
  std::string_view name() const noexcept { return "x"; }
};
struct BlockingIsAnInt : ashlar::StageDefaults {
  int is_blocking() const noexcept { return 0; }
};
struct NameIsAnInt : ashlar::StageDefaults {
  int name() const noexcept { return 0; }
};
struct Immovable : ashlar::StageDefaults {
  Immovable() = default;
  Immovable(Immovable&&) = delete;
};

}  // namespace

static_assert(ashlar::explain_source<LeastSource>());
static_assert(ashlar::explain_stage<LeastStage>());
static_assert(ashlar::explain_stage<ashlar::StageDefaults>());
static_assert(!ashlar::source<NoValueType> && !ashlar::source<NoPull> && !ashlar::source<PullsNothing>);
static_assert(!ashlar::stage<NoLimit> && !ashlar::stage<BlockingIsAnInt> && !ashlar::stage<NameIsAnInt>);
static_assert(!ashlar::stage<Immovable> && !ashlar::stage<LeastSource> && !ashlar::source<LeastStage>);

TEST_CASE("a pipeline of archetypes runs") {
  auto done = (LeastSource{} | ashlar::transform([](int i) { return i; }) | LeastStage{} | ashlar::collect()).run();
  CHECK(done.items == std::vector<std::string>{"3", "3", "2", "2", "1", "1"});
  CHECK(done.report.stages[2].out == 6);
}
