// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/pipeline/collect.hpp>
#include <ashlar/pipeline/detail/engine.hpp>
#include <ashlar/pipeline/detail/flow.hpp>
#include <ashlar/pipeline/weight.hpp>

namespace ashlar::inline v0::detail {

/// One run of a pipeline of these stages: everything about it that depends on types.
template <class Source, class... Rest>
class TypedProgram final : public Program {
  using Stages = std::tuple<Source, Rest...>;
  using Flow = FlowOf<Source, Rest...>;
  using Typed = typename Flow::chunk_type;
  using Item = typename Source::value_type;
  static constexpr std::size_t count = 1 + sizeof...(Rest);
  template <std::size_t I>
  using StageAt = std::tuple_element_t<I, Stages>;
  template <std::size_t I>
  using ItemAt = std::remove_reference_t<decltype(std::get<I>(std::declval<Typed&>().lanes)[0])>;
  static constexpr bool collects = is_collect<StageAt<count - 1>>;
  using Kept = std::conditional_t<collects, ItemAt<count - 2>, NoItem>;

 public:
  TypedProgram(Stages& stages, const RunOptions& options) : stages_{stages}, limit_{options.bytes} {}

  /// Before the run: `wake` is for sources that said `idle`.
  void open(Engine& engine) {
    engine_ = &engine;
    Source& source = std::get<0>(stages_);
    if constexpr (requires { source.begin_run(std::function<void()>{}); }) {
      source.begin_run(std::function<void()>{[&engine] { engine.source_ready(); }});
    }
    begin_stages(std::make_index_sequence<sizeof...(Rest)>{});
  }
  void close_source() noexcept {
    if constexpr (requires(Source& s) { s.end_run(); }) std::get<0>(stages_).end_run();
  }
  static std::vector<StageSpec> specs(const Stages& stages) {
    return specs(stages, std::make_index_sequence<sizeof...(Rest)>{});
  }
  static std::uint64_t total(Stages& stages) {
    if constexpr (requires(Source& s) { s.total(); }) return std::get<0>(stages).total();
    return 0;
  }
  std::vector<Kept> take_kept() noexcept { return std::move(kept_); }

  std::unique_ptr<Chunk> make_chunk() override { return std::make_unique<Typed>(); }

  Pulled pull(Chunk& base, std::size_t want, std::uint64_t room, Crew& crew) override {
    Typed& chunk = static_cast<Typed&>(base);
    Source& source = std::get<0>(stages_);
    if (limit_ != 0) return pull_weighed(chunk, want, room, crew);
    if constexpr (requires { requires Source::splits; }) {
      const std::size_t n = source.claim(want);
      chunk.pulled = static_cast<std::uint32_t>(n);
      return n == 0 ? Pulled::end : Pulled::items;
    } else {
      Lane<Item>& lane = std::get<0>(chunk.lanes);
      if (late_) std::rethrow_exception(std::exchange(late_, nullptr));
      if (ended_) return Pulled::end;
      SourceState state = SourceState::end;
      try {
        state = source.pull(lane, want);
        ended_ = state == SourceState::end;
      } catch (...) {
        if (lane.size() == 0) throw;
        late_ = std::current_exception();  // first the items that came before it
      }
      chunk.pulled = static_cast<std::uint32_t>(lane.size());
      if (chunk.pulled != 0) return Pulled::items;
      return state == SourceState::end ? Pulled::end : Pulled::nothing;
    }
  }
  void fill(Chunk& base) override {
    if constexpr (requires { requires Source::splits; }) {
      if (limit_ != 0) return;
      Typed& chunk = static_cast<Typed&>(base);
      Lane<Item>& lane = std::get<0>(chunk.lanes);
      lane.reserve(chunk.pulled);
      std::get<0>(stages_).fill(lane, chunk.first, chunk.pulled);
    }
  }
  std::size_t execute(std::size_t i, Chunk& chunk, Crew& crew) noexcept override {
    return (this->*table()[i])(static_cast<Typed&>(chunk), crew);
  }
  bool wants_flush() const noexcept override { return (can_flush<Rest> || ... || false); }
  void close(Crew& crew) noexcept override { close_stages(crew, std::make_index_sequence<sizeof...(Rest)>{}); }

 private:
  template <class S>
  static constexpr bool can_flush = requires(S& s) { s.abandon(); };

  template <std::size_t... I>
  void begin_stages(std::index_sequence<I...>) {
    (begin_stage(std::get<I + 1>(stages_)), ...);
  }
  template <class S>
  static void begin_stage(S& stage) {
    if constexpr (requires { stage.begin_run(); }) stage.begin_run();
  }
  template <std::size_t... I>
  void close_stages(Crew& crew, std::index_sequence<I...>) noexcept {
    (close_stage<I + 1>(crew), ...);
  }
  template <std::size_t I>
  void close_stage(Crew& crew) noexcept {
    if constexpr (can_flush<StageAt<I>>) crew.meters[I].cancelled.add(std::get<I>(stages_).abandon());
  }
  template <std::size_t... I>
  static std::vector<StageSpec> specs(const Stages& stages, std::index_sequence<I...>) {
    std::vector<StageSpec> all;
    all.reserve(count);
    std::string first = "source";
    if constexpr (has_a_name<Source>) first = std::get<0>(stages).name();
    all.push_back({std::move(first), 1, false, false});
    (all.push_back({std::string{std::get<I + 1>(stages).name()}, StageAt<I + 1>::limit,
                    std::get<I + 1>(stages).is_blocking(), in_order<I + 1, Stages>()}),
     ...);
    return all;
  }

  using Step = std::size_t (TypedProgram::*)(Typed&, Crew&) noexcept;
  static const std::array<Step, count>& table() noexcept {
    static constexpr auto steps = []<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<Step, count>{nullptr, &TypedProgram::template step<I + 1>...};
    }(std::make_index_sequence<sizeof...(Rest)>{});
    return steps;
  }

  /// Item by item, as long as there is room for the next; one that found none is kept for later.
  Pulled pull_weighed(Typed& chunk, std::size_t want, std::uint64_t room, Crew& crew) {
    Source& source = std::get<0>(stages_);
    Lane<Item>& lane = std::get<0>(chunk.lanes);
    while (lane.size() < want) {
      if (next_.size() == 0) {
        const SourceState state = ended_ ? SourceState::end : source.pull(next_, 1);
        ended_ = state == SourceState::end;
        if (next_.size() == 0) {
          if (lane.size() != 0) break;
          return state == SourceState::end ? Pulled::end : Pulled::nothing;
        }
      }
      const std::uint64_t weight = weigh(source, next_[0]);
      if (weight > limit_) {
        if (lane.size() != 0) break;
        refuse(weight, crew);
        next_.clear();
        if (engine_->stopping()) return Pulled::nothing;
        continue;
      }
      if (chunk.weight + weight > room) {
        if (lane.size() != 0) break;
        chunk.weight = weight;
        return Pulled::heavy;
      }
      chunk.weight += weight;
      lane.emplace(std::move(next_[0]));
      next_.clear();
    }
    chunk.pulled = static_cast<std::uint32_t>(lane.size());
    return lane.size() != 0 ? Pulled::items : Pulled::nothing;
  }
  static std::uint64_t weigh(Source& source, const Item& item) {
    if constexpr (requires { source.weigh(item); }) {
      return source.weigh(item);
    } else {
      return weight_of(item);
    }
  }
  void refuse(std::uint64_t weight, Crew& crew) noexcept {
    try {
      throw Error{ErrorCode::no_space, "the item weighs " + std::to_string(weight) +
                                           " bytes, more than RunOptions::bytes (" + std::to_string(limit_) +
                                           ") allows in flight; raise the limit"};
    } catch (...) {
      engine_->refuse(crew);
    }
  }

  /// Takes what is in front of stage `I` through it.
  template <std::size_t I>
  std::size_t step(Typed& chunk, Crew& crew) noexcept {
    auto& in = std::get<I - 1>(chunk.lanes);
    StageMeter& meter = crew.meters[I];
    const std::size_t n = in.size();
    std::size_t done = 0;
    if (!engine_->stopping()) {
      if constexpr (counts_bytes<ItemAt<I - 1>>) {
        std::uint64_t bytes = 0;
        for (std::size_t k = 0; k < n; ++k) bytes += weight_of(in[k]);
        meter.bytes.add(bytes);
      }
      if constexpr (I == count - 1 && collects) {
        done = keep(in);
      } else if constexpr (StageAt<I>::one_to_one) {
        done = step_one_to_one<I>(chunk, crew);
      } else {
        done = step_any<I>(chunk, crew);
      }
    }
    if (done != n) meter.cancelled.add(n - done);
    in.clear();
    if (crew.context.retries != 0) meter.retries.add(std::exchange(crew.context.retries, 0U));
    return done;
  }

  template <class In>
  std::size_t keep(Lane<In>& in) noexcept {
    for (std::size_t k = 0; k < in.size(); ++k) kept_.push_back(std::move(in[k]));
    return in.size();
  }

  /// Each item becomes one: positions stay as they are unless an item fails.
  template <std::size_t I>
  std::size_t step_one_to_one(Typed& chunk, Crew& crew) noexcept {
    auto& stage = std::get<I>(stages_);
    auto& in = std::get<I - 1>(chunk.lanes);
    auto& out = std::get<I>(chunk.lanes);
    constexpr bool gives = !std::is_same_v<ItemAt<I>, NoItem>;
    const std::size_t n = in.size();
    std::size_t k = 0;
    std::size_t failed = 0;
    while (k < n && !engine_->stopping()) {
      try {
        if constexpr (gives) out.reserve(n);
        Emitter<ItemAt<I>> emit{out};
        for (; k < n; ++k) stage(std::move(in[k]), crew.context, emit);
      } catch (...) {
        const std::size_t place = gives ? out.size() : k;
        engine_->fail(I, chunk.origin(place), crew);
        if constexpr (gives) unmap(chunk, n - failed, place);
        ++failed;
        ++k;
      }
    }
    crew.meters[I].out.add(k - failed);
    return k;
  }
  static void unmap(Typed& chunk, std::size_t items, std::size_t place) noexcept {
    chunk.map(items);
    chunk.origins.erase(chunk.origins.begin() + static_cast<std::ptrdiff_t>(place));
  }

  /// Each item becomes any number; a failed one none.
  template <std::size_t I>
  std::size_t step_any(Typed& chunk, Crew& crew) noexcept {
    auto& stage = std::get<I>(stages_);
    auto& in = std::get<I - 1>(chunk.lanes);
    auto& out = std::get<I>(chunk.lanes);
    std::vector<std::uint64_t>& origins = crew.origins;
    origins.clear();
    Emitter<ItemAt<I>> emit{out};
    const std::size_t n = in.size();
    std::size_t k = 0;
    std::size_t kept = 0;
    while (k < n && !engine_->stopping()) {
      try {
        for (; k < n; ++k) {
          stage(std::move(in[k]), crew.context, emit);
          origins.resize(out.size(), chunk.origin(k));
          kept = out.size();
        }
      } catch (...) {
        while (out.size() > kept) out.pop_back();
        engine_->fail(I, chunk.origin(k), crew);
        ++k;
      }
    }
    if constexpr (can_flush<StageAt<I>>) {
      if (chunk.flush && !engine_->stopping()) {
        try {
          stage.flush(crew.context, emit);
          origins.resize(out.size(), chunk.first == 0 ? 0 : chunk.first - 1);
        } catch (...) {
          while (out.size() > kept) out.pop_back();
          engine_->fail(I, chunk.first == 0 ? 0 : chunk.first - 1, crew);
        }
      }
    }
    crew.meters[I].out.add(out.size());
    chunk.origins.swap(origins);
    chunk.mapped = true;
    return k;
  }

  Stages& stages_;
  std::uint64_t limit_;
  Engine* engine_ = nullptr;
  std::exception_ptr late_;
  bool ended_ = false;  // the source said so, and is not asked again in this run
  Lane<Item> next_;
  std::vector<Kept> kept_;
};

}  // namespace ashlar::inline v0::detail
