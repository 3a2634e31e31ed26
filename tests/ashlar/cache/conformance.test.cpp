// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/circuit_breaker.hpp>
#include <ashlar/cache/jittered.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/packed_memory.hpp>
#include <ashlar/cache/source_tier.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/codec/lz4.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>

#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include <conformance/tier.hpp>
#include <support/cache_tiers.hpp>

namespace {

using Memory = ashlar::MemoryTier<std::string, std::string>;
using Expiring = ashlar::MemoryTier<std::string, std::string, ashlar::ExpirePerEntry<>>;
using Stored = ashlar::StoreTier<std::string, std::string, ashlar::InMemory>;
using Disk = ashlar::StoreTier<std::string, std::string>;
using Files = ashlar::StoreTier<std::string, std::string, ashlar::FilePerKey>;
using Source = ashlar::SourceTier<std::string, std::string>;

using Ruled = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ashlar::RefreshAhead>;
using RuledWithTimeouts =
    ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ashlar::HardTimeout, ashlar::RunOnThreads>;

struct Strings {
  static std::string key(int i) { return "key:" + std::to_string(i); }
  static std::string value(int i) { return "the value number " + std::to_string(i); }
  static constexpr bool concurrent = true;
};

template <class T>
struct Fixture : Strings {
  using tier_type = T;
  std::unique_ptr<T> make() { return std::make_unique<T>(ashlar::entries(1000)); }
};
template <>
struct Fixture<ashlar::MemoryTier<std::string, std::string, ashlar::SingleThreaded>> : Strings {
  using tier_type = ashlar::MemoryTier<std::string, std::string, ashlar::SingleThreaded>;
  static constexpr bool concurrent = false;
  std::unique_ptr<tier_type> make() { return std::make_unique<tier_type>(ashlar::entries(1000)); }
};
using Packed = ashlar::PackedMemory<std::string, std::string>;
template <>
struct Fixture<Packed> : Strings {
  using tier_type = Packed;
  std::unique_ptr<Packed> make() { return std::make_unique<Packed>(ashlar::bytes(1 << 20)); }
};
using Weighed =
    ashlar::MemoryTier<std::string, std::string, ashlar::WeighBytes, ashlar::Jittered<ashlar::ExpireAfterWrite<>>>;
template <>
struct Fixture<Weighed> : Strings {
  using tier_type = Weighed;
  std::unique_ptr<Weighed> make() {
    return std::make_unique<Weighed>(ashlar::bytes(1 << 20),
                                     ashlar::Jittered{ashlar::ExpireAfterWrite{std::chrono::hours{24}}});
  }
};
using Unlimited = ashlar::MemoryTier<std::string, std::string, ashlar::Unbounded>;
template <>
struct Fixture<Unlimited> : Strings {
  using tier_type = Unlimited;
  std::unique_ptr<Unlimited> make() { return std::make_unique<Unlimited>(); }
};
template <>
struct Fixture<ashlar::CircuitBreaker<Stored>> : Strings {
  using tier_type = ashlar::CircuitBreaker<Stored>;
  std::unique_ptr<tier_type> make() {
    return std::make_unique<tier_type>([] { return Stored{}; });
  }
};
template <>
struct Fixture<Stored> : Strings {
  using tier_type = Stored;
  std::unique_ptr<Stored> make() { return std::make_unique<Stored>(); }
};
template <class T>
struct OnDisk : Strings {
  using tier_type = T;
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ashlar_contract_" + std::to_string(::getpid()));
  std::unique_ptr<T> make() {
    std::filesystem::remove_all(path);
    return std::make_unique<T>(path);
  }
  ~OnDisk() { std::filesystem::remove_all(path); }
};
template <>
struct Fixture<Disk> : OnDisk<Disk> {};
template <>
struct Fixture<Files> : OnDisk<Files> {};
template <>
struct Fixture<Source> : Strings {
  using tier_type = Source;
  std::unique_ptr<Source> make() {
    auto map = std::make_shared<ashlar_test::MapTier<std::string, std::string>>();
    return std::make_unique<Source>([map](const std::string& key) { return map->get(key); },
                                    [map](const std::string& key, const std::string& value) { map->put(key, value); },
                                    [map](const std::string& key) { return map->erase(key); });
  }
};
template <class S>
struct Fixture<ashlar::Cache<Expiring, Stored, S>> : Strings {
  using tier_type = ashlar::Cache<Expiring, Stored, S>;
  std::unique_ptr<tier_type> make() {
    const auto stored = [] { return Stored{}; };
    if constexpr (std::is_same_v<S, RuledWithTimeouts>) {
      return std::make_unique<tier_type>(ashlar::entries(1000), stored, S{ashlar::HardTimeout{ashlar::forever}});
    } else {
      return std::make_unique<tier_type>(ashlar::entries(1000), stored);
    }
  }
};
using ExpiringPacked = ashlar::PackedMemory<std::string, std::string, ashlar::ExpirePerEntry<>>;
using OverPacked = ashlar::Cache<Expiring, ExpiringPacked, ashlar::WriteThrough, ashlar::Lz4>;
template <>
struct Fixture<OverPacked> : Strings {
  using tier_type = OverPacked;
  std::unique_ptr<OverPacked> make() {
    return std::make_unique<OverPacked>(ashlar::entries(1000), ashlar::bytes(1 << 20));
  }
};
using Nested = ashlar::Cache<Memory, ashlar::Cache<Memory, Stored>>;
template <>
struct Fixture<Nested> : Strings {
  using tier_type = Nested;
  std::unique_ptr<Nested> make() {
    return std::make_unique<Nested>(ashlar::entries(100), [] {
      return ashlar::Cache<Memory, Stored>{ashlar::entries(1000), [] { return Stored{}; }};
    });
  }
};
using NoLocal = ashlar::Cache<ashlar::NullTier<std::string, std::string>, Stored>;
template <>
struct Fixture<NoLocal> : Strings {
  using tier_type = NoLocal;
  std::unique_ptr<NoLocal> make() {
    return std::make_unique<NoLocal>(ashlar::NullTier<std::string, std::string>{}, [] { return Stored{}; });
  }
};

}  // namespace

TEMPLATE_TEST_CASE("every shipped tier keeps the contract of a tier", "", Memory, Expiring,
                   (ashlar::MemoryTier<std::string, std::string, ashlar::SingleThreaded>), Weighed, Unlimited, Packed,
                   Stored, Disk, Files, Source, ashlar::CircuitBreaker<Memory>, ashlar::CircuitBreaker<Stored>,
                   OverPacked, (ashlar::Cache<Expiring, Stored, Ruled>),
                   (ashlar::Cache<Expiring, Stored, RuledWithTimeouts>), ashlar::Cache<Memory>,
                   (ashlar::Cache<Expiring, Stored>), (ashlar::Cache<Expiring, Stored, ashlar::CacheAside>),
                   (ashlar::Cache<Expiring, Stored, ashlar::WriteBack>), Nested, NoLocal) {
  ashlar_test::tier_contract(Fixture<TestType>{});
}
