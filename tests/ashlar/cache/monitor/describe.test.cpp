// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache.hpp>
#include <ashlar/cache/monitor/describe.hpp>
#include <ashlar/codec/columnar.hpp>
#include <ashlar/store/segment_log.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using ashlar::describe;
using ashlar::describe_as_mermaid;

namespace {

struct Product {
  std::string name;
};
struct Redis {
  using key_type = std::string;
  using mapped_type = Product;
  static constexpr std::string_view described_as = "Redis <at \"host\">";
  std::optional<Product> get(const std::string&) { return std::nullopt; }
  void put(const std::string&, const Product&) {}
  bool erase(const std::string&) { return false; }
};
template <class Tier>
struct Logged : Tier {
  using inner_type = Tier;
};

using OneLevel = ashlar::Cache<ashlar::MemoryTier<std::string, Product>>;
using Catalog =
    ashlar::Cache<ashlar::MemoryTier<std::string, Product, ashlar::S3Fifo, ashlar::WeighBytes>,
                  ashlar::StoreTier<std::string, Product, ashlar::SegmentLog>, ashlar::WriteThrough, ashlar::Lz4>;
using ThreeLevels =
    ashlar::Cache<ashlar::MemoryTier<std::uint64_t, std::vector<double>, ashlar::CountHits>,
                  ashlar::Cache<ashlar::CircuitBreaker<ashlar::StoreTier<std::uint64_t, std::vector<double>>>,
                                ashlar::SourceTier<std::uint64_t, std::vector<double>, ashlar::ReadOnly>>>;
using OwnTier = ashlar::Cache<ashlar::MemoryTier<std::string, Product>, Logged<Redis>, ashlar::WriteBack>;
using Table = ashlar::Regions<
    ashlar::Region<"product_info", Product, ashlar::WriteThrough, ashlar::ttl(5min)>,
    ashlar::Region<"inventory", std::map<std::string, int>, ashlar::CacheAside, ashlar::ttl(90s), ashlar::no_local>,
    ashlar::Region<"report", std::optional<std::string>, ashlar::WriteBack>, ashlar::PackWith<ashlar::Lz4>>;

}  // namespace

// The text is there at compile time.
static_assert(describe<OneLevel>().starts_with("Cache: string to Product\n"));

TEST_CASE("a cache of one level is described without the null tier below it") {
  CHECK(describe<OneLevel>() ==
        "Cache: string to Product\n"
        "`- upper = MemoryTier\n");
}

TEST_CASE("two levels are described with their options, the strategy and the compression") {
  CHECK(describe<Catalog>() ==
        "Cache: string to Product, WriteThrough, Lz4\n"
        "|- upper = MemoryTier: S3Fifo, WeighBytes\n"
        "`- lower = StoreTier: SegmentLog, Lz4\n");
}

TEST_CASE("three levels are a tree of two caches") {
  CHECK(describe<ThreeLevels>() ==
        "Cache: uint64 to vector<double>, WriteThrough\n"
        "|- upper = MemoryTier: CountHits\n"
        "`- lower = Cache: uint64 to vector<double>, WriteThrough\n"
        "   |- upper = CircuitBreaker\n"
        "   |  `- inner = StoreTier\n"
        "   `- lower = SourceTier: ReadOnly\n");
  CHECK(describe_as_mermaid<ThreeLevels>() ==
        "flowchart TD\n"
        "  n0[\"Cache<br/>uint64 to vector#lt;double#gt;, WriteThrough\"]\n"
        "  n0 -->|upper| n1\n"
        "  n1[\"MemoryTier<br/>CountHits\"]\n"
        "  n0 -->|lower| n2\n"
        "  n2[\"Cache<br/>uint64 to vector#lt;double#gt;, WriteThrough\"]\n"
        "  n2 -->|upper| n3\n"
        "  n3[\"CircuitBreaker\"]\n"
        "  n3 -->|inner| n4\n"
        "  n4[\"StoreTier\"]\n"
        "  n2 -->|lower| n5\n"
        "  n5[\"SourceTier<br/>ReadOnly\"]\n");
}

TEST_CASE("a tier of one's own shows the name it gives itself, and a wrapper what it wraps") {
  CHECK(describe<OwnTier>() ==
        "Cache: string to Product, WriteBack\n"
        "|- upper = MemoryTier\n"
        "`- lower = Redis <at \"host\">\n"
        "   `- inner = Redis <at \"host\">\n");
  CHECK(describe_as_mermaid<OwnTier>().find("n2[\"Redis #lt;at #quot;host#quot;#gt;\"]") != std::string_view::npos);
}

TEST_CASE("a table of regions is described region by region") {
  CHECK(describe<Table>() ==
        "Regions: one memory budget, one lower tier, Lz4\n"
        "|- product_info = Region: Product, WriteThrough, 5 min\n"
        "|- inventory = Region: map<string, int>, CacheAside, 90 s, no local copies\n"
        "|- report = Region: optional<string>, WriteBack, no time limit\n"
        "`- lower = StoreTier: InMemory\n");
}

TEST_CASE("strategies in strategies and caches that can be invalidated are described whole") {
  using Renewed = ashlar::Cache<ashlar::MemoryTier<std::string, ashlar::Tagged<Product>>,
                                ashlar::NullTier<std::string, ashlar::Tagged<Product>>>;
  CHECK(describe<ashlar::Invalidating<Renewed>>() ==
        "Invalidating\n"
        "`- cache = Cache: string to Tagged<Product>\n"
        "   `- upper = MemoryTier\n");
}

TEST_CASE("names in reports are the same with every compiler") {
  using ashlar::detail::kind_name;
  using ashlar::detail::type_name;
  CHECK(type_name<int> == "int");
  CHECK(type_name<char> == "char");
  CHECK(type_name<bool> == "bool");
  CHECK(type_name<std::int64_t> == "int64");
  CHECK(type_name<unsigned> == "uint32");
  CHECK(type_name<double> == "double");
  CHECK(type_name<std::byte> == "byte");
  CHECK(type_name<std::string> == "string");
  CHECK(type_name<std::vector<std::string>> == "vector<string>");
  CHECK(type_name<std::shared_ptr<const Product>> == "shared_ptr<const Product>");
  CHECK(kind_name<Catalog> == "Cache");
  CHECK(kind_name<ashlar::ExpirePerEntry<>> == "ExpirePerEntry");
  CHECK(type_name<ashlar::ExpirePerEntry<>> == "ExpirePerEntry");
  CHECK(type_name<ashlar::ExpirePerEntry<ashlar::ManualClock>> == "ExpirePerEntry<ManualClock>");
  CHECK(type_name<ashlar::WeighBytesWith<40>> == "WeighBytesWith<40>");
  const auto lambda = [](int) { return 1; };
  CHECK(type_name<decltype(lambda)> == "lambda");
  CHECK(type_name<ashlar::OnRemoval<decltype(lambda)>> == "OnRemoval<lambda>");
}
