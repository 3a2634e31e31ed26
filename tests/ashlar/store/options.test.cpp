// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/options.hpp>

#include <chrono>

namespace {

TEST_CASE("a store is opened or made, in one directory, for ever, unless told otherwise") {
  const ashlar::StoreOptions options;
  CHECK(options.mode == ashlar::OpenMode::create);
  CHECK(options.directories.empty());
  CHECK(options.ttl == std::chrono::nanoseconds::max());
}

TEST_CASE("the counters give a picture of themselves") {
  ashlar::detail::StoreCounters counters;
  counters.add(counters.other_reads, 2);
  {
    ashlar::detail::ReadCount count{counters};
    count.hit = true;
  }
  counters.add(counters.bytes_written, 10);
  const ashlar::StoreStats stats = counters.picture();
  CHECK(stats.reads == 3);
  CHECK(stats.bytes_written == 10);
  CHECK(stats.hits == 1);
}

}  // namespace
