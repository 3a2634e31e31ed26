// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/failure.hpp>

#include <string>

TEST_CASE("a StageError names the stage, the item and the reason, and nests the exception") {
  ashlar::StageError* caught = nullptr;
  try {
    try {
      throw std::out_of_range{"too far"};
    } catch (...) {
      throw ashlar::StageError{{7, 2, "parse", "too far", std::current_exception()}};
    }
  } catch (ashlar::StageError& error) {
    caught = &error;
    CHECK(std::string{error.what()} == "stage 2 (parse), item 7: too far");
    CHECK(error.failure().item == 7);
    CHECK_THROWS_AS(std::rethrow_if_nested(error), std::out_of_range);
  }
  CHECK(caught != nullptr);
}

TEST_CASE("anything thrown has words") {
  CHECK(ashlar::detail::words_of(std::make_exception_ptr(std::runtime_error{"no disk"})) == "no disk");
  CHECK_FALSE(ashlar::detail::words_of(std::make_exception_ptr(42)).empty());
}
