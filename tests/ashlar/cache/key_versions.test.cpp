// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/key_versions.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <future>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using ashlar::KeyVersions;

TEST_CASE("a key carries the version of its space") {
  KeyVersions versions;
  CHECK(versions.key("products", "42") == "products@1:42");
  CHECK(versions.raise("products") == 2);
  CHECK(versions.key("products", "42") == "products@2:42");
  CHECK(versions.key("stores", "42") == "stores@1:42");
  CHECK(KeyVersions{20'251'120}.key("a", "b") == "a@20251120:b");
}

TEST_CASE("versions go on where they were saved, and never go back") {
  KeyVersions versions;
  versions.raise("a");
  versions.raise("a");
  CHECK(versions.raise_to("b", 7) == 7);
  CHECK(versions.raise_to("b", 3) == 7);
  KeyVersions next{versions.all()};
  CHECK(next.version("a") == 3);
  CHECK(next.version("b") == 7);
  CHECK(next.version("c") == 1);
  CHECK(next.raise("a") == 4);
}

TEST_CASE("raising a version puts the old entries out of reach, and they are evicted by use") {
  KeyVersions versions;
  ashlar::Cache<ashlar::MemoryTier<std::string, int, ashlar::Lru>> cache{ashlar::entries(100)};
  for (int i = 0; i < 100; ++i) cache.put(versions.key("p", std::to_string(i)), i);
  const std::string old_key = versions.key("p", "1");
  versions.raise("p");
  CHECK(cache.get(versions.key("p", "1")) == std::nullopt);
  CHECK(cache.contains(old_key));
  for (int i = 0; i < 200; ++i) cache.put(versions.key("p", std::to_string(i)), -i);
  CHECK_FALSE(cache.contains(old_key));
  CHECK(cache.get(versions.key("p", "199")) == -199);
}

TEST_CASE("a load that began before the version was raised is not found under the new one") {
  KeyVersions versions;
  ashlar::Cache<ashlar::MemoryTier<std::string, int>> cache{ashlar::entries(100)};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return cache.get_or_load(versions.key("p", "1"), [&] {
      begun.count_down();
      go.wait();
      return 1;
    });
  });
  begun.wait();
  versions.raise("p");
  CHECK(cache.get_or_load(versions.key("p", "1"), [] { return 2; }) == 2);
  go.count_down();
  CHECK(load.get() == 1);
  CHECK(cache.get(versions.key("p", "1")) == 2);
}

TEST_CASE("versions may be read and raised at the same time") {
  KeyVersions versions;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      std::uint64_t last = 0;
      for (int i = 0; i < 300; ++i) {
        versions.raise("p");
        const auto now = versions.version("p");
        if (now <= last) std::abort();
        last = now;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(versions.version("p") == 901);
}
