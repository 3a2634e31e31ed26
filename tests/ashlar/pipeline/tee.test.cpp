// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

TEST_CASE("tee shows each item and passes it on untouched") {
  std::atomic<int> sum{0};
  int left = 10;
  auto done = (ashlar::generate([&]() -> std::optional<std::unique_ptr<int>> {
                 if (left == 0) return std::nullopt;
                 return std::make_unique<int>(left--);
               }) |
               ashlar::tee([&](const std::unique_ptr<int>& p) { sum += *p; }) | ashlar::collect())
                  .run();
  CHECK(sum == 55);
  CHECK(done.items.size() == 10);
}

TEST_CASE("a tee that fails fails the item") {
  const std::vector<int> input{1, 2, 3};
  auto done = (ashlar::from(input) | ashlar::tee([](int i) -> ashlar::Result<void> {
                 if (i == 2) return ashlar::Error{ashlar::ErrorCode::io, "log full"};
                 return {};
               }) |
               ashlar::collect())
                  .run({.on_error = ashlar::OnError::collect});
  CHECK(done.items == std::vector<int>{1, 3});
}
