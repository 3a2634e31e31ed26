// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/store.hpp>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if ASHLAR_PEER_sqlite
#include <sqlite3.h>
#endif
#if ASHLAR_PEER_lmdb
#include <lmdb.h>
#endif
#if ASHLAR_PEER_leveldb
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#endif
#if ASHLAR_PEER_rocksdb
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#endif

/// The stores that are compared, behind one face.
namespace engines {

inline void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error{what};
}

/// 64-bit mixing (SplitMix64): keys, lengths and slices of the values.
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}
inline std::string key_of(std::uint64_t i) {
  std::string key = std::to_string(mix(i));
  key.resize(32, 'k');
  return key;
}
/// Text that looks like JSON; values are slices of 1 to 20 KiB.
inline std::string_view value_of(std::uint64_t i) {
  static const std::string pool = [] {
    std::string text;
    for (std::uint64_t n = 0; text.size() < (std::size_t{8} << 20); ++n) {
      text += "{\"id\": " + std::to_string(mix(n)) + ", \"name\": \"item " + std::to_string(n) + "\"}, ";
    }
    return text;
  }();
  const std::uint64_t random = mix(i * 2 + 1);
  const std::size_t length = 1024 + random % 19457;
  return std::string_view{pool}.substr(mix(random) % (pool.size() - length), length);
}

class Engine {
 public:
  virtual ~Engine() = default;
  virtual void put(const std::string& key, const std::string& value) = 0;
  /// All of them, in one step to the device where the engine can.
  virtual void put_batch(std::span<const std::pair<std::string, std::string>> entries) {
    for (const auto& [key, value] : entries) put(key, value);
  }
  /// The value in `into`; false when there is none.
  virtual bool get(std::string_view key, std::string& into) = 0;
  /// Looks at one byte of each cache line of the value, without copying it where the engine can; their sum.
  virtual std::uint64_t look(std::string_view key) {
    std::string value;
    require(get(key, value), "a key is missing");
    return sum_of(value);
  }

  static std::uint64_t sum_of(std::string_view value) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < value.size(); i += 64) sum += static_cast<unsigned char>(value[i]);
    return sum;
  }
};

template <class... Options>
class Ashlar : public Engine {
 public:
  explicit Ashlar(const std::string& directory, ashlar::StoreOptions options = {}) : store_{directory, options} {}
  void put(const std::string& key, const std::string& value) override { store_.put(key, value).value(); }
  void put_batch(std::span<const std::pair<std::string, std::string>> entries) override {
    store_.put_many(entries).value();
  }
  std::uint64_t look(std::string_view key) override {
    if constexpr (requires { store_.view(key); }) {
      const auto view = store_.view(key).value();
      require(view.has_value(), "a key is missing");
      return sum_of(view->text());
    } else {
      return Engine::look(key);
    }
  }
  bool get(std::string_view key, std::string& into) override {
    std::optional<std::string> value = store_.get(key).value();
    if (value) into = std::move(*value);
    return value.has_value();
  }

 private:
  ashlar::ShardedStore<std::string, std::string, Options...> store_;
};

/// The floor: key and value at the end of a file of one's own.
class PlainAppend : public Engine {
 public:
  PlainAppend(const std::string& directory, bool synced) : synced_{synced} {
    std::filesystem::create_directories(directory);
    file_ = ::open((directory + "/" + std::to_string(::getpid())).c_str(), O_CREAT | O_WRONLY | O_APPEND, 0666);
    require(file_ >= 0, "open");
  }
  ~PlainAppend() override { ::close(file_); }
  void put(const std::string& key, const std::string& value) override {
    const iovec parts[2] = {{const_cast<char*>(key.data()), key.size()},
                            {const_cast<char*>(value.data()), value.size()}};
    require(::writev(file_, parts, 2) == static_cast<ssize_t>(key.size() + value.size()), "writev");
    if (synced_) require(::fdatasync(file_) == 0, "fdatasync");
  }
  void put_batch(std::span<const std::pair<std::string, std::string>> entries) override {
    const bool synced = std::exchange(synced_, false);
    for (const auto& [key, value] : entries) put(key, value);
    synced_ = synced;
    if (synced_) require(::fdatasync(file_) == 0, "fdatasync");
  }
  bool get(std::string_view, std::string&) override { return false; }

 private:
  int file_ = -1;
  bool synced_;
};

#if ASHLAR_PEER_sqlite
class Sqlite : public Engine {
 public:
  Sqlite(const std::string& directory, bool synced) {
    std::filesystem::create_directories(directory);
    require(sqlite3_open((directory + "/store.db").c_str(), &db_) == SQLITE_OK, "sqlite3_open");
    sqlite3_busy_timeout(db_, 60'000);
    run("PRAGMA journal_mode=WAL");
    run(synced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    run("PRAGMA mmap_size=4294967296");
    run("CREATE TABLE IF NOT EXISTS kv(k TEXT PRIMARY KEY, v BLOB)");
    require(sqlite3_prepare_v2(db_, "INSERT OR REPLACE INTO kv VALUES(?,?)", -1, &insert_, nullptr) == SQLITE_OK,
            "prepare");
    require(sqlite3_prepare_v2(db_, "SELECT v FROM kv WHERE k=?", -1, &select_, nullptr) == SQLITE_OK, "prepare");
  }
  ~Sqlite() override {
    sqlite3_finalize(insert_);
    sqlite3_finalize(select_);
    sqlite3_close(db_);
  }
  void put(const std::string& key, const std::string& value) override {
    sqlite3_bind_text(insert_, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
    sqlite3_bind_blob(insert_, 2, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
    int status = SQLITE_BUSY;
    while ((status = sqlite3_step(insert_)) == SQLITE_BUSY) sqlite3_reset(insert_);
    require(status == SQLITE_DONE, sqlite3_errmsg(db_));
    sqlite3_reset(insert_);
  }
  void put_batch(std::span<const std::pair<std::string, std::string>> entries) override {
    run("BEGIN IMMEDIATE");
    for (const auto& [key, value] : entries) put(key, value);
    run("COMMIT");
  }
  bool get(std::string_view key, std::string& into) override {
    sqlite3_bind_text(select_, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
    const bool found = sqlite3_step(select_) == SQLITE_ROW;
    if (found) {
      into.assign(static_cast<const char*>(sqlite3_column_blob(select_, 0)),
                  static_cast<std::size_t>(sqlite3_column_bytes(select_, 0)));
    }
    sqlite3_reset(select_);
    return found;
  }

 private:
  void run(const char* sql) {
    int status = SQLITE_BUSY;
    for (int tries = 0; tries < 100'000 && (status == SQLITE_BUSY || status == SQLITE_LOCKED); ++tries) {
      status = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
      if (status == SQLITE_BUSY) ::usleep(100);
    }
    require(status == SQLITE_OK, sql);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
};
#endif

#if ASHLAR_PEER_lmdb
class Lmdb : public Engine {
 public:
  Lmdb(const std::string& directory, bool synced) {
    std::filesystem::create_directories(directory);
    check(mdb_env_create(&env_));
    check(mdb_env_set_mapsize(env_, std::size_t{8} << 30));
    check(mdb_env_open(env_, directory.c_str(), synced ? 0 : MDB_NOSYNC, 0666));
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn));
    check(mdb_dbi_open(txn, nullptr, 0, &table_));
    check(mdb_txn_commit(txn));
  }
  ~Lmdb() override {
    if (reader().first == id_) mdb_txn_abort(std::exchange(reader(), {}).second);
    mdb_env_close(env_);
  }
  void put(const std::string& key, const std::string& value) override {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn));
    MDB_val k = view(key);
    MDB_val v = view(value);
    check(mdb_put(txn, table_, &k, &v, 0));
    check(mdb_txn_commit(txn));
  }
  void put_batch(std::span<const std::pair<std::string, std::string>> entries) override {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn));
    for (const auto& [key, value] : entries) {
      MDB_val k = view(key);
      MDB_val v = view(value);
      check(mdb_put(txn, table_, &k, &v, 0));
    }
    check(mdb_txn_commit(txn));
  }
  bool get(std::string_view key, std::string& into) override {
    const auto value = find(key);
    if (value) into.assign(*value);
    return value.has_value();
  }
  std::uint64_t look(std::string_view key) override { return sum_of(find(key).value()); }

 private:
  /// As of now: each search begins a read transaction.
  std::optional<std::string_view> find(std::string_view key) {
    auto& [owner, txn] = reader();
    if (owner != id_) {
      check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
      owner = id_;
    } else {
      mdb_txn_reset(txn);
      check(mdb_txn_renew(txn));
    }
    MDB_val k = view(key);
    MDB_val v{};
    if (mdb_get(txn, table_, &k, &v) != 0) return std::nullopt;
    return std::string_view{static_cast<const char*>(v.mv_data), v.mv_size};
  }
  static MDB_val view(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }
  static void check(int status) { require(status == 0, mdb_strerror(status)); }

  MDB_env* env_ = nullptr;
  MDB_dbi table_ = 0;
  static std::uint64_t next_id() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }
  /// This thread's read transaction, and whose it is.
  static std::pair<std::uint64_t, MDB_txn*>& reader() {
    static thread_local std::pair<std::uint64_t, MDB_txn*> kept{};
    return kept;
  }
  std::uint64_t id_ = next_id();
};
#endif

#if ASHLAR_PEER_leveldb
/// One process; its threads share the object.
class LevelDb : public Engine {
 public:
  LevelDb(const std::string& directory, bool synced) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = std::size_t{64} << 20;
    options.compression = leveldb::kNoCompression;
    std::filesystem::create_directories(directory);
    leveldb::DB* db = nullptr;
    const leveldb::Status status = leveldb::DB::Open(options, directory, &db);
    require(status.ok(), status.ToString());
    db_.reset(db);
    write_.sync = synced;
  }
  void put(const std::string& key, const std::string& value) override {
    require(db_->Put(write_, {key.data(), key.size()}, {value.data(), value.size()}).ok(), "put");
  }
  void put_batch(std::span<const std::pair<std::string, std::string>> entries) override {
    leveldb::WriteBatch batch;
    for (const auto& [key, value] : entries) batch.Put(key, value);
    require(db_->Write(write_, &batch).ok(), "write");
  }
  bool get(std::string_view key, std::string& into) override {
    return db_->Get({}, {key.data(), key.size()}, &into).ok();
  }

 private:
  std::unique_ptr<leveldb::DB> db_;
  leveldb::WriteOptions write_;
};
#endif

#if ASHLAR_PEER_rocksdb
/// One process; its threads share the object.
class RocksDb : public Engine {
 public:
  RocksDb(const std::string& directory, bool synced) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    std::filesystem::create_directories(directory);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, directory, &db);
    require(status.ok(), status.ToString());
    db_.reset(db);
    write_.sync = synced;
  }
  void put(const std::string& key, const std::string& value) override {
    require(db_->Put(write_, {key.data(), key.size()}, {value.data(), value.size()}).ok(), "put");
  }
  void put_batch(std::span<const std::pair<std::string, std::string>> entries) override {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : entries) require(batch.Put(key, value).ok(), "batch");
    require(db_->Write(write_, &batch).ok(), "write");
  }
  bool get(std::string_view key, std::string& into) override {
    return db_->Get({}, {key.data(), key.size()}, &into).ok();
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_;
};
#endif

/// A store to compare: how it is opened, and whether each process may open it.
struct Kind {
  std::string name;
  bool many_processes;
  std::function<std::unique_ptr<Engine>(const std::string& directory, bool synced)> open;
};

template <class E>
Kind kind(std::string name, bool many_processes) {
  return {std::move(name), many_processes,
          [](const std::string& directory, bool synced) { return std::make_unique<E>(directory, synced); }};
}
template <class Backend>
Kind ashlar_kind(std::string name) {
  return {std::move(name), true, [](const std::string& directory, bool synced) -> std::unique_ptr<Engine> {
            if (synced) return std::make_unique<Ashlar<Backend, ashlar::SyncEachCommit>>(directory);
            return std::make_unique<Ashlar<Backend>>(directory);
          }};
}

/// All that are installed; `skipped` is called with the names of the others.
template <class Skipped>
std::vector<Kind> kinds([[maybe_unused]] Skipped&& skipped) {
  std::vector<Kind> all{ashlar_kind<ashlar::SegmentLog>("SegmentLog"), ashlar_kind<ashlar::FilePerKey>("FilePerKey")};
#if ASHLAR_PEER_lmdb
  all.push_back(kind<Lmdb>("LMDB", true));
#else
  skipped("LMDB");
#endif
#if ASHLAR_PEER_leveldb
  all.push_back(kind<LevelDb>("LevelDB", false));
#else
  skipped("LevelDB");
#endif
#if ASHLAR_PEER_rocksdb
  all.push_back(kind<RocksDb>("RocksDB", false));
#else
  skipped("RocksDB");
#endif
#if ASHLAR_PEER_sqlite
  all.push_back(kind<Sqlite>("SQLite WAL", true));
#else
  skipped("SQLite WAL");
#endif
  return all;
}

}  // namespace engines
