// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <memory>
#include <optional>
#include <stdexcept>

TEST_CASE("a generator gives items until it gives none") {
  int next = 0;
  auto source = ashlar::generate([&]() -> std::optional<int> {
    if (next == 5) return std::nullopt;
    return next++;
  });
  CHECK((std::move(source) | ashlar::collect()).run().items == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("items that can only be moved go through") {
  int next = 0;
  auto done = (ashlar::generate([&]() -> std::optional<std::unique_ptr<int>> {
                 if (next == 3) return std::nullopt;
                 return std::make_unique<int>(next++);
               }) |
               ashlar::transform([](std::unique_ptr<int> p) {
                 ++*p;
                 return p;
               }) |
               ashlar::collect())
                  .run();
  REQUIRE(done.items.size() == 3);
  CHECK(*done.items[2] == 3);
}

TEST_CASE("a generator that throws ends the run, after the items that came before") {
  int next = 0;
  auto source = [&]() -> std::optional<int> {
    if (next == 70) throw std::runtime_error{"the tap is dry"};
    return next++;
  };
  try {
    (ashlar::generate(source) | ashlar::sink([](int) {})).run();
    FAIL("must throw");
  } catch (const ashlar::StageError& error) {
    CHECK(error.failure().stage == 0);
    CHECK(error.failure().item == 70);
    CHECK(error.failure().reason == "the tap is dry");
  }
  next = 0;
  auto done = (ashlar::generate(source) | ashlar::collect()).run({.on_error = ashlar::OnError::collect});
  CHECK(done.items.size() == 70);
  CHECK(done.report.failed == 1);
}
