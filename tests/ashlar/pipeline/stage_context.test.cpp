// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <vector>

namespace {

struct Watching : ashlar::StageDefaults {
  explicit Watching(std::atomic<bool>& g) : good{&g} {}
  template <class In>
  static constexpr bool takes = true;
  template <class In>
  using output = In;
  template <class Emit>
  void operator()(int&& item, ashlar::StageContext& context, Emit&& emit) {
    if (context.worker >= 2 || !context.stop.stop_possible() || context.stop.stop_requested()) *good = false;
    emit(item);
  }

  std::atomic<bool>* good;
};

}  // namespace

TEST_CASE("a stage of one's own is told the worker and the stop token") {
  std::atomic<bool> good{true};
  const std::vector<int> items(100, 1);
  const auto done = (ashlar::from(items) | Watching{good} | ashlar::collect()).run({.workers = 2});
  CHECK(good);
  CHECK(done.items == items);
}
