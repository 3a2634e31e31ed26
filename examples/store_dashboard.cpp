// SPDX-License-Identifier: BSL-1.0
// A dashboard of many stores over three levels of cache: raw rows (packed, by store), metrics by day (SIMD), diagnoses by
// set of stores. Warms itself in stages by what was looked at yesterday, answers a day of views, adds new rows without
// working anything out twice, checks itself against the source, and writes a report as one HTML file. Copy it, and put
// your database where `Source` is.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache.hpp>

#include "store_dashboard/dashboard.hpp"
#include "store_dashboard/html.hpp"
#include "store_dashboard/orders.hpp"

namespace {

using Clock = std::chrono::steady_clock;
namespace metrics = ashlar::metrics;

struct Options {
  Source::Shape shape;
  std::string csv;
  std::string write_csv;
  std::string html = "store_dashboard.html";
  std::int32_t views = 20'000;
  std::int32_t memory_mib = 96;
  std::int32_t workers = 5;
  std::int32_t cold = 20;
  std::int32_t deadline_s = 150;
  bool help = false;

  static constexpr std::string_view usage =
      "usage: store_dashboard [options]\n"
      "  --stores N      generated stores (100)\n"
      "  --rows N        generated rows of each (10000)\n"
      "  --days N        days they spread over (90)\n"
      "  --seed N        another seed, other rows (8)\n"
      "  --csv FILE      rows of a CSV instead: store,date,time,order,product,quantity,unit_price,unit_cost,channel\n"
      "  --write-csv F   write the generated rows to such a file and end\n"
      "  --html FILE     where the report goes (store_dashboard.html)\n"
      "  --views N       views of the simulated day (20000)\n"
      "  --memory-mib N  budget of all levels together (96)\n"
      "  --workers N     stores that are loaded at once, for a view or in the warm-up (5)\n"
      "  --cold N        cold stores that are warmed at most (20)\n"
      "  --deadline N    seconds after which no load of the warm-up begins (150)\n"
      "exit code: 0 good, 1 the data or a file is bad, 2 wrong usage\n";

  /// Throws std::invalid_argument with what is wrong.
  static Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument{argv[i]};
      const auto text = [&]() -> std::string {
        if (i + 1 >= argc) throw std::invalid_argument{std::string{argument} + " needs a value"};
        return argv[++i];
      };
      const auto number = [&](auto& into, std::int64_t least, std::int64_t most) {
        const std::string given = text();
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
        if (error != std::errc{} || end != given.data() + given.size() || value < least || value > most) {
          throw std::invalid_argument{std::string{argument} + " '" + given + "': give a whole number from " +
                                      std::to_string(least) + " to " + std::to_string(most)};
        }
        into = static_cast<std::remove_reference_t<decltype(into)>>(value);
      };
      if (argument == "--stores") {
        number(options.shape.stores, 1, 100'000);
      } else if (argument == "--rows") {
        number(options.shape.rows, 1, 10'000'000);
      } else if (argument == "--days") {
        number(options.shape.days, 2, 3660);
      } else if (argument == "--seed") {
        number(options.shape.seed, 0, INT64_MAX);
      } else if (argument == "--csv") {
        options.csv = text();
      } else if (argument == "--write-csv") {
        options.write_csv = text();
      } else if (argument == "--html") {
        options.html = text();
      } else if (argument == "--views") {
        number(options.views, 1, 100'000'000);
      } else if (argument == "--memory-mib") {
        number(options.memory_mib, 1, 1 << 20);
      } else if (argument == "--workers") {
        number(options.workers, 1, 1000);
      } else if (argument == "--cold") {
        number(options.cold, 0, 1'000'000);
      } else if (argument == "--deadline") {
        number(options.deadline_s, 1, 86'400);
      } else if (argument == "-h" || argument == "--help") {
        options.help = true;
      } else {
        throw std::invalid_argument{"unknown option '" + std::string{argument} + "'; see --help"};
      }
    }
    return options;
  }
};

double seconds(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }
std::string as_time(double time) {
  return ashlar::detail::stats_time(std::chrono::nanoseconds{static_cast<std::int64_t>(time * 1e9)});
}
std::string as_bytes(double bytes) { return ashlar::detail::stats_number(bytes, 1024, "B"); }

/// What people look at: single stores mostly, popular ones more often, then their region, now and then everything;
/// of the whole range or its last 30 days.
class Visitors {
 public:
  Visitors(const Source& source, std::uint64_t seed) : source_{&source}, random_{seed} {
    std::vector<double> weights;
    for (std::size_t i = 0; i < source.stores().size(); ++i) weights.push_back(1 / static_cast<double>(i + 1));
    popular_ = std::discrete_distribution<std::size_t>{weights.begin(), weights.end()};
    ranks_.assign(source.stores().begin(), source.stores().end());
    std::mt19937_64 order{7};
    std::shuffle(ranks_.begin(), ranks_.end(), order);
  }
  std::int32_t store() { return ranks_[popular_(random_)]; }
  View view() {
    const std::int32_t last = source_->last();
    const std::int32_t first = random_() % 3 == 0 ? std::max(source_->first(), last - 29) : source_->first();
    const std::uint64_t kind = random_() % 20;
    if (kind == 0) return {source_->stores(), first, last};
    if (kind >= 6) return {{store()}, first, last};
    std::vector<std::int32_t> region;
    const std::size_t start = popular_(random_) / 5 * 5;
    for (std::size_t i = std::min(start + 5, ranks_.size()); i-- > start;) region.push_back(ranks_[i]);
    return {region, first, last};
  }

 private:
  const Source* source_;
  std::mt19937_64 random_;
  std::discrete_distribution<std::size_t> popular_;
  std::vector<std::int32_t> ranks_;
};

/// The most memory that this process has had, in bytes.
double peak_memory() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  }
  return 0;
}

/// Stages one to four of the warm-up: everybody's view, then the stores by yesterday's log, hot and cold.
ashlar::WarmStagesReport warm(Dashboard& dashboard, const Source& source, const Options& options) {
  ashlar::AccessLog<std::int32_t> yesterday{10'000};
  Visitors visitors{source, 1};
  for (std::int32_t i = 0; i < options.views; ++i) yesterday.record(visitors.store());
  std::vector<View> ranked;
  const auto add = [&](std::int32_t store) { ranked.emplace_back(std::vector{store}, source.first(), source.last()); };
  for (const auto& hot : yesterday.top(source.stores().size())) add(hot.key);
  for (const std::int32_t store : source.stores()) {
    const View view{{store}, source.first(), source.last()};
    if (std::find(ranked.begin(), ranked.end(), view) == ranked.end()) add(store);
  }
  auto stages =
      ashlar::usual_stages<View>({View{source.stores(), source.first(), source.last()}}, ranked, 0.2,
                                 static_cast<std::size_t>(options.workers), static_cast<std::size_t>(options.cold));
  ashlar::WarmStagesOptions limits{.deadline = std::chrono::seconds{options.deadline_s}};
  limits.progress = [](std::string_view stage, std::size_t done, std::size_t of) {
    if (done == of) std::cout << "  stage " << stage << ": " << done << " of " << of << " views\n";
  };
  return ashlar::warm_in_stages(
      dashboard.views(), std::span<const ashlar::WarmStage<View>>{stages},
      [&](const View& view) { return dashboard.diagnose(view); }, limits);
}

std::vector<Charts::Bar> memory_bars(const ashlar::StatsNode& stats) {
  std::vector<Charts::Bar> bars;
  const auto add = [&](const std::string& name, const ashlar::StatsNode* node) {
    const double used = node->own(metrics::bytes).value_or(0);
    const double allowed = node->own(metrics::bytes_allowed).value_or(1);
    bars.push_back({name, used / allowed, as_bytes(used) + " of " + as_bytes(allowed), "#7c3aed"});
  };
  add("hot, unpacked", stats.find("1 raw/upper"));
  add("raw, packed", stats.find("1 raw/lower"));
  add("daily metrics", stats.find("2 daily/upper"));
  add("diagnoses", stats.find("3 diagnosis/upper"));
  return bars;
}
std::vector<Charts::Bar> store_bars(const Diagnosis& all, std::size_t most) {
  std::vector<Charts::Bar> bars;
  for (const auto& store : all.by_revenue) {
    if (bars.size() == most) break;
    bars.push_back({text_of("store %d", store.store), store.revenue,
                    Charts::euros(store.revenue) + text_of("  %+.0f %%", std::round(100 * store.change) + 0.0),
                    store.change < -0.1  ? "#dc2626"
                    : store.change > 0.1 ? "#16a34a"
                                         : "#2563eb"});
  }
  return bars;
}

int run(const Options& options) {
  const Source source = options.csv.empty() ? Source::generated(options.shape) : Source::from_csv(options.csv);
  if (!options.write_csv.empty()) {
    source.write_csv(options.write_csv);
    return 0;
  }
  const auto budget = static_cast<std::uint64_t>(options.memory_mib) << 20;
  const auto workers = static_cast<std::size_t>(options.workers);
  const View everything{source.stores(), source.first(), source.last()};
  std::cout << "level 1, raw rows by store:\n" << ashlar::describe<Dashboard::Raw>() << '\n';

  double first_view = 0;
  {
    Dashboard cold{source, budget, workers};
    const auto begun = Clock::now();
    static_cast<void>(cold.show(everything));
    first_view = seconds(begun);
  }
  Dashboard dashboard{source, budget, workers};
  std::cout << "warm-up of " << source.stores().size() << " stores:\n";
  const auto begun = Clock::now();
  const ashlar::WarmStagesReport warmed = warm(dashboard, source, options);
  const double warm_up = seconds(begun);
  std::cout << "  " << warmed.total.loaded << " loaded, " << warmed.total.skipped << " left to demand, "
            << warmed.total.failed << " failed, in " << as_time(warm_up) << "\n\n";

  // A day of views, spread evenly over its 24 hours; the thresholds look on. At noon the last day's figures are declared
  // final, and what was worked out from it is worked out anew: the rule about the hit ratio rings, and is calmed.
  ashlar::ManualClock day;
  const auto view_time = std::chrono::nanoseconds{std::chrono::hours{24}} / options.views;
  ashlar::Thresholds watch{day};
  std::vector<std::string> alerts;
  const auto note = [&](const ashlar::Alert& alert) {
    alerts.push_back(alert.rule + (alert.raised ? " passed " : " came back over ") +
                     ashlar::detail::stats_number(alert.limit) + ": " + ashlar::detail::stats_number(alert.value));
  };
  watch.above("memory in use, of what is allowed", ashlar::bytes_filled(), 0.8, 0.7, std::chrono::seconds{0}, note);
  watch.below("hit ratio of views in the last 30 minutes", ashlar::hit_ratio("3 diagnosis"), 0.9, 0.95,
              std::chrono::minutes{30}, note);
  watch.above("seconds for 99 % of the diagnoses", ashlar::load_seconds(0.99, "3 diagnosis"), 5, 4,
              std::chrono::minutes{30}, note);
  Visitors visitors{source, 2};
  ashlar::DurationHistogram all_views;
  ashlar::DurationHistogram cached;
  for (std::int32_t i = 0; i < options.views; ++i) {
    if (i == options.views / 2) dashboard.forget_diagnoses(source.last());
    const View view = visitors.view();
    const std::uint64_t loads = dashboard.views().stats().loads;
    const auto asked = Clock::now();
    static_cast<void>(dashboard.show(view));
    const auto took = Clock::now() - asked;
    all_views.record(took);
    if (dashboard.views().stats().loads == loads) cached.record(took);
    day.advance(view_time);
    if (i % 100 == 0) watch.check(dashboard.stats());
  }

  // Late rows of one store's last day: nothing but that day is worked out again.
  const std::int32_t store = source.stores().front();
  Orders late = source.read(store);
  std::erase_if(late, [&](const Order& order) { return day_of(order) != source.last(); });
  if (late.size() > 20) late.resize(20);
  const auto adding = Clock::now();
  const std::size_t dropped = dashboard.add(store, source.last(), late);
  std::cout << late.size() << " late rows of store " << store << ": " << as_time(seconds(adding))
            << ", one day's metrics"
            << " changed, " << dropped << " diagnoses dropped, "
            << ashlar::detail::stats_number(dashboard.stats().total(metrics::entries).value_or(0)) << " entries kept\n";

  ashlar::Sample sample{.fraction = 0.1};
  std::vector<std::int32_t> others{source.stores().begin() + 1, source.stores().end()};
  const auto checked =
      ashlar::verify(dashboard.raw(), [&](std::int32_t which) { return source.read(which); }, others, sample);
  std::cout << "verified against the source: " << checked.compared << " stores, " << checked.other_value
            << " differ\n\n";

  const ashlar::StatsNode stats = dashboard.stats();
  const std::string table = ashlar::table_text(stats);
  std::cout << table << '\n';

  const double rows = source.stores().empty() ? 0 : stats.find("1 raw/lower")->own(metrics::object_bytes).value_or(0);
  const double ratio = stats.find("1 raw/lower")->own(metrics::compression_ratio).value_or(1);
  const double used = stats.total(metrics::bytes).value_or(0);
  const auto cached_view = static_cast<double>(cached.counts().quantile(0.99).count()) / 1e9;
  const std::vector<Figure> figures{
      {"memory of the caches", "300 MB", as_bytes(used), 300.0 * 1024 * 1024 / std::max(used, 1.0), 2},
      {"peak memory of the process", "300 MB", as_bytes(peak_memory()),
       300.0 * 1024 * 1024 / std::max(peak_memory(), 1.0), 2},
      {"warm-up", "2.5 min", as_time(warm_up), 150 / warm_up, 10},
      {"first view, nothing cached", "4 s", as_time(first_view), 4 / first_view, 10},
      {"cached view, 99 % are faster", "0.5 s", as_time(cached_view), 0.5 / std::max(cached_view, 1e-9), 10},
      {"packed size of the rows", "31.6 %", text_of("%.1f %%", 100 * ratio), 0.316 / std::max(ratio, 1e-9), 1}};
  std::cout << "against the document, 100 stores with 10,000 rows each" << (rows > 0 ? "" : " (no rows)") << ":\n";
  for (const Figure& figure : figures) {
    std::printf("  %-30s %10s -> %-10s %8.1f times better, wanted %.0f: %s\n", figure.name.c_str(),
                figure.theirs.c_str(), figure.ours.c_str(), figure.factor, figure.wanted,
                figure.factor >= figure.wanted ? "met" : "missed");
  }
  if (alerts.empty()) std::cout << "no threshold was passed\n";
  for (const std::string& alert : alerts) std::cout << "alert: " << alert << '\n';

  const auto everything_now = dashboard.show(everything);
  const DailyMetrics& total = everything_now->total;
  const auto ratio_of_views = stats.find("3 diagnosis")->hit_ratio().value_or(0);
  HtmlReport report;
  report
      .section("Sales", date_text(source.first()) + " to " + date_text(source.last()),
               HtmlReport::tiles({{Charts::euros(total.revenue), "revenue"},
                                  {text_of("%.1f %%", 100 * (1 - total.cost / std::max(total.revenue, 1.0))), "margin"},
                                  {ashlar::detail::stats_number(static_cast<double>(total.lines)), "order lines"},
                                  {std::to_string(source.stores().size()), "stores"},
                                  {text_of("%.2f %%", 100 * ratio_of_views), "of the views came from the cache"}}))
      .section("Against the document", "Green where the wanted factor is met.", HtmlReport::table(figures))
      .section("Revenue by day", "All stores together.", Charts::by_day(everything_now->revenue_by_day, source.first()))
      .section("Stores by revenue",
               "The twelve largest; second half of the days against the first: green is 10 % up, red 10 % down.",
               Charts::bars(store_bars(*everything_now, 12), everything_now->by_revenue.front().revenue))
      .section("Findings", "Stores whose revenue falls, or whose margin is low.",
               HtmlReport::list(everything_now->findings, 12))
      .section("How long a view takes", "Views by the time they took; cached ones are on the left.",
               Charts::durations(all_views.counts()))
      .section("Memory by level", "In use, of what each level may use.", Charts::bars(memory_bars(stats), 1))
      .section("Alerts", "Rules that rang while people looked.", HtmlReport::list(alerts, 12))
      .section("Statistics by level", "The same as on the terminal.", HtmlReport::preformatted(table), true)
      .section("Level 1", "As the compiler put it together.",
               HtmlReport::preformatted(ashlar::describe<Dashboard::Raw>()));
  report.write(options.html, "Store dashboard");
  std::cout << "report: " << options.html << '\n';
  return checked.consistent() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = Options::parse(argc, argv);
    if (options.help) {
      std::cout << Options::usage;
      return 0;
    }
    return run(options);
  } catch (const std::invalid_argument& error) {
    std::cerr << "store_dashboard: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "store_dashboard: " << error.what() << '\n';
    return 1;
  }
}
