// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/lifetime.hpp>

#include <chrono>

using namespace std::chrono_literals;
using ashlar::Lifetime;

TEST_CASE("a lifetime is what the policy says, or a time that was given") {
  CHECK_FALSE(Lifetime{}.given());
  CHECK_FALSE(Lifetime{}.over());
  CHECK(Lifetime{5min}.given());
  CHECK(Lifetime{5min}.ttl() == 300s);
  CHECK(Lifetime{0s}.over());
  CHECK(Lifetime{-1ns}.over());
  CHECK_FALSE(Lifetime{1ns}.over());
  CHECK(Lifetime{5min} == Lifetime{300s});
  CHECK_FALSE(Lifetime{} == Lifetime{ashlar::forever});
}

TEST_CASE("times that do not fit are for ever, or over") {
  CHECK(Lifetime{std::chrono::hours::max()}.ttl() == ashlar::forever);
  CHECK(Lifetime{std::chrono::hours{24 * 365 * 300}}.ttl() == ashlar::forever);
  CHECK(Lifetime{std::chrono::hours::min()}.over());
  CHECK(Lifetime{std::chrono::duration<double>{0.5}}.ttl() == 500ms);
}

TEST_CASE("a timed value lives for ever unless it says otherwise") {
  CHECK(ashlar::Timed<int>{1}.ttl == ashlar::forever);
  CHECK(ashlar::Timed{1, std::chrono::nanoseconds{5}} == ashlar::Timed<int>{1, 5ns});
}
