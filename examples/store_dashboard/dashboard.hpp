// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache.hpp>
#include <ashlar/codec/columnar.hpp>
#include <ashlar/simd/group_stats.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "orders.hpp"

/// What a store sold on a day. Money is in euros.
struct DailyMetrics {
  double revenue = 0;
  double cost = 0;
  std::uint64_t lines = 0;
  std::uint64_t pieces = 0;

  DailyMetrics& operator+=(const DailyMetrics& more) {
    revenue += more.revenue;
    cost += more.cost;
    lines += more.lines;
    pieces += more.pieces;
    return *this;
  }
};

/// A view of the dashboard: a set of stores, in whatever order they are named, and a range of days.
struct View {
  std::vector<std::int32_t> stores;
  std::int32_t first = 0;
  std::int32_t last = 0;

  View() = default;
  View(std::vector<std::int32_t> of, std::int32_t from, std::int32_t to)
      : stores{std::move(of)}, first{from}, last{to} {
    std::sort(stores.begin(), stores.end());
    stores.erase(std::unique(stores.begin(), stores.end()), stores.end());
  }
  bool covers(std::int32_t store, std::int32_t day) const {
    return first <= day && day <= last && std::binary_search(stores.begin(), stores.end(), store);
  }
  bool operator==(const View&) const = default;
};
template <>
struct std::hash<View> {
  std::size_t operator()(const View& view) const noexcept {
    const auto stores = std::as_bytes(std::span{view.stores});
    const std::string_view text{reinterpret_cast<const char*>(stores.data()), stores.size()};
    return ashlar::hash_bytes(text) +
           ashlar::hash_mix((static_cast<std::uint64_t>(view.first) << 32) + static_cast<std::uint32_t>(view.last));
  }
};

/// What a view shows.
struct Diagnosis {
  struct OfStore {
    std::int32_t store = 0;
    double revenue = 0;
    double margin = 0;  ///< share of the revenue
    double change = 0;  ///< second half of the range against the first
  };
  DailyMetrics total;
  std::vector<double> revenue_by_day;
  std::vector<OfStore> by_revenue;  ///< the best first
  std::vector<std::string> findings;
};

/// The three levels: raw rows by store (24 h), packed, with unpacked copies of the hot ones before them; metrics by store
/// and day (6 h); diagnoses by view (1 h). The memory of each is bounded.
class Dashboard {
 public:
  using SharedDiagnosis = std::shared_ptr<const Diagnosis>;
  struct WeighDiagnosis {
    std::uint64_t operator()(const View& view, const SharedDiagnosis& diagnosis) const {
      return sizeof(View) + view.stores.capacity() * 4 + sizeof(Diagnosis) + 64 +
             diagnosis->revenue_by_day.capacity() * 8 + diagnosis->by_revenue.capacity() * sizeof(Diagnosis::OfStore) +
             ashlar::detail::bytes_outside(diagnosis->findings);
    }
  };
  using Expiring = ashlar::ExpirePerEntry<>;
  using Raw = ashlar::Cache<ashlar::MemoryTier<std::int32_t, Orders, ashlar::WeighBytes, ashlar::CountHits, Expiring>,
                            ashlar::PackedMemory<std::int32_t, Orders, ashlar::CountHits, Expiring>,
                            ashlar::WriteThrough, ashlar::Columnar>;
  using Daily =
      ashlar::Cache<ashlar::MemoryTier<std::uint64_t, DailyMetrics, ashlar::WeighBytes, ashlar::CountHits, Expiring>>;
  using Views = ashlar::Cache<ashlar::MemoryTier<View, SharedDiagnosis, ashlar::WeighBy<WeighDiagnosis, ashlar::Bytes>,
                                                 ashlar::CountHits, Expiring>>;

  /// `budget`: bytes for all levels together: 3/8 packed rows, 3/8 unpacked hot ones, 1/8 metrics, 1/8 diagnoses.
  /// `workers`: how many stores of a view are looked at together, each on its thread.
  Dashboard(const Source& source, std::uint64_t budget, std::size_t workers)
      : source_{&source},
        workers_{workers},
        raw_{ashlar::bytes(budget / 8 * 3), ashlar::bytes(budget / 8 * 3)},
        daily_{ashlar::bytes(budget / 8)},
        views_{ashlar::bytes(budget / 8)} {}

  SharedDiagnosis show(const View& view) {
    return *views_.get_or_load(view, [this](const View& wanted) { return diagnose(wanted); });
  }
  ashlar::Loaded<SharedDiagnosis> diagnose(const View& view) {
    return ashlar::Loaded<SharedDiagnosis>::found(std::make_shared<const Diagnosis>(work_out(view)),
                                                  std::chrono::hours{1});
  }

  /// More rows of one store and day: they join that store's rows, that day's metrics grow by what these rows alone sum
  /// up to, and the diagnoses that cover the day are dropped. Returns how many. For one writer at a time.
  std::size_t add(std::int32_t store, std::int32_t day, const Orders& rows) {
    if (auto before = raw_.get_timed(store)) {
      before->value.insert(before->value.end(), rows.begin(), rows.end());
      raw_.put(store, before->value, before->ttl);
    }
    if (auto before = daily_.get_timed(key_of(store, day))) {
      before->value += daily_of(rows, day, day)[0];
      daily_.put(key_of(store, day), before->value, before->ttl);
    }
    return views_.erase_matching([&](const View& view) { return view.covers(store, day); });
  }

  /// Drops the diagnoses that cover a day; returns how many.
  std::size_t forget_diagnoses(std::int32_t day) {
    return views_.erase_matching([&](const View& view) { return view.first <= day && day <= view.last; });
  }

  ashlar::StatsNode stats() {
    ashlar::StatsNode node{.name = "dashboard", .kind = "Dashboard"};
    node.parts.push_back(ashlar::collect_stats(raw_, "1 raw"));
    node.parts.push_back(ashlar::collect_stats(daily_, "2 daily"));
    node.parts.push_back(ashlar::collect_stats(views_, "3 diagnosis"));
    return node;
  }
  Raw& raw() { return raw_; }
  Views& views() { return views_; }

 private:
  static std::uint64_t key_of(std::int32_t store, std::int32_t day) {
    return (static_cast<std::uint64_t>(store) << 32) + static_cast<std::uint32_t>(day);
  }

  /// Metrics of every day from `first` to `last`, by the SIMD kernel: one pass for each of revenue, cost and pieces.
  static std::vector<DailyMetrics> daily_of(const Orders& rows, std::int32_t first, std::int32_t last) {
    std::vector<std::uint32_t> day;
    std::array<std::vector<double>, 3> columns;
    day.reserve(rows.size());
    for (auto& column : columns) column.reserve(rows.size());
    for (const Order& row : rows) {
      if (day_of(row) < first || day_of(row) > last) continue;
      day.push_back(static_cast<std::uint32_t>(day_of(row) - first));
      const double quantity = row.quantity;
      columns[0].push_back(static_cast<double>(row.unit_price) * quantity / 100);
      columns[1].push_back(static_cast<double>(row.unit_cost) * quantity / 100);
      columns[2].push_back(quantity);
    }
    const auto days = static_cast<std::size_t>(last - first + 1);
    std::array<std::vector<ashlar::GroupStats>, 3> groups;
    for (std::size_t i = 0; i < 3; ++i) {
      groups[i].resize(days);
      ashlar::add_group_stats(day, columns[i], groups[i]);
    }
    std::vector<DailyMetrics> metrics(days);
    for (std::size_t d = 0; d < days; ++d) {
      metrics[d] = {groups[0][d].sum, groups[1][d].sum, groups[0][d].count,
                    static_cast<std::uint64_t>(groups[2][d].sum)};
    }
    return metrics;
  }

  /// Metrics of one store; days that are missing are worked out together, from one look at its rows.
  std::vector<std::optional<DailyMetrics>> daily(std::int32_t store, std::int32_t first, std::int32_t last) {
    std::vector<std::uint64_t> keys;
    for (std::int32_t day = first; day <= last; ++day) keys.push_back(key_of(store, day));
    std::vector<std::optional<DailyMetrics>> found(keys.size());
    daily_.get_or_load_many(keys, found, [&](std::span<const std::uint64_t> missing) {
      const auto rows = raw_.get_or_load(store, [this](const std::int32_t& wanted) {
        return ashlar::Loaded<Orders>::found(source_->read(wanted), std::chrono::hours{24});
      });
      const std::vector<DailyMetrics> all = daily_of(*rows, first, last);
      std::vector<ashlar::Loaded<DailyMetrics>> loaded;
      for (const std::uint64_t key : missing) {
        const auto day = static_cast<std::size_t>(static_cast<std::int32_t>(key & 0xFFFF'FFFF) - first);
        loaded.push_back(ashlar::Loaded<DailyMetrics>::found(all[day], std::chrono::hours{6}));
      }
      return loaded;
    });
    return found;
  }

  /// The same for every store of a view.
  std::vector<std::vector<std::optional<DailyMetrics>>> daily_of_all(const View& view) {
    std::vector<std::vector<std::optional<DailyMetrics>>> found(view.stores.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < found.size(); i = next++) {
        found[i] = daily(view.stores[i], view.first, view.last);
      }
    };
    std::vector<std::future<void>> others;
    for (std::size_t n = 1; n < std::min(workers_, found.size()); ++n) {
      others.push_back(std::async(std::launch::async, work));
    }
    work();
    for (auto& other : others) other.get();
    return found;
  }

  Diagnosis work_out(const View& view) {
    Diagnosis diagnosis;
    const auto days = static_cast<std::size_t>(view.last - view.first + 1);
    diagnosis.revenue_by_day.resize(days);
    const auto metrics = daily_of_all(view);
    for (std::size_t i = 0; i < view.stores.size(); ++i) {
      const std::int32_t store = view.stores[i];
      DailyMetrics sum;
      std::array<double, 2> halves{};
      for (std::size_t d = 0; d < days; ++d) {
        const DailyMetrics& day = *metrics[i][d];
        sum += day;
        diagnosis.revenue_by_day[d] += day.revenue;
        if (d < days / 2 || d >= days - days / 2) halves[d < days / 2 ? 0 : 1] += day.revenue;
      }
      const double margin = sum.revenue > 0 ? 1 - sum.cost / sum.revenue : 0;
      const double change = halves[0] > 0 ? halves[1] / halves[0] - 1 : 0;
      diagnosis.by_revenue.push_back({store, sum.revenue, margin, change});
      diagnosis.total += sum;
    }
    std::sort(diagnosis.by_revenue.begin(), diagnosis.by_revenue.end(),
              [](const auto& a, const auto& b) { return a.revenue > b.revenue; });
    const double margin = diagnosis.total.revenue > 0 ? 1 - diagnosis.total.cost / diagnosis.total.revenue : 0;
    for (const auto& store : diagnosis.by_revenue) {
      char text[128] = "";
      if (store.change < -0.10) {
        std::snprintf(text, sizeof text, "store %d: revenue fell by %.0f %% in the second half", store.store,
                      -100 * store.change);
      } else if (store.margin < margin - 0.02) {
        std::snprintf(text, sizeof text, "store %d: margin %.1f %%, %.1f points below the others", store.store,
                      100 * store.margin, 100 * (margin - store.margin));
      }
      if (text[0] != '\0') diagnosis.findings.emplace_back(text);
    }
    return diagnosis;
  }

  const Source* source_;
  std::size_t workers_;
  Raw raw_;
  Daily daily_;
  Views views_;
};
