// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <ashlar/core/detail/std_durations.hpp>
#include <ashlar/pipeline/detail/meter.hpp>
#include <ashlar/pipeline/detail/program.hpp>
#include <ashlar/pipeline/run_report.hpp>

namespace ashlar::inline v0::detail {

/// Adds a stretch of work to what a thread did, `most` of them at most; times since the run began. One that follows the
/// last of the same stage within 2 µs continues it. Without memory the timeline gets a gap.
inline void add_span(Crew& crew, std::uint32_t stage, Ticks begin, Ticks end, std::uint32_t items,
                     std::size_t most) noexcept {
  if (!crew.spans.empty()) {
    Span& last = crew.spans.back();
    if (last.stage == stage && begin - last.end.count() < 2'000) {
      last.end = std::chrono::nanoseconds{end};
      last.items += items;
      return;
    }
  }
  if (crew.spans.size() >= most) return;
  try {
    crew.spans.push_back({crew.index, stage, std::chrono::nanoseconds{begin}, std::chrono::nanoseconds{end}, items});
  } catch (...) {
    return;
  }
}

}  // namespace ashlar::inline v0::detail
