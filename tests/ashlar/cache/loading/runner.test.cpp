// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/loading/runner.hpp>

#include <thread>

using ashlar::RunInline;

static_assert(ashlar::load_runner<RunInline> && !ashlar::load_runner<int>);

TEST_CASE("a runner may run its tasks at once, on the thread that asks") {
  std::thread::id where;
  CHECK(RunInline{}.run([&] { where = std::this_thread::get_id(); }));
  CHECK(where == std::this_thread::get_id());
}
