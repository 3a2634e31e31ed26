// SPDX-License-Identifier: BSL-1.0
// Who sleeps, who is told, and who may come in: step by step on one thread.
#include <support/catch.hpp>

#include <ashlar/pipeline/detail/event_count.hpp>
#include <ashlar/pipeline/detail/worker_permits.hpp>

TEST_CASE("telling sleepers that are not there does nothing, and a sleeper who is there misses nothing") {
  ashlar::detail::EventCount event;
  const auto key = event.prepare();
  event.cancel();
  event.notify_one();
  event.notify_all();
  CHECK(event.prepare() == key);
  CHECK(event.sleepers() == 1);

  event.notify_all();  // between the sleeper's last look and its sleep
  event.wait(key);
  CHECK(event.sleepers() == 0);
  CHECK(event.prepare() != key);
  event.cancel();
}

TEST_CASE("any workers may come in, as many as are allowed") {
  ashlar::detail::WorkerPermits permits;
  permits.allow(2);
  CHECK(permits.enter());
  CHECK(permits.has_room());
  CHECK(permits.enter());
  CHECK_FALSE(permits.has_room());
  CHECK_FALSE(permits.enter());

  permits.allow(1);  // those inside stay until they leave
  permits.leave();
  CHECK_FALSE(permits.enter());
  permits.leave();
  CHECK(permits.enter());
  CHECK_FALSE(permits.enter());
  permits.allow(3);
  CHECK(permits.enter());
}
