// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ashlar/pipeline/detail/meter.hpp>

namespace ashlar::inline v0::detail {

/// Finds the settings of some dials with the best throughput, one dial at a time: a step down stays unless it costs
/// something, a step up only if it gains something, so that of equal settings the smallest wins. A step up is judged by
/// the measurement right before it, because what surrounds a program changes; a step down by the best one since that
/// changed for certain, so that small losses do not add up. When no dial has moved for a round, the next round is put
/// off for longer and longer.
class Tuner {
 public:
  /// One more dial, which begins at its most.
  void add(std::size_t least, std::size_t most) { dials_.push_back({least, most, most, most}); }
  std::size_t setting(std::size_t dial) const noexcept { return dials_[dial].now; }
  /// The setting without a step that has not been judged.
  std::size_t chosen(std::size_t dial) const noexcept { return dials_[dial].kept; }

  static constexpr Ticks period = 25'000'000;  ///< the least time between two looks

  /// Told how many items came through in which time with the present settings; puts up the next ones. False: too few
  /// to tell, so that the measurement goes on, unless a step that is tried takes four times as long as it was before.
  bool look(std::uint64_t items, Ticks took) noexcept {
    const bool hopeless = trying_ && took >= 20 * period && took >= 4 * took_before_;
    if (items < 50 && !hopeless) return false;
    took_before_ = took;
    judge(static_cast<double>(items) / static_cast<double>(took));
    return true;
  }
  /// The same, told of the throughput.
  void judge(double rate) noexcept {
    if (rest_ != 0) {
      --rest_;
      return;
    }
    Dial& dial = dials_[at_];
    if (trying_) {
      trying_ = false;
      const bool keep = up_ ? rate > before_ * 1.03 : rate > best_ * 0.97;
      if (keep) {
        dial.kept = dial.now;
        moved_ = true;
        measured(rate);
        try_step();
      } else {
        dial.now = dial.kept;  // and a measurement of that comes first
        turn();
      }
      return;
    }
    const bool low = rate < best_ * 0.9;  // more than the steps down can have cost; once may be noise
    if (low && was_low_) best_ = rate;
    was_low_ = low;
    measured(rate);
    try_step();
  }

 private:
  struct Dial {
    std::size_t least, most, now, kept;
  };
  void measured(double rate) noexcept {
    before_ = rate;
    if (rate > best_) best_ = rate;
  }
  /// The next step that is possible, unless a rest is due first.
  void try_step() noexcept {
    for (std::size_t tries = 0; tries < 2 * dials_.size(); ++tries) {
      Dial& dial = dials_[at_];
      const std::size_t step = dial.kept / 4 + 1;
      if (up_ && dial.kept < dial.most) {
        dial.now = dial.most - dial.kept < step ? dial.most : dial.kept + step;
      } else if (!up_ && dial.kept > dial.least) {
        dial.now = dial.kept - dial.least < step ? dial.least : dial.kept - step;
      }
      trying_ = dial.now != dial.kept;
      if (trying_) return;
      turn();
      if (rest_ != 0) return;
    }
  }
  /// From down to up, and from there to the next dial.
  void turn() noexcept {
    up_ = !up_;
    if (up_) return;
    if (++at_ != dials_.size()) return;
    at_ = 0;
    pause_ = moved_ ? 1 : pause_ < 64 ? 2 * pause_ : 64;
    rest_ = pause_;
    moved_ = false;
  }

  std::vector<Dial> dials_;
  std::size_t at_ = 0;
  double before_ = 0;
  double best_ = 0;
  Ticks took_before_ = 0;
  bool up_ = false;
  bool trying_ = false;
  bool moved_ = false;
  bool was_low_ = false;
  unsigned pause_ = 1;
  unsigned rest_ = 0;
};

}  // namespace ashlar::inline v0::detail
