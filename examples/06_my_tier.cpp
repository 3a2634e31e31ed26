// SPDX-License-Identifier: BSL-1.0
// The smallest tier of one's own: five names. Here the program's environment variables, which a cache may then keep.
#include <ashlar/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

class Environment {
 public:
  using key_type = std::string;
  using mapped_type = std::string;

  std::optional<std::string> get(const std::string& name) const {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  }
  void put(const std::string& name, const std::string& value) { ::setenv(name.c_str(), value.c_str(), 1); }
  bool erase(const std::string& name) {
    const bool there = get(name).has_value();
    ::unsetenv(name.c_str());
    return there;
  }
};
static_assert(ashlar::explain_tier<Environment>());

int main() {
  ashlar::Cache<ashlar::MemoryTier<std::string, std::string>, Environment> settings{ashlar::entries(100),
                                                                                    Environment{}};
  settings.put("ASHLAR_EXAMPLE", "written through");
  std::cout << std::getenv("ASHLAR_EXAMPLE") << '\n';
  ::setenv("ASHLAR_EXAMPLE", "changed behind its back", 1);
  std::cout << *settings.get("ASHLAR_EXAMPLE") << '\n';
  settings.upper().clear();
  std::cout << *settings.get("ASHLAR_EXAMPLE") << '\n';
}
