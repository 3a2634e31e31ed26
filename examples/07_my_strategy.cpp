// SPDX-License-Identifier: BSL-1.0
// The smallest strategy of one's own: a read-mostly cache whose writes go to the upper tier alone.
#include <ashlar/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <iostream>
#include <string>

struct MemoryOnlyWrites {
  template <class Levels>
  class Writer {
   public:
    using Key = typename Levels::key_type;
    using Value = typename Levels::mapped_type;
    Writer(const MemoryOnlyWrites&, Levels& levels) : levels_{levels} {}

    ashlar::Result<void> put(const Key& key, const Value& value, ashlar::Lifetime life) {
      return levels_.put_above(key, value, life);
    }
    ashlar::Result<bool> erase(const Key& key) { return levels_.drop_above(key); }

   private:
    Levels& levels_;
  };
};
static_assert(ashlar::explain_strategy<MemoryOnlyWrites>());

int main() {
  using Memory = ashlar::MemoryTier<std::string, int>;
  ashlar::Cache<Memory, Memory, MemoryOnlyWrites> cache{ashlar::entries(100), ashlar::entries(100)};
  cache.lower().put("a", 1);
  cache.put("a", 2);  // hides the value below until it is erased
  std::cout << *cache.get("a") << ' ';
  cache.erase("a");
  std::cout << *cache.get("a") << '\n';
}
