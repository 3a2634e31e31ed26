// SPDX-License-Identifier: BSL-1.0
// A cache in a service that is stopped and started again: its hottest entries come back from a file, what is missing is
// loaded in batches, a shared tier that is down is not asked again and again, and the numbers go to a monitor.
#include <ashlar/cache.hpp>
#include <ashlar/store/in_memory.hpp>

#include <atomic>
#include <filesystem>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using Memory = ashlar::MemoryTier<int, std::string, ashlar::ExpireAfterWrite<>>;

/// What all services share, somewhere else.
struct Server {
  ashlar::StoreTier<int, std::string, ashlar::InMemory> values;
  std::atomic<bool> down{false};
  std::atomic<int> asked{0};
};
struct Shared {
  using key_type = int;
  using mapped_type = std::string;
  Server* server;
  ashlar::Result<std::optional<std::string>> get(int key) {
    ++server->asked;
    if (server->down) return ashlar::Error{ashlar::ErrorCode::io, "no connection"};
    return server->values.get(key);
  }
  auto put(int key, const std::string& value) { return server->values.put(key, value); }
  auto erase(int key) { return server->values.erase(key); }
};
using Names = ashlar::Cache<Memory, ashlar::CircuitBreaker<Shared>>;

/// One life of the service: it starts, serves, and stops.
void serve(Server& server, const std::string& file) {
  Names names{[] { return Memory{ashlar::entries(1000), ashlar::ExpireAfterWrite{1h}}; },
              [&] { return ashlar::CircuitBreaker<Shared>{Shared{&server}, {.failures = 3}}; }};
  const ashlar::MaintenanceThread maintenance{names, 1s};  // what has expired leaves memory without traffic

  const auto restored = ashlar::restore_snapshot(names.upper(), file);
  std::cout << "restored " << (restored ? restored->restored : 0);
  std::vector<int> wanted(100);
  std::iota(wanted.begin(), wanted.end(), 0);
  std::atomic<int> queries{0};
  const auto query = [&](std::span<const int> keys) {
    ++queries;
    std::vector<std::string> found;
    for (const int key : keys) found.push_back("name " + std::to_string(key));
    return found;
  };
  const auto warmed = ashlar::warm_batch(names, wanted, 25, query);
  std::cout << ", there already " << warmed.present << ", loaded " << warmed.loaded << " by " << queries
            << " queries\n";

  ashlar::AccessLog<int> log;
  for (int i = 0; i < 1000; ++i) {
    log.record(i % 7 * 10);
    static_cast<void>(names.get(i % 7 * 10));
  }
  server.down = true;
  server.asked = 0;
  for (int key = 1000; key < 1100; ++key) static_cast<void>(names.get(key));
  std::cout << "100 misses while the shared tier is down: asked " << server.asked << " times\n";
  server.down = false;

  std::vector<int> hot;
  for (const auto& [key, reads] : log.top(10)) hot.push_back(key);
  const auto saved = ashlar::save_snapshot(names.upper(), file, hot, {.most = 60});
  std::cout << "saved " << (saved ? saved->saved : 0) << ", the " << hot.size() << " hottest first\n";

  const std::string page = ashlar::prometheus_text(ashlar::collect_stats(names, "names"));
  const std::size_t errors = page.find("ashlar_cache_errors_total{");
  std::cout << page.substr(errors, page.find("# HELP", errors) - errors);
}

int main() {
  const std::string file = "names.snapshot";
  std::filesystem::remove(file);
  Server server;
  serve(server, file);
  serve(server, file);
  std::cout << ashlar::describe_as_mermaid<Names>();
  std::filesystem::remove(file);
}
