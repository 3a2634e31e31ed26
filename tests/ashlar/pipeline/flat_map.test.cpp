// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <stdexcept>
#include <string>
#include <vector>

TEST_CASE("flat_map gives every element of every range, in order") {
  const std::vector<int> input{0, 1, 2, 3};
  auto done = (ashlar::from(input) | ashlar::flat_map([](int i) {
                 return std::vector<std::string>(static_cast<std::size_t>(i), std::to_string(i));
               }) |
               ashlar::collect())
                  .run();
  CHECK(done.items == std::vector<std::string>{"1", "2", "2", "3", "3", "3"});
}

TEST_CASE("an item that fails half way leaves nothing behind; what comes from one item has its position") {
  struct Endless {
    struct iterator {
      using value_type = int;
      using difference_type = std::ptrdiff_t;
      int at;
      int operator*() const {
        if (at == 2) throw std::runtime_error{"broken range"};
        return at;
      }
      iterator& operator++() {
        ++at;
        return *this;
      }
      void operator++(int) { ++at; }
      bool operator!=(const iterator& other) const { return at != other.at; }
      bool operator==(const iterator& other) const = default;
    };
    int n;
    iterator begin() const { return {0}; }
    iterator end() const { return {n}; }
  };
  const std::vector<int> input{1, 5, 2};
  auto done = (ashlar::from(input) | ashlar::flat_map([](int n) { return Endless{n}; }) | ashlar::collect())
                  .run({.on_error = ashlar::OnError::collect, .grain = 3});
  CHECK(done.items == std::vector<int>{0, 0, 1});
  REQUIRE(done.report.failures.size() == 1);
  CHECK(done.report.failures[0].item == 1);

  auto late =
      (ashlar::from(input) | ashlar::flat_map([](int n) { return std::vector<int>(3, n); }) | ashlar::sink([](int n) {
         if (n == 5) throw std::runtime_error{"five"};
       })).run({.on_error = ashlar::OnError::collect});
  REQUIRE(late.failures.size() == 3);
  CHECK(late.failures[2].item == 1);
}

TEST_CASE("unbatch takes ranges apart") {
  const std::vector<std::vector<int>> input{{1, 2}, {}, {3}};
  CHECK((ashlar::from(input) | ashlar::unbatch() | ashlar::collect()).run().items == std::vector<int>{1, 2, 3});
}
