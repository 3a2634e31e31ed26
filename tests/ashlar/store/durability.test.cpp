// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/durability.hpp>

namespace {

TEST_CASE("the durabilities say whether a write waits for the device") {
  STATIC_REQUIRE(ashlar::explain_durability<ashlar::NoSync>());
  STATIC_REQUIRE(ashlar::explain_durability<ashlar::SyncEachCommit>());
  STATIC_REQUIRE(!ashlar::NoSync::syncs_each_commit);
  STATIC_REQUIRE(ashlar::SyncEachCommit::syncs_each_commit);
}

}  // namespace
