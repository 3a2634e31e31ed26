// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace ashlar::inline v0::detail {

// What one target (instruction set) offers in one area of the library.
struct SimdTarget {
  std::string_view area;
  const char* name;
  std::int64_t bit;  // Highway's target bit, the smaller the better; 0: runs everywhere, ranked last
  void (*install)() noexcept;

  constexpr std::int64_t rank() const noexcept { return bit == 0 ? std::numeric_limits<std::int64_t>::max() : bit; }
  constexpr bool runs_on(std::int64_t machine) const noexcept { return bit == 0 || (bit & machine) != 0; }
};

// The targets that were compiled into this program, filled while it starts (`add` is not thread safe),
// and the one that is installed (readable from any thread).
class SimdTargets {
 public:
  constexpr SimdTargets() noexcept = default;

  // Known (area, bit) pairs are skipped, so that several objects of one program may bring the same kernels.
  bool add(const SimdTarget& target) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      if (entries_[i].area == target.area && entries_[i].bit == target.bit) {
        return true;
      }
    }
    if (size_ == entries_.size()) {
      return false;
    }
    entries_[size_++] = target;
    return true;
  }

  void set_machine(std::int64_t machine) noexcept { machine_ = machine; }

  // Installs, in every area, the best target that this machine runs.
  void use_best() noexcept { use_from(0); }

  // Installs the target of that name, and in areas that lack it the next lower one.
  // False, and nothing changes, where no area has it or this machine does not run it.
  bool use(std::string_view name) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      if (entries_[i].name == name && entries_[i].runs_on(machine_)) {
        use_from(entries_[i].rank());
        return true;
      }
    }
    return false;
  }

  const char* current() const noexcept { return current_.load(std::memory_order_relaxed); }

  // Calls `visit(name)` once for each target that this machine runs, "scalar" included.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::size_t i = 0; i < size_; ++i) {
      bool seen = !entries_[i].runs_on(machine_);
      for (std::size_t j = 0; j < i && !seen; ++j) {
        seen = entries_[j].bit == entries_[i].bit;
      }
      if (!seen) {
        visit(entries_[i].name);
      }
    }
  }

 private:
  void use_from(std::int64_t rank) noexcept {
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < size_; ++i) {
      if (!is_choice(entries_[i], rank)) {
        continue;
      }
      entries_[i].install();
      if (entries_[i].rank() <= lowest) {
        lowest = entries_[i].rank();
        current_.store(entries_[i].name, std::memory_order_relaxed);
      }
    }
  }

  bool is_choice(const SimdTarget& candidate, std::int64_t rank) const noexcept {
    if (!candidate.runs_on(machine_) || candidate.rank() < rank) {
      return false;
    }
    for (std::size_t i = 0; i < size_; ++i) {
      const SimdTarget& other = entries_[i];
      if (other.area == candidate.area && other.runs_on(machine_) && other.rank() >= rank &&
          other.rank() < candidate.rank()) {
        return false;
      }
    }
    return true;
  }

  std::array<SimdTarget, 64> entries_{};
  std::size_t size_ = 0;
  std::int64_t machine_ = 0;
  std::atomic<const char*> current_{"scalar"};
};

inline constinit SimdTargets simd_targets{};

}  // namespace ashlar::inline v0::detail
