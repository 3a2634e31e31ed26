// SPDX-License-Identifier: BSL-1.0
// How many transfers between two of 64 accounts do 4 processes make per second, each all or nothing, none synced?
#include <store_puts/engines.hpp>
#include <support/bench.hpp>
#include <support/processes.hpp>
#include <support/temp_directory.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::uint64_t accounts = 64;
constexpr std::uint64_t processes = 4;
const ashlar_test::TempDirectory temporary;
const std::string directory = (temporary / "store").string();

std::string account(std::uint64_t i) { return "account" + std::to_string(i); }

/// The two accounts of a transfer.
std::array<std::string, 2> pair_of(std::uint64_t worker, std::uint64_t i) {
  const std::uint64_t random = engines::mix(worker << 32 | i);
  const std::uint64_t from = random % accounts;
  return {account(from), account((from + 1 + (random >> 32) % (accounts - 1)) % accounts)};
}

/// Transfers per second when each process makes `each`; `open()` returns what makes one.
template <class Open>
double transfers(std::uint64_t each, Open&& open) {
  struct Gate {
    std::atomic<std::uint64_t> ready, done;
    std::atomic<bool> open;
  };
  const ashlar_test::Shared<Gate> gate;
  std::vector<ashlar_test::Process> all;
  for (std::uint64_t worker = 0; worker < processes; ++worker) {
    all.emplace_back([&, worker] {
      auto transfer = open();
      ++gate->ready;
      while (!gate->open) ::usleep(50);
      for (std::uint64_t i = 0; i < each; ++i) transfer(pair_of(worker, i));
      ++gate->done;
      return true;
    });
  }
  while (gate->ready < processes) ::usleep(50);
  const double seconds = bench::seconds([&] {
    gate->open = true;
    while (gate->done < processes) ::usleep(50);
  });
  for (auto& process : all) engines::require(process.succeeded(), "a process failed");
  return static_cast<double>(each * processes) / seconds;
}

using Store = ashlar::ShardedStore<std::string, std::int64_t, ashlar::SegmentLog>;

double of_segment_log() {
  std::filesystem::remove_all(directory);
  std::optional<Store> store{std::in_place, directory};
  for (std::uint64_t i = 0; i < accounts; ++i) store->put(account(i), 1000).value();
  store.reset();
  const double rate = transfers(20'000, [] {
    return [store = std::make_shared<Store>(directory)](const std::array<std::string, 2>& keys) {
      store
          ->transact(keys,
                     [](auto& values) {
                       --*values[0];
                       ++*values[1];
                       return true;
                     })
          .value();
    };
  });
  std::int64_t total = 0;
  store.emplace(directory);
  for (std::uint64_t i = 0; i < accounts; ++i) total += **store->get(account(i));
  engines::require(total == 1000 * static_cast<std::int64_t>(accounts), "the total is wrong");
  return rate;
}

#if ASHLAR_PEER_lmdb
double of_lmdb() {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  struct Bank {
    MDB_env* env = nullptr;
    MDB_dbi table = 0;

    Bank() {
      check(mdb_env_create(&env));
      check(mdb_env_set_mapsize(env, std::size_t{1} << 30));
      check(mdb_env_open(env, directory.c_str(), MDB_NOSYNC, 0666));
      MDB_txn* txn = nullptr;
      check(mdb_txn_begin(env, nullptr, 0, &txn));
      check(mdb_dbi_open(txn, nullptr, 0, &table));
      check(mdb_txn_commit(txn));
    }
    Bank(const Bank&) = delete;
    ~Bank() { mdb_env_close(env); }
    static void check(int status) { engines::require(status == 0, mdb_strerror(status)); }

    std::int64_t add(MDB_txn* txn, const std::string& name, std::int64_t change) const {
      MDB_val key{name.size(), const_cast<char*>(name.data())};
      MDB_val value{};
      std::int64_t amount = 1000;
      if (mdb_get(txn, table, &key, &value) == 0) std::memcpy(&amount, value.mv_data, sizeof amount);
      amount += change;
      value = {sizeof amount, &amount};
      check(mdb_put(txn, table, &key, &value, 0));
      return amount;
    }
    std::int64_t transfer(const std::string& from, const std::string& to, std::int64_t change) const {
      MDB_txn* txn = nullptr;
      check(mdb_txn_begin(env, nullptr, 0, &txn));
      const std::int64_t left = add(txn, from, -change);
      add(txn, to, change);
      check(mdb_txn_commit(txn));
      return left;
    }
  };
  const double rate = transfers(10'000, [] {
    return [bank = std::make_shared<Bank>()](const std::array<std::string, 2>& keys) {
      bank->transfer(keys[0], keys[1], 1);
    };
  });
  const Bank bank;
  std::int64_t total = 0;
  for (std::uint64_t i = 0; i < accounts; ++i) total += bank.transfer(account(i), account((i + 1) % accounts), 0);
  engines::require(total == 1000 * static_cast<std::int64_t>(accounts), "the total is wrong");
  return rate;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"store_batches", argc, argv};
  std::vector<bench::Contender> contenders{{"SegmentLog", of_segment_log}};
#if ASHLAR_PEER_lmdb
  contenders.push_back({"LMDB, NOSYNC", of_lmdb, bench::Bar{"SegmentLog", "<=0.2"}});
#else
  report.skipped("2 keys, 4 processes", "LMDB");
#endif
  report.run("2 keys, 4 processes", "transactions", "1/s", contenders);
}
