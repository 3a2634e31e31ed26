// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/files.hpp>
#include <ashlar/store/fwd.hpp>

namespace ashlar::inline v0 {

namespace detail {

using Path = const std::string&;

template <class F>
concept has_a_file = std::movable<typename F::File> && std::default_initializable<typename F::File>;
template <class F>
concept opens = requires(const F& fs, Path path) {
  { fs.open(path, FileAccess::read) } -> std::same_as<Result<typename F::File>>;
};
template <class F>
concept reads = requires(const F& fs, const typename F::File& file, std::span<std::byte> into) {
  { fs.read(file, std::uint64_t{}, into) } -> std::same_as<Result<std::size_t>>;
};
template <class F>
concept writes = requires(const F& fs, const typename F::File& file, std::span<const std::byte> from) {
  { fs.write(file, std::uint64_t{}, from) } -> std::same_as<Result<std::size_t>>;
};
template <class F>
concept measures = requires(const F& fs, const typename F::File& file) {
  { fs.size(file) } -> std::same_as<Result<std::uint64_t>>;
};
template <class F>
concept resizes = requires(const F& fs, const typename F::File& file) {
  { fs.resize(file, std::uint64_t{}) } -> std::same_as<Result<void>>;
};
template <class F>
concept syncs = requires(const F& fs, const typename F::File& file) {
  { fs.sync(file) } -> std::same_as<Result<void>>;
};
template <class F>
concept syncs_directories = requires(const F& fs, Path path) {
  { fs.sync_directory(path) } -> std::same_as<Result<void>>;
  { fs.sync_all(path) } -> std::same_as<Result<void>>;
};
template <class F>
concept renames = requires(const F& fs, Path path) {
  { fs.rename(path, path) } -> std::same_as<Result<void>>;
};
template <class F>
concept links = requires(const F& fs, Path path) {
  { fs.link(path, path) } -> std::same_as<Result<void>>;
};
template <class F>
concept removes = requires(const F& fs, Path path) {
  { fs.remove(path) } -> std::same_as<Result<void>>;
};
template <class F>
concept makes_directories = requires(const F& fs, Path path) {
  { fs.make_directory(path) } -> std::same_as<Result<void>>;
};
template <class F>
concept lists = requires(const F& fs, Path path) {
  { fs.list(path) } -> std::same_as<Result<std::vector<DirectoryEntry>>>;
};
template <class F>
concept identifies = requires(const F& fs, Path path, const typename F::File& file) {
  { fs.find(path) } -> std::same_as<Result<std::optional<FileId>>>;
  { fs.id(file) } -> std::same_as<Result<FileId>>;
};
template <class F>
concept locks = requires(const F& fs, const typename F::File& file) {
  { fs.lock(file, std::uint64_t{}, FileLock::exclusive) } -> std::same_as<Result<void>>;
  { fs.try_lock(file, std::uint64_t{}, FileLock::exclusive) } -> std::same_as<Result<bool>>;
  { fs.unlock(file, std::uint64_t{}) } -> std::same_as<Result<void>>;
};
template <class F>
concept maps = requires(const F& fs, const typename F::File& file, const typename F::Mapping& mapping) {
  { fs.map(file, std::size_t{}, true) } -> std::same_as<Result<typename F::Mapping>>;
  { mapping.data() } -> std::same_as<std::byte*>;
  { mapping.size() } -> std::same_as<std::size_t>;
};
template <class F>
concept allocates = requires(const F& fs, const typename F::File& file) {
  { fs.allocate(file, std::uint64_t{}) } -> std::same_as<Result<void>>;
};
template <class F>
concept tells_boots_apart = requires(const F& fs) {
  { fs.boot() } -> std::same_as<std::uint64_t>;
};
template <class F>
concept gives_random_bits = requires(const F& fs) {
  { fs.random() } -> std::same_as<std::uint64_t>;
};

template <class D>
concept says_whether_it_syncs = requires {
  { D::syncs_each_commit } -> std::convertible_to<bool>;
};

template <class D>
concept syncs_in_groups = requires {
  requires D::syncs_in_groups;
  { D::interval };
  { D::bytes } -> std::convertible_to<std::uint64_t>;
};

template <class S>
concept chooses_a_directory = requires(const S& s, std::string_view key) {
  { s.directory_of(key, std::uint64_t{}, std::size_t{}) } noexcept -> std::same_as<std::size_t>;
};

template <class B>
concept names_itself = requires {
  { B::name } -> std::convertible_to<std::string_view>;
};
template <class B>
concept says_whether_it_has_files = requires {
  { B::uses_files } -> std::convertible_to<bool>;
};

}  // namespace detail

/// What a store needs of a file system. A path is a byte string as the system takes it.
///
/// | expression                                | result                        | called when, and what it must do                       |
/// |-------------------------------------------|-------------------------------|--------------------------------------------------------|
/// | `F::File`                                 | movable, default-initializable | an open file; its destructor closes it and its locks  |
/// | `f.open(path, access)`                    | `Result<File>`                | see `FileAccess`                                       |
/// | `f.read(file, offset, into)`              | `Result<size_t>`              | may read less; 0 at the end                            |
/// | `f.write(file, offset, from)`             | `Result<size_t>`              | may write less                                         |
/// | `f.size(file)`, `f.resize(file, n)`       | `Result<uint64_t>`, `Result<void>` |                                                   |
/// | `f.sync(file)`                            | `Result<void>`                | content and length are on the device                   |
/// | `f.sync_directory(path)`                  | `Result<void>`                | the names in it are on the device                      |
/// | `f.sync_all(path)`                        | `Result<void>`                | everything so far is on the device                     |
/// | `f.rename(from, to)`, `f.link(from, to)`  | `Result<void>`                | one step; rename replaces, link says `already_exists`  |
/// | `f.remove(path)`, `f.make_directory(path)`| `Result<void>`                | an existing directory is success                       |
/// | `f.list(path)`                            | `Result<vector<DirectoryEntry>>` |                                                     |
/// | `f.find(path)`, `f.id(file)`              | `Result<optional<FileId>>`, `Result<FileId>` | which file that is                      |
/// | `f.lock/try_lock(file, byte, kind)`       | `Result<void>`, `Result<bool>` | excludes other `File`s; ends with the process          |
/// | `f.unlock(file, byte)`                    | `Result<void>`                |                                                        |
/// | `f.random()`                              | `uint64_t`                    | names that nobody else chooses                         |
///
/// Failures are `Error`s with path, operation and reason. Threads: everything is called concurrently.
/// Models: `PosixFiles`, `FaultyFiles`. Check yours: `static_assert(ashlar::explain_file_system<Mine>());`
template <class F>
concept file_system =
    std::copy_constructible<F> && detail::has_a_file<F> && detail::opens<F> && detail::reads<F> && detail::writes<F> &&
    detail::measures<F> && detail::resizes<F> && detail::syncs<F> && detail::syncs_directories<F> &&
    detail::renames<F> && detail::links<F> && detail::removes<F> && detail::makes_directories<F> && detail::lists<F> &&
    detail::identifies<F> && detail::locks<F> && detail::gives_random_bits<F>;

/// True when `F` models `file_system`; otherwise each missing part is reported with what to write.
template <class F>
consteval bool explain_file_system() {
  static_assert(std::copy_constructible<F>, "[ashlar] file_system: make it copyable; copies are the same file system");
  static_assert(detail::has_a_file<F>, "[ashlar] file_system: add a movable, default-initializable `class File`");
  static_assert(detail::opens<F>,
                "[ashlar] file_system: add `Result<File> open(const std::string& path, FileAccess access) const`");
  static_assert(detail::reads<F>,
                "[ashlar] file_system: add `Result<std::size_t> read(const File&, std::uint64_t offset, "
                "std::span<std::byte> into) const`");
  static_assert(detail::writes<F>,
                "[ashlar] file_system: add `Result<std::size_t> write(const File&, std::uint64_t offset, "
                "std::span<const std::byte> from) const`");
  static_assert(detail::measures<F>, "[ashlar] file_system: add `Result<std::uint64_t> size(const File&) const`");
  static_assert(detail::resizes<F>,
                "[ashlar] file_system: add `Result<void> resize(const File&, std::uint64_t size) const`");
  static_assert(detail::syncs<F>, "[ashlar] file_system: add `Result<void> sync(const File&) const`");
  static_assert(detail::syncs_directories<F>,
                "[ashlar] file_system: add `Result<void> sync_directory(const std::string&) const` and `sync_all`");
  static_assert(
      detail::renames<F>,
      "[ashlar] file_system: add `Result<void> rename(const std::string& from, const std::string& to) const`");
  static_assert(detail::links<F>,
                "[ashlar] file_system: add `Result<void> link(const std::string& from, const std::string& to) const`");
  static_assert(detail::removes<F>, "[ashlar] file_system: add `Result<void> remove(const std::string& path) const`");
  static_assert(detail::makes_directories<F>,
                "[ashlar] file_system: add `Result<void> make_directory(const std::string& path) const`");
  static_assert(detail::lists<F>,
                "[ashlar] file_system: add `Result<std::vector<DirectoryEntry>> list(const std::string& path) const`");
  static_assert(detail::identifies<F>,
                "[ashlar] file_system: add `Result<std::optional<FileId>> find(const std::string&) const` and "
                "`Result<FileId> id(const File&) const`");
  static_assert(detail::locks<F>, "[ashlar] file_system: add `lock`, `try_lock` and `unlock` of one byte of a file");
  static_assert(detail::gives_random_bits<F>, "[ashlar] file_system: add `std::uint64_t random() const`");
  return file_system<F>;
}

/// A file system whose files can be memory that processes share: what `SegmentLog` needs besides.
///
/// | expression                    | result            | called when, and what it must do                                   |
/// |-------------------------------|-------------------|--------------------------------------------------------------------|
/// | `F::Mapping`                  | movable           | memory of a file, with `data()` and `size()`; its destructor unmaps |
/// | `f.map(file, length, write)`  | `Result<Mapping>` | the first `length` bytes, shared; the same bytes `read` sees       |
/// | `f.allocate(file, size)`      | `Result<void>`    | makes the file that large, with room on the device; never smaller  |
/// | `f.boot()`                    | `uint64_t`        | a number of this run of the system; 0 where there is none          |
///
/// One that has `std::optional<std::string> network(path)` is asked whether `path` lies on a network file system; one that
/// has `bool keeps_room(file)` is asked whether bytes that `allocate` made room for can be stored to on a full disk; one that
/// has `Result<void> storing(mapping, offset, count)` is told before these bytes of memory are stored to, and may refuse;
/// one that has `std::chrono::nanoseconds steady_time()` is asked how much time has passed.
/// `populate(mapping, offset, count)`, `populate_to_store(mapping)` and `scattered(mapping)` are hints; see `PosixFiles`.
/// Models: `PosixFiles`, `FaultyFiles`. Check yours: `static_assert(ashlar::explain_mapping_file_system<Mine>());`
template <class F>
concept mapping_file_system = file_system<F> && detail::maps<F> && detail::allocates<F> && detail::tells_boots_apart<F>;

/// True when `F` models `mapping_file_system`; otherwise each missing part is reported with what to write.
template <class F>
consteval bool explain_mapping_file_system() {
  static_assert(explain_file_system<F>());
  static_assert(
      detail::maps<F>,
      "[ashlar] mapping_file_system: add `class Mapping` with data() and size(), and `Result<Mapping> map(const "
      "File&, std::size_t length, bool writable) const`");
  static_assert(detail::allocates<F>,
                "[ashlar] mapping_file_system: add `Result<void> allocate(const File&, std::uint64_t size) const`");
  static_assert(detail::tells_boots_apart<F>, "[ashlar] mapping_file_system: add `std::uint64_t boot() const`");
  return mapping_file_system<F>;
}

/// When a store makes a write survive a power loss.
///
/// | expression             | result | throws | what it means                                           |
/// |------------------------|--------|--------|---------------------------------------------------------|
/// | `D::syncs_each_commit` | `bool` | never  | a write returns only after the device has what it wrote |
///
/// A durability that commits in groups also has `syncs_in_groups`, `interval` and `bytes`; see `GroupCommit`.
/// Models: `NoSync`, `SyncEachCommit`, `GroupCommit`. Check yours: `static_assert(ashlar::explain_durability<Mine>());`
template <class D>
concept durability = detail::says_whether_it_syncs<D>;

/// True when `D` models `durability`; otherwise the missing part is reported with what to write.
template <class D>
consteval bool explain_durability() {
  static_assert(detail::says_whether_it_syncs<D>,
                "[ashlar] durability: add `static constexpr bool syncs_each_commit = true;`");
  return durability<D>;
}

/// Which of a store's directories holds a key. The answer must never change for a key.
///
/// | expression                            | result   | throws | called when, and what it must do                     |
/// |---------------------------------------|----------|--------|------------------------------------------------------|
/// | `s.directory_of(key, hash, count)`    | `size_t` | never  | on every operation; a number below `count`           |
///
/// `key` holds the key's bytes as they are stored: the characters of a string. Threads: called concurrently.
/// Models: `ByHash`. Check yours: `static_assert(ashlar::explain_sharding<Mine>());`
template <class S>
concept sharding = std::copy_constructible<S> && detail::chooses_a_directory<S>;

/// True when `S` models `sharding`; otherwise the missing part is reported with what to write.
template <class S>
consteval bool explain_sharding() {
  static_assert(std::copy_constructible<S>, "[ashlar] sharding: make it copyable");
  static_assert(
      detail::chooses_a_directory<S>,
      "[ashlar] sharding: add `std::size_t directory_of(std::string_view key, std::uint64_t hash, std::size_t "
      "directories) const noexcept`");
  return sharding<S>;
}

/// Where a store keeps its bytes: a tag with a name, and an `engine` template that does the work.
///
/// | expression                | result        | what it means                                                        |
/// |---------------------------|---------------|----------------------------------------------------------------------|
/// | `B::name`                 | `string_view` | written into `metadata.json`; a store opens with the same one only   |
/// | `B::uses_files`           | `bool`        | durability, directories and a file system make sense                 |
/// | `B::template engine<Env>` | class         | the members of `detail::FilePerKeyEngine`; `Env` names the policies  |
///
/// Models: `FilePerKey`, `SegmentLog`, `InMemory`. Check yours: `static_assert(ashlar::explain_backend<Mine>());`
template <class B>
concept backend = detail::names_itself<B> && detail::says_whether_it_has_files<B>;

/// True when `B` models `backend`; otherwise each missing part is reported with what to write.
template <class B>
consteval bool explain_backend() {
  static_assert(detail::names_itself<B>, "[ashlar] backend: add `static constexpr std::string_view name = \"mine\";`");
  static_assert(detail::says_whether_it_has_files<B>,
                "[ashlar] backend: add `static constexpr bool uses_files = true;`");
  return backend<B>;
}

}  // namespace ashlar::inline v0
