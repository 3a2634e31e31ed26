// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/pipeline/stage.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <std::size_t Size>
class Batch {
 public:
  static constexpr Order order = Order::restored;
  static constexpr bool one_to_one = false;
  using parameter = Anything;

  template <class In>
  static constexpr bool takes = true;
  template <class In>
  using output = std::vector<In>;

  Batch() noexcept = default;
  Batch(const Batch&) noexcept {}  // what is pending belongs to a run, not to the stage
  Batch(Batch&&) noexcept = default;
  Batch& operator=(Batch&&) noexcept = default;

  void begin_run() noexcept { pending_.reset(); }

  template <class In, class Emit>
  void operator()(In&& item, StageContext&, Emit& emit) {
    if (pending_ == nullptr) pending_ = std::make_unique<Items<In>>();
    std::vector<In>& items = static_cast<Items<In>&>(*pending_).items;
    if (items.capacity() == 0) items.reserve(Size < 4096 ? Size : 4096);
    items.push_back(std::forward<In>(item));
    if (items.size() == Size) emit(std::exchange(items, {}));
  }
  template <class Emit>
  void flush(StageContext&, Emit& emit) {
    if (abandon() == 0) return;
    using In = typename std::remove_cvref_t<Emit>::value_type::value_type;
    emit(std::move(static_cast<Items<In>&>(*pending_).items));
    pending_.reset();
  }
  std::size_t abandon() noexcept { return pending_ == nullptr ? 0 : pending_->size(); }

 private:
  struct Pending {
    virtual ~Pending() = default;
    virtual std::size_t size() const noexcept = 0;
  };
  template <class In>
  struct Items final : Pending {
    std::size_t size() const noexcept override { return items.size(); }
    std::vector<In> items;
  };

  std::unique_ptr<Pending> pending_;
};

}  // namespace detail

/// A stage that gives `Size` consecutive items as one `std::vector`, in the order of the source; the last may be
/// shorter. Up to `Size - 1` items wait in it, apart from the limits of the run.
template <std::size_t Size>
auto batch() {
  static_assert(Size > 0, "[ashlar] batch: a batch holds at least one item; write batch<1>() or more");
  return Stage<detail::Batch<Size>, 1>{{}, "batch"};
}

}  // namespace ashlar::inline v0
