// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <functional>
#include <list>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

static_assert(ashlar::explain_source<decltype(ashlar::from(std::vector<int>{}))>());

TEST_CASE("any range is a source: containers, temporaries, views, one-pass streams") {
  std::vector<int> kept{1, 2, 3};
  CHECK((ashlar::from(kept) | ashlar::collect()).run().items == kept);
  CHECK((ashlar::from(std::list<std::string>{"a", "b"}) | ashlar::collect()).run().items ==
        std::vector<std::string>{"a", "b"});
  CHECK((ashlar::from(std::views::iota(0, 4)) | ashlar::collect()).run().items == std::vector<int>{0, 1, 2, 3});
  int raw[] = {7, 8};
  CHECK((ashlar::from(raw) | ashlar::collect()).run().items == std::vector<int>{7, 8});
  std::istringstream text{"3 1 4 1 5"};
  CHECK((ashlar::from(std::views::istream<int>(text)) | ashlar::collect()).run().items ==
        std::vector<int>{3, 1, 4, 1, 5});
  CHECK((ashlar::from(std::vector<int>{}) | ashlar::collect()).run().items.empty());
}

TEST_CASE("a pipeline can be run again and sees what the range holds then") {
  std::vector<int> input{1, 2};
  auto pipeline = ashlar::from(input) | ashlar::collect();
  CHECK(pipeline.run().items.size() == 2);
  input.push_back(3);
  CHECK(pipeline.run().items == std::vector<int>{1, 2, 3});
}

TEST_CASE("the size of the range is the total of the progress") {
  const std::vector<int> input(1000, 1);
  std::uint64_t total = 0;
  (ashlar::from(input) | ashlar::sink([](int) {})).run({.progress = [&](const ashlar::Progress& p) {
    total = p.total;
  }});
  CHECK(total == 1000);
}

namespace {

/// Does what it was told when it is copied.
struct Told {
  explicit Told(std::function<void()> its) : copied{std::move(its)} {}
  Told(const Told& other) : copied{other.copied} { copied(); }
  Told(Told&&) noexcept = default;
  std::function<void()> copied;
};

}  // namespace

TEST_CASE("the source passes on neither what fails in it nor what a stop finds in it") {
  std::stop_source stop;
  std::vector<Told> input;
  input.reserve(5);
  input.emplace_back([] {});
  input.emplace_back([] { throw std::runtime_error{"cannot be copied"}; });
  input.emplace_back([] {});
  input.emplace_back([&] {
    stop.request_stop();
    throw std::runtime_error{"nor this"};
  });
  input.emplace_back([] {});
  const ashlar::RunReport report = (ashlar::from(input) | ashlar::sink([](const Told&) {}))
                                       .run({.stop = stop.get_token(),
                                             .on_error = ashlar::OnError::collect,
                                             .in_flight = 8,
                                             .grain = 8,
                                             .workers = 1});
  const ashlar::StageReport& source = report.stages[0];
  CHECK(source.items == 5);
  CHECK(source.failed == 2);
  CHECK(source.cancelled == 1);
  CHECK(source.out == 2);
  CHECK(report.stages[1].items == 0);
  CHECK(report.stages[1].cancelled == 2);
}
