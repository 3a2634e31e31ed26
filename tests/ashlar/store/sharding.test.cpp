// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/sharding.hpp>

#include <ashlar/store/sharded_store.hpp>

#include <support/temp_directory.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

/// Drafts on the second disk, everything else on the first.
struct DraftsApart {
  std::size_t directory_of(std::string_view key, std::uint64_t, std::size_t) const noexcept {
    return key.starts_with("draft:") ? 1 : 0;
  }
};

TEST_CASE("ByHash spreads keys evenly") {
  std::array<int, 3> counts{};
  for (std::uint64_t i = 0; i < 3000; ++i) {
    ++counts[ashlar::ByHash{}.directory_of("", ashlar::detail::hash_of_key(std::to_string(i)).first, 3)];
  }
  for (const int count : counts) CHECK((count > 900 && count < 1100));
}

TEST_CASE("a sharding of one's own decides where a key lies") {
  STATIC_REQUIRE(ashlar::explain_sharding<DraftsApart>());
  const ashlar_test::TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, DraftsApart>;
  Store store{directory / "store", {.directories = {directory / "one", directory / "two"}}};
  store.put("draft:1", 1).value();
  store.put("final:1", 2).value();
  store.put("final:2", 3).value();
  const auto entries = [&](const char* name) {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{directory.path() / name / "file_caches"}) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  };
  CHECK(entries("one") == 2);
  CHECK(entries("two") == 1);
  CHECK(store.get("draft:1").value() == 1);
}

}  // namespace
