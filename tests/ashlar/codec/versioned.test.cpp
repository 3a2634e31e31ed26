// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <ashlar/codec/versioned.hpp>

namespace {

struct PriceV1 {
  std::string sku;
  double amount;
};
struct PriceV2 {
  std::string sku;
  std::int64_t cents;
};
struct Price {
  std::string sku;
  std::int64_t cents = 0;
  std::string currency;
  bool operator==(const Price&) const = default;
};

template <class T>
std::vector<std::byte> encoded(const T& value) {
  std::vector<std::byte> out;
  ashlar::Binary{}.encode(value, out);
  return out;
}
using Stored = ashlar::Versioned<Price, 4>;

}  // namespace

template <>
struct ashlar::OlderVersion<Price, 1> {
  using type = PriceV1;
  static Price upgrade(PriceV1&& old) { return {std::move(old.sku), std::llround(old.amount * 100), "GBP"}; }
};
template <>
struct ashlar::OlderVersion<Price, 2> {
  using type = PriceV2;
  static Price upgrade(PriceV2&& old) { return {std::move(old.sku), old.cents, "GBP"}; }
};

TEST_CASE("the current version comes back as it was") {
  const Stored stored{{"a", 250, "EUR"}};
  const auto bytes = encoded(stored);
  CHECK(bytes.front() == std::byte{4});
  const auto back = ashlar::Binary{}.decode<Stored>(bytes);
  REQUIRE(back);
  CHECK(*back == stored);
  CHECK((*back)->currency == "EUR");
}

TEST_CASE("older versions are upgraded") {
  const auto first = ashlar::Binary{}.decode<Stored>(encoded(ashlar::Versioned<PriceV1, 1>{{"a", 2.5}}));
  REQUIRE(first);
  CHECK(first->value == Price{"a", 250, "GBP"});
  const auto second = ashlar::Binary{}.decode<Stored>(encoded(ashlar::Versioned<PriceV2, 2>{{"b", 199}}));
  REQUIRE(second);
  CHECK(second->value == Price{"b", 199, "GBP"});
}

TEST_CASE("versions that cannot be read say why") {
  const auto dropped = ashlar::Binary{}.decode<Stored>(encoded(ashlar::Versioned<PriceV2, 3>{{"b", 199}}));
  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(std::string{dropped.error().what()}.find("version 3 can no longer be read") != std::string::npos);

  const auto newer = ashlar::Binary{}.decode<Stored>(encoded(ashlar::Versioned<Price, 5>{{"b", 199, "EUR"}}));
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code() == ashlar::ErrorCode::unsupported);
  CHECK(std::string{newer.error().what()}.find("version 5 is newer than 4") != std::string::npos);

  const std::vector<std::byte> zero{std::byte{}};
  const auto none = ashlar::Binary{}.decode<Stored>(zero);
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ashlar::ErrorCode::corrupt);
}
