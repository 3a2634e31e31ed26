// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/memory/put.hpp>

TEST_CASE("stored tells whether the value given is in the tier") {
  CHECK(stored(ashlar::Put::inserted));
  CHECK(stored(ashlar::Put::replaced));
  for (const ashlar::Put put : {ashlar::Put::too_heavy, ashlar::Put::no_room, ashlar::Put::kept, ashlar::Put::absent}) {
    CHECK_FALSE(stored(put));
  }
}
