// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <ashlar/pipeline/concepts.hpp>
#include <ashlar/pipeline/detail/call.hpp>

namespace ashlar::inline v0 {

/// A stage of the library: an operation, a limit of `N` threads (0: every worker), a name, and where it runs.
/// Made by `transform`, `filter`, `sink` and the like; adjusted by the members below, each of which returns the
/// adjusted stage: `transform<8>(fetch).named("fetch").blocking()`.
template <class Operation, std::size_t N>
class Stage {
 public:
  static constexpr std::size_t limit = N;
  static constexpr Order order = Operation::order;
  static constexpr bool one_to_one = Operation::one_to_one;
  using parameter = typename Operation::parameter;
  using operation_type = Operation;

  template <class In>
  static constexpr bool takes = Operation::template takes<In>;
  template <class In>
  using output = typename Operation::template output<In>;

  Stage(Operation operation, std::string name, bool blocking = false)
      : operation_{std::move(operation)}, name_{std::move(name)}, blocking_{blocking} {}

  /// The same stage under a name of its own, for reports and errors.
  Stage named(std::string name) && {
    name_ = std::move(name);
    return std::move(*this);
  }
  /// The same stage on `N` threads of its own, for functions that wait (disks, networks) rather than compute.
  /// They are started as there is work for them; 1,024 at most.
  Stage blocking(bool on = true) && {
    blocking_ = on;
    return std::move(*this);
  }

  std::string_view name() const noexcept { return name_; }
  bool is_blocking() const noexcept { return blocking_; }

  template <class In, class Emit>
  void operator()(In&& item, StageContext& context, Emit&& emit) {
    operation_(std::forward<In>(item), context, emit);
  }
  void begin_run() {
    if constexpr (requires { operation_.begin_run(); }) operation_.begin_run();
  }
  template <class Emit>
  void flush(StageContext& context, Emit&& emit)
    requires requires(Operation& o) { o.abandon(); }
  {
    operation_.flush(context, emit);
  }
  std::size_t abandon() noexcept
    requires requires(Operation& o) { o.abandon(); }
  {
    return operation_.abandon();
  }

  Operation& operation() noexcept { return operation_; }

 private:
  Operation operation_;
  std::string name_;
  bool blocking_;
};

}  // namespace ashlar::inline v0
