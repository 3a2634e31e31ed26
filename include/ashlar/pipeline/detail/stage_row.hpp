// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/detail/program.hpp>
#include <ashlar/pipeline/detail/station.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0::detail {

/// What all threads of a run measured of stage `i`.
[[gnu::cold]] inline StageReport row_of(const Station& station, std::size_t i, const FixedRow<Crew>& all) {
  StageReport row;
  row.name = station.name;
  row.limit = station.blocking || station.in_order ? static_cast<std::size_t>(station.limit()) : station.asked;
  row.chosen = row.limit;
  row.blocking = station.blocking;
  row.deepest_queue = station.deepest();
  std::array<std::uint64_t, Durations::buckets> durations{};
  for (const Crew& crew : all) {
    const StageMeter& meter = crew.meters[i];
    row.items += meter.items.get();
    row.out += meter.out.get();
    row.failed += meter.failed.get();
    row.cancelled += meter.cancelled.get();
    row.retries += meter.retries.get();
    row.bytes += meter.bytes.get();
    row.busy += std::chrono::nanoseconds{meter.busy.get()};
    row.waiting += std::chrono::nanoseconds{meter.waiting.get()};
    meter.durations.add_to(durations);
  }
  row.p50 = std::chrono::nanoseconds{Durations::quantile(durations, 0.50)};
  row.p99 = std::chrono::nanoseconds{Durations::quantile(durations, 0.99)};
  return row;
}

}  // namespace ashlar::inline v0::detail
