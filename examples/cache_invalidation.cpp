// SPDX-License-Identifier: BSL-1.0
// Entries that become stale: by pattern, by tag, by event, by version; and in two caches over a tier that both share.
#include <ashlar/cache.hpp>

#include <iostream>
#include <string>
#include <vector>

using ashlar::Cache;
using ashlar::Coherent;
using ashlar::field;
using ashlar::InProcessBus;
using ashlar::Invalidating;
using ashlar::MemoryTier;
using ashlar::On;
using ashlar::Tags;

using Entry = ashlar::Tagged<double>;
using Memory = MemoryTier<std::string, Entry>;
using Rules = ashlar::Events<On<"product_updated", "price:*:{product}">>;

// What both caches share: here a tier in memory, elsewhere a server.
struct Shared {
  using key_type = std::string;
  using mapped_type = Entry;
  Memory* memory;
  std::optional<Entry> get(const std::string& key) { return memory->get(key); }
  void put(const std::string& key, const Entry& entry) { memory->put(key, entry); }
  bool erase(const std::string& key) { return memory->erase(key); }
};

int main() {
  std::cout << std::boolalpha;
  Invalidating<Cache<Memory>> prices{ashlar::entries(1000)};
  prices.put("price:de:42", 9.5, Tags{"supplier:7"});
  prices.put("price:fr:42", 9.9, Tags{"supplier:8"});
  prices.put("price:it:42", 9.8, Tags{"supplier:7"});
  prices.put("price:de:43", 1.5, Tags{"supplier:7"});

  prices.invalidate_tag("supplier:8");
  std::cout << "a tag: price in France there: " << prices.contains("price:fr:42") << '\n';
  Rules::raise<"product_updated">([&](const std::string& pattern) { prices.invalidate_matching(pattern); },
                                  field<"product">("42"));
  std::cout << "an event: 42 there: " << prices.contains("price:de:42")
            << ", 43 there: " << prices.contains("price:de:43") << '\n';
  std::cout << "a sweep removes " << prices.maintain() << ", pending: " << prices.log().patterns() << '\n';

  // The loader says which tags its value has.
  std::cout << "loaded: " << prices.get_or_load("price:es:42", [] {
    return ashlar::tagged(9.7, {"supplier:7", "country:es"});
  }) << '\n';

  // A version in the keys of a space: the old ones are out of reach, and leave by and by.
  ashlar::KeyVersions versions;
  prices.put(versions.key("rates", "eur"), 1.1);
  versions.raise("rates");
  std::cout << "a version: " << versions.key("rates", "eur")
            << " there: " << prices.contains(versions.key("rates", "eur")) << '\n';

  // Keys that are sets, in any order.
  std::cout << "a set: " << ashlar::set_key({42, 7, 42}) << " = " << ashlar::set_key({7, 42}) << '\n';

  // Two caches over one tier: what one writes, the other sees.
  Memory server{ashlar::entries(1000)};
  InProcessBus bus{{.delivery = ashlar::BusDelivery::on_request}};
  using Node = Coherent<Invalidating<Cache<Memory, Shared>>, InProcessBus>;
  Node a{bus, ashlar::entries(100), [&] { return Shared{&server}; }};
  Node b{bus, ashlar::entries(100), [&] { return Shared{&server}; }};
  a.put("price:de:42", 9.5);
  std::cout << "b reads " << *b.get("price:de:42");
  a.put("price:de:42", 8.5);
  bus.deliver();
  std::cout << ", and after a's update " << *b.get("price:de:42") << '\n';
}
