// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace ashlar::inline v0 {

template <class Signature>
class Kernel;

/// A function that is chosen at start-up: it begins as its scalar twin and is replaced by the version for the
/// machine's best instruction set when one translation unit of the program provides that (`simd/all_targets.hpp`).
/// Declare it `inline constinit`, so that it works before any dynamic initialisation.
/// Every version must give the same result; callers see no more than a function. Threads: all members may be called
/// from any thread at any time. Cost: one load and one indirect call, so give it blocks, not single values.
template <class R, class... Args>
class Kernel<R(Args...)> {
 public:
  using function_type = R(Args...) noexcept;

  /// Starts at `scalar`, which must work on every machine.
  constexpr explicit Kernel(function_type* scalar) noexcept : scalar_{scalar}, current_{scalar} {}
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  R operator()(Args... args) const noexcept { return __atomic_load_n(&current_, __ATOMIC_RELAXED)(args...); }

  /// From now on calls go to `version`.
  void install(function_type* version) noexcept { __atomic_store_n(&current_, version, __ATOMIC_RELAXED); }
  /// From now on calls go to the scalar twin again.
  void reset() noexcept { install(scalar_); }

 private:
  function_type* scalar_;
  // Points at code only: nothing is published with it, so relaxed order is enough. Not a std::atomic, because <atomic>
  // takes the compiler longer than all else in a file that uses one kernel.
  function_type* current_;
};

}  // namespace ashlar::inline v0
