// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ashlar/cache/monitor/stats_node.hpp>
#include <ashlar/core/assert.hpp>
#include <ashlar/core/clock.hpp>

namespace ashlar::inline v0 {

/// What a rule of `Thresholds` looks at: the statistics now and at the start of its window. Nothing when it cannot
/// tell, which leaves the rule as it was.
using Measure = std::function<std::optional<double>(const StatsNode& now, const StatsNode& then,
                                                    std::chrono::duration<double> between)>;

namespace detail {

/// What a part counted in a window; nothing where it does not count it.
inline std::optional<double> grown(const StatsNode& now, const StatsNode& then, const std::string& path,
                                   const MetricInfo& what) {
  const StatsNode* const here = now.find(path);
  const StatsNode* const before = then.find(path);
  if (here == nullptr || before == nullptr) return std::nullopt;
  const auto after = here->total(what);
  if (!after) return std::nullopt;
  return std::max(*after - before->total(what).value_or(0), 0.0);
}

}  // namespace detail

/// Hits by reads in the window, of the part at `path` (see `StatsNode::find`); cannot tell below `at_least` reads.
inline Measure hit_ratio(std::string path = {}, double at_least = 1) {
  return
      [path = std::move(path), at_least](const StatsNode& now, const StatsNode& then, auto) -> std::optional<double> {
        const StatsNode* const here = now.find(path);
        const StatsNode* const before = then.find(path);
        if (here == nullptr || before == nullptr) return std::nullopt;
        const auto hits = here->own(metrics::hits);
        const auto misses = here->own(metrics::misses);
        if (!hits || !misses) return std::nullopt;
        const double found = *hits - before->own(metrics::hits).value_or(0);
        const double reads = found + *misses - before->own(metrics::misses).value_or(0);
        if (reads < std::max(at_least, 1.0)) return std::nullopt;
        return found / reads;
      };
}
/// A number as it is now, summed over the part at `path` and those below it: `amount(metrics::bytes)`.
inline Measure amount(MetricInfo what, std::string path = {}) {
  return [what, path = std::move(path)](const StatsNode& now, const StatsNode&, auto) -> std::optional<double> {
    const StatsNode* const here = now.find(path);
    return here == nullptr ? std::nullopt : here->total(what);
  };
}
/// Bytes in use by bytes allowed, now.
inline Measure bytes_filled(std::string path = {}) {
  return [path = std::move(path)](const StatsNode& now, const StatsNode&, auto) -> std::optional<double> {
    const StatsNode* const here = now.find(path);
    if (here == nullptr) return std::nullopt;
    const auto used = here->total(metrics::bytes);
    const auto allowed = here->total(metrics::bytes_allowed);
    if (!used || !allowed || *allowed <= 0) return std::nullopt;
    return *used / *allowed;
  };
}
/// How fast a counter grows in the window, per second: `rate(metrics::evicted)`.
inline Measure rate(MetricInfo what, std::string path = {}) {
  return [what, path = std::move(path)](const StatsNode& now, const StatsNode& then,
                                        std::chrono::duration<double> between) -> std::optional<double> {
    const auto more = detail::grown(now, then, path, what);
    if (!more || between.count() <= 0) return std::nullopt;
    return *more / between.count();
  };
}
/// The seconds that the fraction `q` of the loads in the window did not exceed; cannot tell without loads.
inline Measure load_seconds(double q, std::string path = {}) {
  return [q, path = std::move(path)](const StatsNode& now, const StatsNode& then, auto) -> std::optional<double> {
    const StatsNode* const here = now.find(path);
    const StatsNode* const before = then.find(path);
    if (here == nullptr || before == nullptr) return std::nullopt;
    DurationCounts loads = here->all_load_times();
    loads -= before->all_load_times();
    if (loads.count() == 0) return std::nullopt;
    return std::chrono::duration<double>{loads.quantile(q)}.count();
  };
}

/// Told when a rule's state changes.
struct Alert {
  std::string rule;
  bool raised = false;  ///< true when the limit was passed, false when the value came back
  double value = 0;
  double limit = 0;  ///< the one that was passed: the rule's limit, or its way back
};

/// Watches the statistics of a composition and calls back when something passes its limit, once, and once when it comes
/// back over a second limit, so that a value that trembles does not ring all the time.
///
///     Thresholds watch;
///     watch.below("hit ratio", hit_ratio(), 0.70, 0.75, 1min, [](const Alert& alert) { … });
///     watch.above("memory", amount(metrics::bytes), 400e6, 350e6, 0s, notify);
///     watch.check(collect_stats(cache));  // now and then
///
/// A rule with a window judges from the first check on that is a whole window after another one; it compares with the
/// last check that is at least a window old. At most 64 old checks are kept, so that a window may be up to 1/63 longer
/// than asked for.
/// Threads: every member may be called concurrently; callbacks run on the thread that checks, outside of the lock, and
/// may add rules. What they throw is passed on, after all were called. Cost of a check: a copy of the statistics.
template <clock Clock = std::chrono::steady_clock>
class Thresholds {
 public:
  explicit Thresholds(Clock clock = Clock{}) : clock_{std::move(clock)} {}

  /// Raised when the measure is below `limit`, over when it is at `back` or above. Requires `limit <= back`.
  void below(std::string rule, Measure measure, double limit, double back, std::chrono::nanoseconds window,
             std::function<void(const Alert&)> tell) {
    ASHLAR_ASSERT(limit <= back, "Thresholds::below: the way back must not lie below the limit");
    add({std::move(rule), std::move(measure), limit, back, window, std::move(tell), true});
  }
  /// Raised when the measure is above `limit`, over when it is at `back` or below. Requires `back <= limit`.
  void above(std::string rule, Measure measure, double limit, double back, std::chrono::nanoseconds window,
             std::function<void(const Alert&)> tell) {
    ASHLAR_ASSERT(back <= limit, "Thresholds::above: the way back must not lie above the limit");
    add({std::move(rule), std::move(measure), limit, back, window, std::move(tell), false});
  }

  /// Judges every rule by `now`; returns how many changed their state.
  std::size_t check(StatsNode now) {
    std::vector<std::pair<std::function<void(const Alert&)>, Alert>> calls;
    std::exception_ptr first;
    {
      const std::lock_guard lock{mutex_};
      const auto time = since_epoch();
      for (Rule& rule : rules_) {
        try {
          judge(rule, now, time, calls);
        } catch (...) {
          if (!first) first = std::current_exception();
        }
      }
      keep(std::move(now), time);
    }
    for (const auto& [tell, alert] : calls) {
      try {
        if (tell) tell(alert);
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
    return calls.size();
  }

  /// The names of the rules whose limit is passed, in the order in which they were added.
  std::vector<std::string> raised() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> names;
    for (const Rule& rule : rules_) {
      if (rule.raised) names.push_back(rule.name);
    }
    return names;
  }

 private:
  static constexpr std::size_t most_kept = 64;

  struct Rule {
    std::string name;
    Measure measure;
    double limit;
    double back;
    std::chrono::nanoseconds window;
    std::function<void(const Alert&)> tell;
    bool is_floor;
    bool raised = false;
  };
  struct Check {
    std::chrono::nanoseconds time;
    StatsNode stats;
  };

  void add(Rule rule) {
    ASHLAR_ASSERT(rule.measure != nullptr, "Thresholds: a rule needs a measure");
    const std::lock_guard lock{mutex_};
    longest_ = std::max(longest_, rule.window);
    rules_.push_back(std::move(rule));
  }
  std::chrono::nanoseconds since_epoch() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch());
  }

  void judge(Rule& rule, const StatsNode& now, std::chrono::nanoseconds time, auto& calls) {
    const StatsNode* then = &now;
    std::chrono::duration<double> between{0};
    if (rule.window > rule.window.zero()) {
      const auto old = std::partition_point(checks_.begin(), checks_.end(),
                                            [&](const Check& check) { return check.time <= time - rule.window; });
      if (old == checks_.begin()) return;
      then = &std::prev(old)->stats;
      between = time - std::prev(old)->time;
    }
    const std::optional<double> value = rule.measure(now, *then, between);
    if (!value) return;
    const double limit = rule.raised ? rule.back : rule.limit;
    const bool passed = rule.is_floor ? *value < limit : *value > limit;
    if (passed == rule.raised) return;
    rule.raised = passed;
    calls.emplace_back(rule.tell, Alert{rule.name, passed, *value, limit});
  }

  // In order of time: what a clock that went back says is left out. What is closer together than 1/63 of the longest
  // window is kept once, and of what is older than that window the newest.
  void keep(StatsNode now, std::chrono::nanoseconds time) {
    if (longest_ <= longest_.zero()) return;
    if (!checks_.empty() && time < checks_.back().time + longest_ / (most_kept - 1)) return;
    checks_.push_back({time, std::move(now)});
    while (checks_.size() > most_kept || (checks_.size() > 1 && checks_[1].time <= time - longest_))
      checks_.pop_front();
  }

  mutable std::mutex mutex_;
  [[no_unique_address]] Clock clock_;
  std::vector<Rule> rules_;
  std::deque<Check> checks_;
  std::chrono::nanoseconds longest_{0};
};

}  // namespace ashlar::inline v0
