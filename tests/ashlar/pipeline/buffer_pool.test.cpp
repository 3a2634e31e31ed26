// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/buffer_pool.hpp>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

TEST_CASE("buffers are aligned, used again and counted") {
  ashlar::BufferPool pool;
  {
    auto small = pool.acquire(10);
    auto large = pool.acquire(100'000);
    REQUIRE(small);
    REQUIRE(large);
    CHECK(small->size() == 10);
    CHECK(small->capacity() == 256);
    CHECK(reinterpret_cast<std::uintptr_t>(small->data()) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(large->data()) % 4096 == 0);
    CHECK(pool.outstanding() == 256 + 114'688);
  }
  CHECK(pool.outstanding() == 0);
  CHECK(pool.kept() == 256 + 114'688);
  auto again = pool.acquire(110'000);
  CHECK(pool.allocations() == 2);
  CHECK(pool.kept() == 256);
}

TEST_CASE("a buffer of any size has room for it and wastes at most a quarter") {
  ashlar::BufferPool pool;
  for (std::size_t size = 1; size < (std::size_t{1} << 22); size += 1 + size / 7) {
    const ashlar::Buffer buffer = pool.acquire(size).value();
    CHECK(buffer.capacity() >= size);
    CHECK(buffer.capacity() <= std::max<std::size_t>(256, size + size / 4 + 1));
  }
  CHECK(pool.outstanding() == 0);
  CHECK_FALSE(pool.acquire(~std::size_t{0}));
}

TEST_CASE("the limit is never passed, and what is kept is bounded") {
  ashlar::BufferPool pool{8192, 4096};
  std::vector<ashlar::Buffer> held;
  for (int i = 0; i < 2; ++i) held.push_back(pool.acquire(4096).value());
  const auto third = pool.acquire(1);
  REQUIRE_FALSE(third);
  CHECK(third.error().code() == ashlar::ErrorCode::no_space);
  CHECK_FALSE(pool.acquire(1'000'000));
  held.clear();
  CHECK(pool.kept() == 4096);
  CHECK(pool.acquire(8192));
}

TEST_CASE("a buffer may outlive its pool and be handed back on another thread") {
  ashlar::Buffer buffer;
  {
    ashlar::BufferPool pool;
    buffer = pool.acquire(1000).value();
  }
  std::jthread{[b = std::move(buffer)]() mutable { b.bytes()[999] = std::byte{1}; }};
  CHECK(buffer.data() == nullptr);
}
