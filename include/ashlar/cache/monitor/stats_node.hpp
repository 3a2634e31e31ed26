// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/monitor/durations.hpp>

namespace ashlar::inline v0 {

/// Whether a number only grows, or goes up and down.
enum class MetricKind : std::uint8_t { counter, gauge };

/// What a number says. Make constants of it, with texts that are literals.
struct MetricInfo {
  std::string_view name;  ///< letters, digits and '_', with its unit at the end; no "total"
  std::string_view help;  ///< one sentence
  MetricKind kind = MetricKind::counter;
  std::string_view label = {};   ///< where several numbers share a name: what tells them apart, such as "cause",
  std::string_view choice = {};  ///< and which of them this is, such as "evicted"

  /// What one number is called: its choice, where it has one, else its name.
  constexpr std::string_view key() const noexcept { return choice.empty() ? name : choice; }
  friend constexpr bool operator==(const MetricInfo& a, const MetricInfo& b) noexcept {
    return a.name == b.name && a.choice == b.choice;
  }
};

/// The numbers that ashlar's own parts report.
namespace metrics {
inline constexpr MetricInfo hits{"hits", "Reads that found a value."};
inline constexpr MetricInfo misses{"misses", "Reads that found none."};
inline constexpr MetricInfo hits_below{"hits_below", "Reads that missed in the upper tier and hit in the lower one."};
inline constexpr MetricInfo loads{"loads", "Loader calls that returned."};
inline constexpr MetricInfo failed_loads{"failed_loads", "Loader calls that threw or returned an error."};
inline constexpr MetricInfo joined{"joined", "Callers who waited for another caller's read or load."};
inline constexpr MetricInfo beaten{"beaten", "Values not stored because a write or invalidation overtook them."};
inline constexpr MetricInfo errors_above{"errors", "Failed operations of a tier.", MetricKind::counter, "of",
                                         "errors_above"};
inline constexpr MetricInfo errors_below{"errors", "Failed operations of a tier.", MetricKind::counter, "of",
                                         "errors_below"};
inline constexpr MetricInfo stale{"stale", "Stale values given to callers."};
inline constexpr MetricInfo renewals{"renewals", "Loads asked for while there was a value still."};
inline constexpr MetricInfo timeouts{"timeouts", "Callers who waited too long for a load."};
inline constexpr MetricInfo inserted{"inserted", "Values stored under new keys."};
inline constexpr MetricInfo replaced{"removals", "Values that left, by cause.", MetricKind::counter, "cause",
                                     "replaced"};
inline constexpr MetricInfo erased{"removals", "Values that left, by cause.", MetricKind::counter, "cause", "erased"};
inline constexpr MetricInfo evicted{"removals", "Values that left, by cause.", MetricKind::counter, "cause", "evicted"};
inline constexpr MetricInfo expired{"removals", "Values that left, by cause.", MetricKind::counter, "cause", "expired"};
inline constexpr MetricInfo refused{"refused", "Values not stored: too heavy, or no room among pinned ones."};
inline constexpr MetricInfo entries{"entries", "Entries there are.", MetricKind::gauge};
inline constexpr MetricInfo entries_allowed{"entries_allowed", "Entries there may be.", MetricKind::gauge};
inline constexpr MetricInfo bytes{"bytes", "Bytes in use.", MetricKind::gauge};
inline constexpr MetricInfo bytes_allowed{"bytes_allowed", "Bytes that may be used.", MetricKind::gauge};
inline constexpr MetricInfo units{"units", "Weight of the entries, by the tier's own weigher.", MetricKind::gauge};
inline constexpr MetricInfo units_allowed{"units_allowed", "Weight the entries may have.", MetricKind::gauge};
inline constexpr MetricInfo table_bytes{"table_bytes", "Bytes of the table, what entries hold elsewhere left out.",
                                        MetricKind::gauge};
inline constexpr MetricInfo reads{"reads", "Reads of the store."};
inline constexpr MetricInfo writes{"writes", "Values stored."};
inline constexpr MetricInfo removed{"removed", "Keys removed from the store."};
inline constexpr MetricInfo corrupt{"corrupt", "Entries that failed their checksum."};
inline constexpr MetricInfo bytes_read{"read_bytes", "Stored bytes of the values read."};
inline constexpr MetricInfo bytes_written{"written_bytes", "Stored bytes of the values written."};
inline constexpr MetricInfo object_bytes{"object_bytes", "Bytes that the values written take as objects in memory."};
inline constexpr MetricInfo compression_ratio{"compression_ratio", "Stored bytes by bytes as objects, of all writes.",
                                              MetricKind::gauge};
inline constexpr MetricInfo queued{"queued_writes", "Writes and removals that a strategy took to write later."};
inline constexpr MetricInfo coalesced{"coalesced_writes", "Of these, took the place of one that waited."};
inline constexpr MetricInfo written_later{"late_writes", "Deferred writes that reached the lower tier."};
inline constexpr MetricInfo failed_attempts{"failed_attempts", "Attempts at a deferred write that failed."};
inline constexpr MetricInfo refused_writes{"refused_writes", "Writes refused because the backlog was full."};
inline constexpr MetricInfo backlog{"backlog", "Keys that wait to be written.", MetricKind::gauge};
inline constexpr MetricInfo breaker_open{"breaker_open", "1 while a circuit breaker passes its tier by.",
                                         MetricKind::gauge};
inline constexpr MetricInfo breaker_opened{"breaker_opened", "How often a circuit breaker opened."};
inline constexpr MetricInfo breaker_refused{"breaker_refused", "Calls answered without asking the tier."};
}  // namespace metrics

/// One number.
struct Metric {
  MetricInfo what;
  double value = 0;
};

/// What one part of a composition reports, and its parts in turn. A number that a part does not count is absent: a
/// `MemoryTier` without `CountHits` says nothing of hits, and the cache above it then cannot either.
struct StatsNode {
  std::string name;                                         ///< its place: "upper", "lower", a region's name
  std::string kind;                                         ///< its type, without template arguments
  std::vector<Metric> metrics = {};                         ///< in the order in which they are shown
  std::optional<DurationCounts> load_times = std::nullopt;  ///< of a cache: how long loader calls took
  std::vector<StatsNode> parts = {};

  template <class N>
    requires std::integral<N> || std::floating_point<N>
  StatsNode& add(const MetricInfo& what, N value) {
    metrics.push_back({what, static_cast<double>(value)});
    return *this;
  }

  /// The number of this part itself; nothing where it does not count it.
  std::optional<double> own(const MetricInfo& what) const {
    for (const Metric& metric : metrics) {
      if (metric.what == what) return metric.value;
    }
    return std::nullopt;
  }
  /// The sum over this part and all below it; nothing where none counts it.
  std::optional<double> total(const MetricInfo& what) const {
    std::optional<double> sum = own(what);
    for (const StatsNode& part : parts) {
      if (const auto more = part.total(what)) sum = sum.value_or(0) + *more;
    }
    return sum;
  }
  /// Load times of this part and all below it together.
  DurationCounts all_load_times() const {
    DurationCounts all = load_times.value_or(DurationCounts{});
    for (const StatsNode& part : parts) all += part.all_load_times();
    return all;
  }
  /// Hits by reads of this part; nothing where it does not count both, or was not read.
  std::optional<double> hit_ratio() const {
    const auto found = own(metrics::hits);
    const auto missed = own(metrics::misses);
    if (!found || !missed || *found + *missed <= 0) return std::nullopt;
    return *found / (*found + *missed);
  }
  /// The part at `path`, names joined by '/': "lower/upper"; this one for an empty path; null where there is none.
  const StatsNode* find(std::string_view path) const {
    if (path.empty()) return this;
    const std::size_t end = path.find('/');
    for (const StatsNode& part : parts) {
      if (part.name == path.substr(0, end)) return part.find(end == path.npos ? "" : path.substr(end + 1));
    }
    return nullptr;
  }
};

namespace detail {

/// Calls `f(node, path, depth)` for a node and all below it; the path starts with the node's own name.
template <class F>
void walk_stats(const StatsNode& node, F&& f, const std::string& above = {}, std::size_t depth = 0) {
  const std::string path = above.empty() ? node.name : above + '/' + node.name;
  f(node, path, depth);
  for (const StatsNode& part : node.parts) walk_stats(part, f, path, depth + 1);
}

}  // namespace detail

}  // namespace ashlar::inline v0
