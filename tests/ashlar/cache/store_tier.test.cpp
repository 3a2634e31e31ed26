// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ashlar::Cache;
using ashlar_test::MapTier;

namespace {

struct Product {
  std::string name;
  double price = 0;
  bool operator==(const Product&) const = default;
};

using Disk = ashlar::StoreTier<std::string, Product>;
static_assert(ashlar::expiring_tier<Disk> && ashlar::atomic_tier<Disk> && ashlar::scannable_tier<Disk> &&
              ashlar::clearable_tier<Disk>);

struct Folder {
  fs::path path = fs::temp_directory_path() / ("ashlar_store_tier_" + std::to_string(::getpid()));
  Folder() { fs::remove_all(path); }
  ~Folder() { fs::remove_all(path); }
};

// A compression that anybody can see at work: every byte is turned round.
struct Inverted {
  static constexpr ashlar::CodecId id{200};
  static constexpr std::uint8_t version = 0;
  void compress(std::span<const std::byte> raw, std::vector<std::byte>& out) const {
    for (const std::byte byte : raw) out.push_back(~byte);
  }
  ashlar::Result<void> decompress(std::span<const std::byte> packed, std::size_t, std::vector<std::byte>& out) const {
    for (const std::byte byte : packed) out.push_back(~byte);
    return {};
  }
};

bool found_in_files(const fs::path& folder, const std::string& text) {
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string all{std::istreambuf_iterator<char>{file}, {}};
    if (all.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a store is a tier") {
  const Folder folder;
  Disk tier{folder.path};
  CHECK(tier.get("a").value() == std::nullopt);
  REQUIRE(tier.put("a", {"anvil", 9.5}));
  CHECK(tier.get("a").value() == Product{"anvil", 9.5});
  CHECK(tier.contains("a").value());
  CHECK_FALSE(tier.insert_if_absent("a", {}).value());
  CHECK(tier.insert_if_absent("b", {"bolt", 0.1}).value());
  std::map<std::string, Product> seen;
  CHECK(tier.for_each([&](const std::string& key, const Product& value) { seen.emplace(key, value); })->entries == 2);
  CHECK(seen.size() == 2);
  CHECK(tier.erase_matching([](const std::string& key, const Product&) { return key == "b"; }).value() == 1);
  CHECK(tier.erase("a").value());
  CHECK_FALSE(tier.erase("a").value());
  REQUIRE(tier.put("c", {}));
  REQUIRE(tier.clear());
  CHECK(tier.size().value() == 0);
}

TEST_CASE("memory in front of disk: what one cache wrote, the next one finds") {
  const Folder folder;
  using Catalog = Cache<MapTier<std::string, Product>, Disk>;
  {
    Catalog catalog{0, folder.path};
    REQUIRE(catalog.put("a", {"anvil", 9.5}));
    CHECK(catalog.get_or_load("b", [] { return Product{"bolt", 0.1}; }).name == "bolt");
  }
  Catalog catalog{0, folder.path};
  CHECK(catalog.get("a") == Product{"anvil", 9.5});
  CHECK(catalog.upper().peek("a") == Product{"anvil", 9.5});
  CHECK(catalog.get_or_load("b", []() -> Product { throw 1; }).name == "bolt");
  CHECK(catalog.insert_if_absent("c", {"cog", 1}).value());
  CHECK_FALSE(catalog.insert_if_absent("c", {"cog", 2}).value());
  CHECK(catalog.get("c") == Product{"cog", 1});
}

TEST_CASE("the compression of the cache packs what goes to disk") {
  const Folder folder;
  using Packed = Cache<MapTier<std::string, Product>, Disk, ashlar::WriteThrough, Inverted>;
  static_assert(std::is_same_v<Packed::lower_type, ashlar::StoreTier<std::string, Product, Inverted>>);
  Packed cache{0, folder.path};
  const Product product{"a name that can be found", 1};
  REQUIRE(cache.put("a", product));
  cache.upper().clear();
  CHECK(cache.get("a") == product);
  Disk plain{folder.path};
  REQUIRE(plain.put("b", {"another name in the clear", 2}));
  CHECK(found_in_files(folder.path, "another name in the clear"));
}

TEST_CASE("a compression reaches both tiers of a cache below") {
  const Folder left;
  using Two = Cache<Disk, Disk>;
  using Three = Cache<MapTier<std::string, Product>, Two, ashlar::WriteBack, Inverted>;
  static_assert(std::is_same_v<Three::lower_type, Cache<ashlar::StoreTier<std::string, Product, Inverted>,
                                                        ashlar::StoreTier<std::string, Product, Inverted>>>);
  Three cache{0, [&] { return Three::lower_type{left.path / "near", left.path / "far"}; }};
  REQUIRE(cache.put("a", {"anvil", 9.5}));
  CHECK(cache.flush().complete());
  cache.upper().clear();
  CHECK(cache.get("a") == Product{"anvil", 9.5});
  CHECK(cache.lower().lower().get("a").value() == Product{"anvil", 9.5});
}

TEST_CASE("a corrupt entry on disk is a miss that is counted, and the next load heals it") {
  const Folder folder;
  Cache<MapTier<std::string, Product>, Disk> cache{0, folder.path};
  REQUIRE(cache.put("a", {"a name to be spoilt on the disk", 1}));
  cache.upper().clear();
  int spoilt = 0;
  for (const auto& entry : fs::recursive_directory_iterator{folder.path}) {
    if (!entry.is_regular_file()) continue;
    std::fstream file{entry.path(), std::ios::binary | std::ios::in | std::ios::out};
    const std::string all{std::istreambuf_iterator<char>{file}, {}};
    const auto at = all.find("spoilt");
    if (at == std::string::npos) continue;
    file.clear();
    file.seekp(static_cast<std::streamoff>(at));
    file.put('X');
    ++spoilt;
  }
  REQUIRE(spoilt == 1);
  CHECK(cache.get("a") == std::nullopt);
  CHECK(cache.stats().errors_below == 1);
  CHECK(cache.get_or_load("a", [] { return Product{"fresh", 2}; }).name == "fresh");
  cache.upper().clear();
  CHECK(cache.get("a")->name == "fresh");
}

TEST_CASE("a time to live goes to disk and comes back with what is left of it") {
  const Folder folder;
  ashlar::ManualClock clock;
  using Timed = ashlar_test::ExpiringMapTier<std::string, Product>;
  Cache<Timed, Disk> cache{clock, folder.path};
  static_assert(decltype(cache)::can_expire);
  REQUIRE(cache.put("a", {"anvil", 1}, 1h));
  const auto below = cache.lower().get_timed("a").value();
  REQUIRE(below);
  CHECK(below->ttl <= 1h);
  CHECK(below->ttl > 59min);
  cache.upper().clear();
  CHECK(cache.get("a")->name == "anvil");
  CHECK(cache.upper().get_timed("a")->ttl <= 1h);
  CHECK(cache.upper().get_timed("a")->ttl > 59min);
  REQUIRE(cache.put("b", {"bolt", 1}, 0ns));
  CHECK(cache.lower().get("b").value() == std::nullopt);
}
