// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <string>
#include <type_traits>

namespace {
using Length = decltype(ashlar::transform([](const std::string& s) { return s.size(); }));
using End = decltype(ashlar::sink([](auto) {}));
}  // namespace

static_assert(ashlar::Link<1, Length, std::string, const std::string&>::fits);
static_assert(std::is_same_v<ashlar::Link<1, Length, std::string, const std::string&>::output, std::size_t>);
static_assert(std::is_same_v<ashlar::detail::ParameterOf<Length>::type, const std::string&>);
static_assert(std::is_same_v<ashlar::detail::ParameterOf<End>::type, ashlar::detail::Anything>);
static_assert(!ashlar::Link<2, End, ashlar::detail::Refused, int>::fits);

TEST_CASE("a joint passes on what the stage gives") {
  CHECK(std::is_same_v<ashlar::Link<3, End, int, int>::output, ashlar::detail::NoItem>);
}
