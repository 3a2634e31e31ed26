// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/pipeline/collect.hpp>
#include <ashlar/pipeline/detail/flow.hpp>
#include <ashlar/pipeline/detail/program.hpp>
#include <ashlar/pipeline/weight.hpp>

namespace ashlar::inline v0::detail {

template <class S>
concept holds_back = requires(S& s) { s.abandon(); };
template <class S>
concept source_splits = requires { requires S::splits; };

template <class Items>
std::uint64_t bytes_in(Row& row) {
  auto& items = static_cast<Items&>(row);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < items.size; ++i) bytes += weight_of(items[i]);
  return bytes;
}

/// What a source that had nothing calls when it has something again. It fits into a `std::function<void()>`; sources
/// that never wait are thereby spared one.
struct SourceIsReady {
  void operator()() const { control->source_ready(); }
  RunControl* control = nullptr;
};

/// One run of a pipeline of these stages: everything about it that depends on types, and no more.
template <class Source, class... Rest>
class TypedProgram final : public Program {
  using Stages = std::tuple<Source, Rest...>;
  using Typed = typename FlowOf<Source, Rest...>::chunk_type;
  using First = Lane<typename Source::value_type>;
  static constexpr std::size_t stage_count = 1 + sizeof...(Rest);
  template <std::size_t I>
  using StageAt = std::tuple_element_t<I, Stages>;
  template <std::size_t I>
  using LaneAt = std::remove_reference_t<decltype(lane_at<I>(std::declval<Typed&>().lanes))>;
  template <std::size_t I>
  using ItemAt = std::remove_reference_t<decltype(std::declval<LaneAt<I>&>()[0])>;
  static constexpr bool collects = is_collect<StageAt<stage_count - 1>>;
  using Kept = typename std::conditional_t<collects, std::type_identity<ItemAt<stage_count - 2>>,
                                           std::type_identity<NoItem>>::type;

 public:
  TypedProgram(Stages& stages, std::uint64_t byte_limit) : Program{steps(), stage_count, byte_limit}, stages_{stages} {
    splits = source_splits<Source>;
    next = &waiting_;
  }

  std::vector<Kept> take_kept() noexcept { return std::move(kept_); }

  void describe(StageList& list) override {
    list.add(name_of_source(std::get<0>(stages_)), 1, false, false);
    each_stage([&]<std::size_t I>(StageAt<I>& stage) {
      list.add(stage.name(), StageAt<I>::limit, stage.is_blocking(), in_order<I, Stages>());
    });
  }

  Chunk* make_chunk() override { return new Typed; }
  void open() override {
    Source& source = std::get<0>(stages_);
    if constexpr (requires { source.begin_run(SourceIsReady{}); }) source.begin_run(SourceIsReady{control});
    each_stage([]<std::size_t I>(StageAt<I>& stage) {
      if constexpr (requires { stage.begin_run(); }) stage.begin_run();
    });
  }
  void close_source() noexcept override {
    if constexpr (requires(Source& s) { s.end_run(); }) std::get<0>(stages_).end_run();
  }
  void after_pull() noexcept override {
    if constexpr (requires(Source& s) { s.after_pull(); }) std::get<0>(stages_).after_pull();
  }
  std::uint64_t total() override {
    if constexpr (requires(Source& s) { s.total(); }) {
      return std::get<0>(stages_).total();
    } else {
      return 0;
    }
  }

 private:
  SourceState draw(Row& into, std::size_t want) override {
    return std::get<0>(stages_).pull(static_cast<First&>(into), want);
  }
  std::size_t claim(std::size_t want) override {
    if constexpr (source_splits<Source>) {
      return std::get<0>(stages_).claim(want);
    } else {
      return Program::claim(want);
    }
  }
  void fill_from(Row& row, std::uint64_t first, std::size_t n) override {
    if constexpr (source_splits<Source>) {
      First& lane = static_cast<First&>(row);
      lane.reserve(lane.size + n);
      std::get<0>(stages_).fill(lane, first, n);
    } else {
      Program::fill_from(row, first, n);
    }
  }
  std::uint64_t weigh(Row& row) override {
    First& lane = static_cast<First&>(row);
    if constexpr (requires(Source& s) { s.weigh(lane[0]); }) {
      return std::get<0>(stages_).weigh(lane[0]);
    } else {
      return weight_of(lane[0]);
    }
  }
  void move_first(Row& from, Row& to) override {
    static_cast<First&>(to).emplace(std::move(static_cast<First&>(from)[0]));
  }

  template <class S>
  static std::string_view name_of_source(const S& source) {
    if constexpr (has_a_name<S>) {
      return source.name();
    } else {
      return "source";
    }
  }
  /// `f.operator()<I>(stage)` for each stage behind the source.
  template <class F>
  void each_stage(F f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f.template operator()<I + 1>(std::get<I + 1>(stages_)), ...);
    }(std::index_sequence_for<Rest...>{});
  }

  template <std::size_t I>
  static void run(Program& program, Chunk& base, Crew& crew, std::size_t& k, std::size_t n) {
    TypedProgram& self = static_cast<TypedProgram&>(program);
    Typed& chunk = static_cast<Typed&>(base);
    auto& in = lane_at<I - 1>(chunk.lanes);
    if constexpr (I == stage_count - 1 && collects) {
      for (; k < n; ++k) self.kept_.push_back(std::move(in[k]));
    } else {
      auto& stage = std::get<I>(self.stages_);
      auto& out = lane_at<I>(chunk.lanes);
      Emitter<ItemAt<I>> emit{out};
      if constexpr (StageAt<I>::one_to_one) {
        if constexpr (!std::is_same_v<ItemAt<I>, NoItem>) out.reserve(n);
        for (; k < n; ++k) stage(std::move(in[k]), crew.context, emit);
      } else {
        for (; k < n; ++k) {
          stage(std::move(in[k]), crew.context, emit);
          crew.origins.resize(out.size, base.origin(k));
        }
      }
    }
  }
  template <std::size_t I>
  static void flush(Program& program, Chunk& base, Crew& crew) {
    Emitter<ItemAt<I>> emit{lane_at<I>(static_cast<Typed&>(base).lanes)};
    std::get<I>(static_cast<TypedProgram&>(program).stages_).flush(crew.context, emit);
  }
  template <std::size_t I>
  static std::size_t abandon(Program& program) noexcept {
    return std::get<I>(static_cast<TypedProgram&>(program).stages_).abandon();
  }

  template <std::size_t I>
  static consteval Step step() {
    Step step;
    step.run = &TypedProgram::template run<I>;
    if constexpr (holds_back<StageAt<I>>) {
      step.flush = &TypedProgram::template flush<I>;
      step.abandon = &TypedProgram::template abandon<I>;
    }
    if constexpr (counts_bytes<ItemAt<I - 1>>) step.bytes = &bytes_in<LaneAt<I - 1>>;
    step.one_to_one = StageAt<I>::one_to_one;
    step.gives = !std::is_same_v<ItemAt<I>, NoItem>;
    return step;
  }
  template <std::size_t... I>
  static consteval auto all_steps(std::index_sequence<I...>) {
    struct Table {
      Step at[stage_count];
    };
    return Table{{Step{}, step<I + 1>()...}};
  }
  static const Step* steps() noexcept {
    static constexpr auto table = all_steps(std::index_sequence_for<Rest...>{});
    return table.at;
  }

  Stages& stages_;
  First waiting_;
  std::vector<Kept> kept_;
};

}  // namespace ashlar::inline v0::detail
