// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/concepts.hpp>

#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>
#include <ashlar/store/sharding.hpp>

#include <support/temp_directory.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using ashlar::DirectoryEntry;
using ashlar::FileAccess;
using ashlar::FileId;
using ashlar::FileLock;
using ashlar::PosixFiles;
using ashlar::Result;

// The archetype: the least that models file_system, every call passed on.
class LeastFiles {
  PosixFiles files_;

 public:
  class File {
   public:
    File() = default;
    File(File&&) = default;
    File& operator=(File&&) = default;
    PosixFiles::File it;
  };
  Result<File> open(const std::string& path, FileAccess access) const {
    auto opened = files_.open(path, access);
    if (!opened) return opened.error();
    File file;
    file.it = std::move(*opened);
    return file;
  }
  Result<std::size_t> read(const File& f, std::uint64_t at, std::span<std::byte> to) const {
    return files_.read(f.it, at, to);
  }
  Result<std::size_t> write(const File& f, std::uint64_t at, std::span<const std::byte> from) const {
    return files_.write(f.it, at, from);
  }
  Result<std::uint64_t> size(const File& f) const { return files_.size(f.it); }
  Result<void> resize(const File& f, std::uint64_t size) const { return files_.resize(f.it, size); }
  Result<void> sync(const File& f) const { return files_.sync(f.it); }
  Result<void> sync_directory(const std::string& path) const { return files_.sync_directory(path); }
  Result<void> sync_all(const std::string& path) const { return files_.sync_all(path); }
  Result<void> rename(const std::string& a, const std::string& b) const { return files_.rename(a, b); }
  Result<void> link(const std::string& a, const std::string& b) const { return files_.link(a, b); }
  Result<void> remove(const std::string& path) const { return files_.remove(path); }
  Result<void> make_directory(const std::string& path) const { return files_.make_directory(path); }
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const { return files_.list(path); }
  Result<std::optional<FileId>> find(const std::string& path) const { return files_.find(path); }
  Result<FileId> id(const File& f) const { return files_.id(f.it); }
  Result<void> lock(const File& f, std::uint64_t at, FileLock kind) const { return files_.lock(f.it, at, kind); }
  Result<bool> try_lock(const File& f, std::uint64_t at, FileLock kind) const {
    return files_.try_lock(f.it, at, kind);
  }
  Result<void> unlock(const File& f, std::uint64_t at) const { return files_.unlock(f.it, at); }
  std::uint64_t random() const { return files_.random(); }
};
static_assert(ashlar::explain_file_system<LeastFiles>());

// Near misses: one for each row of the table.
struct NoFile : PosixFiles {
  using File = int&;
};
struct NoCopy : PosixFiles {
  NoCopy(const NoCopy&) = delete;
};
struct NoOpen : PosixFiles {
  void open() const;
};
struct NoRead : PosixFiles {
  void read() const;
};
struct NoWrite : PosixFiles {
  void write() const;
};
struct NoSize : PosixFiles {
  void size() const;
};
struct NoResize : PosixFiles {
  void resize() const;
};
struct NoSyncing : PosixFiles {
  void sync() const;
};
struct NoDirectorySync : PosixFiles {
  void sync_directory() const;
};
struct NoSyncAll : PosixFiles {
  void sync_all() const;
};
struct NoRename : PosixFiles {
  void rename() const;
};
struct NoLink : PosixFiles {
  void link() const;
};
struct NoRemove : PosixFiles {
  void remove() const;
};
struct NoMakeDirectory : PosixFiles {
  void make_directory() const;
};
struct NoList : PosixFiles {
  void list() const;
};
struct NoFind : PosixFiles {
  void find() const;
};
struct NoId : PosixFiles {
  void id() const;
};
struct NoLock : PosixFiles {
  void lock() const;
};
struct NoTryLock : PosixFiles {
  void try_lock() const;
};
struct NoUnlock : PosixFiles {
  void unlock() const;
};
struct NoRandom : PosixFiles {
  int random() const;
};
template <class... F>
constexpr bool none = !(ashlar::file_system<F> || ...);
static_assert(
    none<NoFile, NoCopy, NoOpen, NoRead, NoWrite, NoSize, NoResize, NoSyncing, NoDirectorySync, NoSyncAll, NoRename,
         NoLink, NoRemove, NoMakeDirectory, NoList, NoFind, NoId, NoLock, NoTryLock, NoUnlock, NoRandom>);

struct NoMapping : PosixFiles {
  using Mapping = int;
};
struct NoMap : PosixFiles {
  void map() const;
};
struct NoAllocate : PosixFiles {
  void allocate() const;
};
struct NoBoot : PosixFiles {
  void boot() const;
};
static_assert(ashlar::explain_mapping_file_system<PosixFiles>());
static_assert(ashlar::explain_mapping_file_system<ashlar::FaultyFiles>());
template <class... F>
constexpr bool none_maps = !(ashlar::mapping_file_system<F> || ...);
static_assert(none_maps<LeastFiles, NoMapping, NoMap, NoAllocate, NoBoot>);

struct LeastDurability {
  static constexpr bool syncs_each_commit = true;
};
static_assert(ashlar::explain_durability<LeastDurability>());
static_assert(!ashlar::durability<int>);

struct LeastSharding {
  std::size_t directory_of(std::string_view, std::uint64_t, std::size_t) const noexcept { return 0; }
};
struct ThrowingSharding {
  std::size_t directory_of(std::string_view, std::uint64_t, std::size_t) const { return 0; }
};
static_assert(ashlar::explain_sharding<LeastSharding>());
static_assert(!ashlar::sharding<ThrowingSharding>);

/// The smallest backend of one's own: another's engine under a name of its own.
struct LeastBackend {
  static constexpr std::string_view name = "least";
  static constexpr bool uses_files = true;
  template <class Environment>
  using engine = ashlar::detail::FilePerKeyEngine<Environment>;
};
struct Nameless {
  [[maybe_unused]] static constexpr bool uses_files = true;
};
struct Undecided {
  [[maybe_unused]] static constexpr std::string_view name = "undecided";
};
static_assert(ashlar::explain_backend<ashlar::SegmentLog>() && ashlar::explain_backend<ashlar::InMemory>());
static_assert(ashlar::explain_backend<LeastBackend>() && ashlar::explain_backend<ashlar::FilePerKey>());
static_assert(!ashlar::backend<Nameless> && !ashlar::backend<Undecided>);

TEST_CASE("a store works with the least that models its concepts") {
  const ashlar_test::TempDirectory directory;
  using Store = ashlar::ShardedStore<std::string, int, LeastSharding, LeastDurability, LeastFiles, LeastBackend>;
  Store store{directory / "store"};
  store.put("a", 1).value();
  CHECK(store.update("a", [](std::optional<int> old) { return old.value_or(0) + 1; }).value() == 2);
  CHECK(store.insert_if_absent("b", 3).value());
  CHECK(store.erase("a").value());
  CHECK(store.get("b").value() == 3);
  CHECK(store.size().value() == 1);
  store.sync().value();
}

}  // namespace
