// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <vector>

namespace ashlar_test {

/// One call on a register, as whoever made it saw it. Values are numbers, 0 is no value. `begun` and `ended` are readings
/// of one clock that never shows the same twice; `never` when the caller died before it had an answer.
struct RegisterCall {
  enum class Kind : std::uint8_t { put, erase, insert, swap, get };
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  Kind kind = Kind::get;
  std::uint64_t value = 0;     ///< that was to be stored; of `get`, the one that was seen
  std::uint64_t expected = 0;  ///< of `swap`
  bool done = false;           ///< whether `erase`, `insert` or `swap` said so
  std::uint64_t begun = 0;
  std::uint64_t ended = never;
};

/// Whether the calls are those of one register: each took place at one moment between its begin and its end, and each
/// answer is right for its moment. A call without an end took place at some moment after its begin, or not at all.
///
/// The search of Wing and Gong, with what Lowe added: no state (which calls took place, and the value) is looked at twice.
class RegisterHistory {
 public:
  explicit RegisterHistory(std::vector<RegisterCall> calls) : calls_{std::move(calls)}, placed_(calls_.size(), false) {
    std::sort(calls_.begin(), calls_.end(), [](const auto& a, const auto& b) { return a.begun < b.begun; });
    for (const RegisterCall& call : calls_) open_ += call.ended != RegisterCall::never ? 1 : 0;
  }

  bool is_linearizable() { return goes_on(0, 0); }

 private:
  using Kind = RegisterCall::Kind;

  /// Whether the call can take place where the register has `state`; then `state` is what it leaves.
  static bool fits(const RegisterCall& call, std::uint64_t& state) {
    const bool answered = call.ended != RegisterCall::never;
    const auto said = [&](bool done) { return !answered || call.done == done; };
    switch (call.kind) {
      case Kind::get: return !answered || call.value == state;
      case Kind::put: state = call.value; return true;
      case Kind::erase: {
        const bool was = state != 0;
        state = 0;
        return said(was);
      }
      case Kind::insert: {
        const bool free = state == 0;
        if (free) state = call.value;
        return said(free);
      }
      case Kind::swap: {
        const bool same = state == call.expected;
        if (same) state = call.value;
        return said(same);
      }
    }
    return false;
  }

  bool goes_on(std::size_t first, std::uint64_t state) {
    if (open_ == 0) return true;
    while (placed_[first]) ++first;
    std::string seen = std::to_string(state) + ' ' + std::to_string(first) + ' ';
    std::size_t last = first;
    for (std::size_t i = first; i < calls_.size(); ++i) last = placed_[i] ? i : last;
    for (std::size_t i = first; i <= last; ++i) seen += placed_[i] ? '1' : '0';
    if (!seen_.insert(std::move(seen)).second) return false;
    // Only what began before the first end of the rest can be next.
    std::uint64_t limit = RegisterCall::never;
    for (std::size_t i = first; i < calls_.size() && calls_[i].begun < limit; ++i) {
      if (placed_[i]) continue;
      limit = std::min(limit, calls_[i].ended);
      std::uint64_t next = state;
      if (!fits(calls_[i], next)) continue;
      const bool answered = calls_[i].ended != RegisterCall::never;
      placed_[i] = true;
      open_ -= answered ? 1 : 0;
      if (goes_on(first, next)) return true;
      placed_[i] = false;
      open_ += answered ? 1 : 0;
    }
    return false;
  }

  std::vector<RegisterCall> calls_;
  std::vector<bool> placed_;
  std::size_t open_ = 0;  // answered calls that have no place yet
  std::unordered_set<std::string> seen_;
};

}  // namespace ashlar_test
