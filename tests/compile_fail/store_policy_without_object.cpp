// expect: \[ashlar\] ShardedStore: a policy has no default constructor; give its object
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/sharded_store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

struct ByPrefix {
  explicit ByPrefix(std::size_t length) : length_{length} {}
  std::size_t directory_of(std::string_view key, std::uint64_t, std::size_t directories) const noexcept {
    return key.size() < length_ ? 0 : 1 % directories;
  }
  std::size_t length_;
};
using Store = ashlar::ShardedStore<std::string, int, ByPrefix>;
#ifdef FIXED
bool use() { return Store::open("store", {}, ByPrefix{2}).has_value(); }
#else
bool use() { return Store::open("store", {}).has_value(); }
#endif
