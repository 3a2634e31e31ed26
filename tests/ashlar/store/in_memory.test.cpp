// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/in_memory.hpp>

#include <ashlar/store/sharded_store.hpp>

#include <string>

namespace {

TEST_CASE("a store in memory needs no directory and leaves none") {
  ashlar::ShardedStore<std::string, std::string, ashlar::InMemory> store;
  store.put("a", "1").value();
  CHECK(store.get("a").value() == "1");
  store.sync().value();
  CHECK(store.summary().value().entries == 1);
  CHECK(!std::filesystem::exists("summary.json"));
}

TEST_CASE("two stores in memory share nothing") {
  ashlar::ShardedStore<int, int, ashlar::InMemory> one;
  ashlar::ShardedStore<int, int, ashlar::InMemory> two;
  one.put(1, 1).value();
  CHECK(!two.get(1).value());
}

}  // namespace
