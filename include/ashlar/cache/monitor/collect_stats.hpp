// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ashlar/cache/cache_stats.hpp>
#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/type_name.hpp>
#include <ashlar/cache/flush_report.hpp>
#include <ashlar/cache/memory/stats.hpp>
#include <ashlar/cache/monitor/stats_node.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0 {

template <class T>
StatsNode collect_stats(T& part, std::string name = "cache");

namespace detail {

template <class T>
concept reports_itself = requires(T& part, StatsNode& node) { part.report(node); };
template <class T>
concept counts_as_cache = requires(T& part) {
  { part.stats() } -> std::same_as<CacheStats>;
  part.upper();
  part.lower();
};
template <class T>
concept counts_as_memory = requires(T& part) {
  { part.stats() } -> std::same_as<MemoryStats>;
};
template <class T>
concept counts_as_store = requires(T& part) {
  { part.stats() } -> std::same_as<StoreStats>;
};
template <class T>
concept counts_as_breaker = requires(T& part) {
  part.inner();
  { part.opened() } -> std::integral;
  { part.refused() } -> std::integral;
};
template <class T>
concept counts_as_regions = requires(T& part) {
  part.for_each_region([](std::string_view, auto&) {});
  { part.bytes_in_use() } -> std::integral;
};

inline void add_cache_stats(StatsNode& node, const CacheStats& stats) {
  node.add(metrics::hits_below, stats.hits_below)
      .add(metrics::misses, stats.misses)
      .add(metrics::loads, stats.loads)
      .add(metrics::failed_loads, stats.failed_loads)
      .add(metrics::joined, stats.joined)
      .add(metrics::beaten, stats.beaten)
      .add(metrics::errors_above, stats.errors_above)
      .add(metrics::errors_below, stats.errors_below)
      .add(metrics::stale, stats.stale)
      .add(metrics::renewals, stats.renewals)
      .add(metrics::timeouts, stats.timeouts);
}

template <class T>
void report_cache(T& cache, StatsNode& node) {
  const CacheStats stats = cache.stats();
  using Upper = std::remove_cvref_t<decltype(cache.upper())>;
  using Lower = std::remove_cvref_t<decltype(cache.lower())>;
  if constexpr (!holds_nothing<Upper>) node.parts.push_back(collect_stats(cache.upper(), "upper"));
  if constexpr (!holds_nothing<Lower>) node.parts.push_back(collect_stats(cache.lower(), "lower"));
  if constexpr (holds_nothing<Upper>) {
    node.add(metrics::hits, stats.hits_below);
  } else if (const auto above = node.parts.front().own(metrics::hits)) {
    node.add(metrics::hits, *above + static_cast<double>(stats.hits_below));
  }
  add_cache_stats(node, stats);
  node.load_times = cache.load_times();
  if constexpr (requires {
                  { cache.writer().stats() } -> std::same_as<WriteBackStats>;
                }) {
    const WriteBackStats later = cache.writer().stats();
    node.add(metrics::queued, later.queued)
        .add(metrics::coalesced, later.coalesced)
        .add(metrics::written_later, later.written)
        .add(metrics::failed_attempts, later.failures)
        .add(metrics::refused_writes, later.refused);
  }
  if constexpr (requires { node.add(metrics::backlog, cache.writer().backlog()); }) {
    node.add(metrics::backlog, cache.writer().backlog());
  }
  if constexpr (requires { cache.writer().report(node); }) cache.writer().report(node);
}

template <class T>
void report_memory(T& tier, StatsNode& node) {
  const MemoryStats stats = tier.stats();
  constexpr bool counts = [] {
    if constexpr (requires { T::counts_hits; }) return T::counts_hits;
    return true;
  }();
  if constexpr (counts) node.add(metrics::hits, stats.hits).add(metrics::misses, stats.misses);
  node.add(metrics::inserted, stats.inserted)
      .add(metrics::replaced, stats.replaced)
      .add(metrics::erased, stats.erased)
      .add(metrics::evicted, stats.evicted)
      .add(metrics::expired, stats.expired)
      .add(metrics::refused, stats.refused);
  if constexpr (requires { tier.size(); }) node.add(metrics::entries, tier.size());
  if constexpr (requires { typename T::capacity_type; }) {
    using Capacity = typename T::capacity_type;
    if constexpr (std::same_as<Capacity, Bytes>) {
      node.add(metrics::bytes, tier.weight()).add(metrics::bytes_allowed, tier.capacity());
    } else if constexpr (std::same_as<Capacity, Units>) {
      node.add(metrics::units, tier.weight()).add(metrics::units_allowed, tier.capacity());
    } else {
      node.add(metrics::entries_allowed, tier.capacity());
    }
  }
  if constexpr (requires { tier.table_bytes(); }) node.add(metrics::table_bytes, tier.table_bytes());
}

inline void add_packing(StatsNode& node, std::uint64_t stored, std::uint64_t objects) {
  node.add(metrics::object_bytes, objects);
  if (objects > 0) {
    node.add(metrics::compression_ratio, static_cast<double>(stored) / static_cast<double>(objects));
  }
}

template <class T>
void report_store(T& tier, StatsNode& node) {
  const StoreStats stats = tier.stats();
  node.add(metrics::reads, stats.reads)
      .add(metrics::hits, stats.hits)
      .add(metrics::misses, stats.reads - std::min(stats.hits, stats.reads))
      .add(metrics::writes, stats.writes)
      .add(metrics::removed, stats.erased)
      .add(metrics::corrupt, stats.corrupt)
      .add(metrics::bytes_read, stats.bytes_read)
      .add(metrics::bytes_written, stats.bytes_written);
  if constexpr (requires { tier.object_bytes_written(); }) {
    add_packing(node, stats.bytes_written, tier.object_bytes_written());
  }
}

template <class T>
void report_breaker(T& breaker, StatsNode& node) {
  node.add(metrics::breaker_open, static_cast<int>(breaker.state() == decltype(breaker.state())::open))
      .add(metrics::breaker_opened, breaker.opened())
      .add(metrics::breaker_refused, breaker.refused());
  node.parts.push_back(collect_stats(breaker.inner(), "inner"));
}

template <class T>
void report_regions(T& regions, StatsNode& node) {
  node.add(metrics::bytes, regions.bytes_in_use()).add(metrics::bytes_allowed, regions.bytes_allowed());
  regions.for_each_region([&](std::string_view name, auto& cache) {
    node.parts.push_back(collect_stats(cache, std::string{name}));
    node.parts.back().kind = "Region";
  });
  for (const auto& region : regions.stats()) {
    for (StatsNode& part : node.parts) {
      if (part.name == region.name && !part.own(metrics::hits)) {
        part.metrics.insert(part.metrics.begin(),
                            {metrics::hits, static_cast<double>(region.hits_above + region.cache.hits_below)});
      }
    }
  }
  node.parts.push_back(collect_stats(regions.lower(), "lower"));
}

}  // namespace detail

/// What a composition has counted and holds, part by part: caches in caches, tables of regions, circuit breakers,
/// stores, strategies that write later. A tier or strategy writer of one's own that has `void report(StatsNode& node)`
/// adds its numbers (`node.add(info, value)`) and parts (`node.parts.push_back(collect_stats(part, "name"))`).
/// Threads: may be called while others use the composition; every number is exact on its own.
/// Cost: reads all counters, some microseconds; nothing on the paths of others.
template <class T>
StatsNode collect_stats(T& part, std::string name) {
  StatsNode node{.name = std::move(name), .kind = std::string{detail::kind_name<std::remove_cv_t<T>>}};
  if constexpr (detail::reports_itself<T>) {
    part.report(node);
  } else if constexpr (detail::counts_as_cache<T>) {
    detail::report_cache(part, node);
  } else if constexpr (detail::counts_as_memory<T>) {
    detail::report_memory(part, node);
  } else if constexpr (detail::counts_as_store<T>) {
    detail::report_store(part, node);
  } else if constexpr (detail::counts_as_breaker<T>) {
    detail::report_breaker(part, node);
  } else if constexpr (detail::counts_as_regions<T>) {
    detail::report_regions(part, node);
  } else if constexpr (requires {
                         typename T::inner_type;
                         part.inner();
                       }) {
    node.parts.push_back(collect_stats(part.inner(), "inner"));
  } else if constexpr (requires {
                         typename T::cache_type;
                         part.cache();
                       }) {
    node.parts.push_back(collect_stats(part.cache(), "cache"));
  }
  return node;
}

}  // namespace ashlar::inline v0
