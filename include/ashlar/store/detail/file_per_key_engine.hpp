// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/detail/entry_file.hpp>
#include <ashlar/store/detail/environment.hpp>
#include <ashlar/store/detail/metadata.hpp>
#include <ashlar/store/detail/siphash.hpp>
#include <ashlar/store/detail/workspace.hpp>

namespace ashlar::inline v0::detail {

/// The engine of `FilePerKey`.
///
/// Order of steps that the promises rest on. A write: content into a file under construction; sync it (when each
/// commit is synced); under the key's lock give it the entry's name; sync the directory. Unconditional writes share the
/// lock, conditional ones hold it alone, so nothing slips between their comparison and their rename. `insert` links, which
/// succeeds only where there is no name; it needs the lock, alone, only to put itself in the place of a corrupt entry.
template <class Environment>
class FilePerKeyEngine {
  using Files = typename Environment::files_type;
  using Bytes = std::span<const std::byte>;
  static constexpr bool synced = Environment::durability_type::syncs_each_commit;

 public:
  struct Write {
    std::string_view key;
    Bytes value;
  };

  static Result<std::unique_ptr<FilePerKeyEngine>> open(Environment environment, std::string_view backend) {
    const auto lay_out = [&](const std::string& root) {
      return environment.files.make_directory(root + "/file_caches");
    };
    const Result<StoreMetadata> metadata =
        open_metadata(environment.files, environment.directory, environment.options, backend, lay_out);
    if (!metadata) return metadata.error();
    std::unique_ptr<FilePerKeyEngine> engine{new FilePerKeyEngine{std::move(environment)}};
    if (Result<void> opened = engine->open_roots(*metadata); !opened) return opened.error();
    return engine;
  }

  /// Calls `f(value, revision)` with the entry of the key, if there is one; says whether there was.
  template <class F>
  Result<bool> read(std::string_view key, F&& f) const {
    const KeyHash hash = hash_of_key(key);
    const std::string path = path_of(root_of(key, hash), hash);
    const Result<std::vector<std::byte>> bytes = content_of(path);
    if (!bytes) return missing_is_false(bytes.error());
    const Result<EntryView> entry = entry_of(path, *bytes, key);
    if (!entry) return entry.error();
    std::forward<F>(f)(entry->value, entry->revision);
    return true;
  }

  Result<bool> contains(std::string_view key) const {
    return read(key, [](Bytes, std::uint64_t) {});
  }

  Result<void> write(std::string_view key, Bytes value) {
    const KeyHash hash = hash_of_key(key);
    const Root& root = root_of(key, hash);
    Result<std::string> fresh = construct(root, key, value);
    if (!fresh) return fresh.error();
    if (Result<void> named = name_entry(root, *fresh, hash, FileLock::shared); !named) return named;
    return settle(root, hash);
  }

  /// All entries are written before the first one gets its name, and each directory is synced once.
  Result<void> write_many(std::span<const Write> writes) {
    struct Fresh {
      const Root* root;
      KeyHash hash;
      std::string path;
    };
    std::vector<Fresh> fresh;
    fresh.reserve(writes.size());
    const auto give_up = [&](std::size_t from, const Error& error) {
      for (std::size_t i = from; i < fresh.size(); ++i) (void)environment_.files.remove(fresh[i].path);
      return error;
    };
    for (const Write& write : writes) {
      const KeyHash hash = hash_of_key(write.key);
      const Root& root = root_of(write.key, hash);
      Result<std::string> path = construct(root, write.key, write.value);
      if (!path) return give_up(0, path.error());
      fresh.push_back({&root, hash, std::move(*path)});
    }
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      if (Result<void> named = name_entry(*fresh[i].root, fresh[i].path, fresh[i].hash, FileLock::shared); !named) {
        return give_up(i + 1, named.error());
      }
    }
    if constexpr (synced) {
      std::set<std::string> settled;
      for (const Fresh& one : fresh) {
        if (!settled.insert(directory_of(*one.root, one.hash)).second) continue;
        if (Result<void> done = settle(*one.root, one.hash); !done) return done;
      }
    }
    return {};
  }

  /// Stores the entry when there is none; a corrupt one counts as none. Says whether it did.
  Result<bool> insert(std::string_view key, Bytes value) {
    const KeyHash hash = hash_of_key(key);
    const Root& root = root_of(key, hash);
    const std::string path = path_of(root, hash);
    Result<bool> there = usable(path, key);
    if (!there) return there;
    if (*there) return false;
    Result<std::string> fresh = construct(root, key, value);
    if (!fresh) return fresh.error();
    Result<bool> won = insert_constructed(root, hash, key, path, *fresh);
    if (won && *won) {
      if (Result<void> done = settle(root, hash); !done) return done.error();
    }
    return won;
  }

  /// Stores the value when the entry still has that revision; says whether it did.
  Result<bool> replace(std::string_view key, std::uint64_t expected, Bytes value) {
    const KeyHash hash = hash_of_key(key);
    const Root& root = root_of(key, hash);
    Result<std::string> fresh = construct(root, key, value);
    if (!fresh) return fresh.error();
    Result<bool> replaced = [&]() -> Result<bool> {
      const auto guard = root.locks->take(hash, FileLock::exclusive);
      if (!guard) return guard.error();
      Result<bool> same = has_revision(path_of(root, hash), key, expected);
      if (!same || !*same) return same;
      if (Result<void> named = rename_to_entry(root, hash, *fresh); !named) return named.error();
      return true;
    }();
    if (!replaced || !*replaced) {
      (void)environment_.files.remove(*fresh);
      return replaced;
    }
    if (Result<void> done = settle(root, hash); !done) return done.error();
    return true;
  }

  /// Removes the entry, when it still has that revision where one is given; says whether it did.
  Result<bool> erase(std::string_view key, std::optional<std::uint64_t> expected = {}) {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    const KeyHash hash = hash_of_key(key);
    const Root& root = root_of(key, hash);
    const std::string path = path_of(root, hash);
    {
      const auto guard = root.locks->take(hash, expected ? FileLock::exclusive : FileLock::shared);
      if (!guard) return guard.error();
      if (expected) {
        Result<bool> same = has_revision(path, key, *expected);
        if (!same || !*same) return same;
      }
      if (Result<void> removed = environment_.files.remove(path); !removed) return missing_is_false(removed.error());
    }
    if (Result<void> done = settle(root, hash); !done) return done.error();
    return true;
  }

  /// Calls `entry(key, value)` for every entry, `corrupt(CorruptEntry)` for every one that cannot be used. No
  /// snapshot: what is written meanwhile may be seen or not.
  template <class OnEntry, class OnCorrupt>
  Result<void> for_each(OnEntry&& entry, OnCorrupt&& corrupt) const {
    return for_each_name([&](const Root& root, const std::string& name) -> Result<void> {
      const std::string path = root.path + "/file_caches/" + name.substr(0, 2) + "/" + name;
      const Result<std::vector<std::byte>> bytes = content_of(path);
      if (!bytes) {
        if (bytes.error().code() == ErrorCode::not_found) return {};
        return bytes.error();
      }
      Result<EntryView> parsed = parse_entry_file(*bytes);
      if (parsed && name_of(hash_of_key(parsed->key)) != name) {
        parsed = Error{ErrorCode::corrupt, "the entry's key belongs to another file"};
      }
      if (parsed) {
        entry(parsed->key, parsed->value);
      } else {
        corrupt(CorruptEntry{path, parsed.error().what()});
      }
      return {};
    });
  }

  /// How many entries there are, corrupt ones included: names are counted, not read.
  Result<std::uint64_t> size() const {
    std::uint64_t count = 0;
    Result<void> walked = for_each_name([&](const Root&, const std::string&) -> Result<void> {
      ++count;
      return {};
    });
    if (!walked) return walked.error();
    return count;
  }

  Result<void> sync() {
    for (const Root& root : roots_) {
      if (Result<void> done = environment_.files.sync_all(root.path); !done) return done;
    }
    return {};
  }

  const Environment& environment() const noexcept { return environment_; }

  /// Replaces a file of the store's directory that is no entry, such as summary.json.
  Result<void> write_document(const std::string& name, Bytes content) {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    const Result<std::string> fresh = main_workspace().write(content, true);
    if (!fresh) return fresh.error();
    Result<void> named = environment_.files.rename(*fresh, environment_.directory + "/" + name);
    if (!named) (void)environment_.files.remove(*fresh);
    return named;
  }

 private:
  struct Root {
    std::string path;
    std::unique_ptr<Workspace<Files>> workspace;  // none in a store that is only read
    std::unique_ptr<KeyLocks<Files>> locks;
    std::unique_ptr<std::array<std::atomic<bool>, 256>> durable_directories;
  };

  explicit FilePerKeyEngine(Environment environment) : environment_{std::move(environment)} {}

  Result<void> open_roots(const StoreMetadata& metadata) {
    std::vector<std::string> paths;
    for (const std::string& one : metadata.directories) paths.push_back(resolved(environment_.directory, one));
    if (paths.empty()) paths.push_back(environment_.directory);
    const bool writes = environment_.options.mode != OpenMode::read_only;
    if (writes && synced) {
      // Whoever made the store may not have come to this; what is acknowledged here must not hang on it.
      if (Result<void> done = environment_.files.sync_directory(environment_.directory); !done) return done;
    }
    for (std::string& path : paths) {
      const Result<std::optional<FileId>> entries = environment_.files.find(path + "/file_caches");
      if (!entries) return entries.error();
      if (!*entries) {
        return Error{ErrorCode::corrupt, "the store in '" + environment_.directory + "' lacks its directory '" + path +
                                             "/file_caches'; is a disk not mounted?"};
      }
      Root root{std::move(path), nullptr, nullptr, std::make_unique<std::array<std::atomic<bool>, 256>>()};
      if (writes) {
        root.workspace = std::make_unique<Workspace<Files>>(environment_.files, root.path + "/tmp");
        if (Result<void> opened = root.workspace->open(); !opened) return opened;
        root.locks = std::make_unique<KeyLocks<Files>>(environment_.files, root.path + "/locks");
      }
      roots_.push_back(std::move(root));
    }
    if (writes && !metadata.directories.empty()) {
      workspace_ = std::make_unique<Workspace<Files>>(environment_.files, environment_.directory + "/tmp");
      if (Result<void> opened = workspace_->open(); !opened) return opened;
    }
    return {};
  }

  Workspace<Files>& main_workspace() { return workspace_ ? *workspace_ : *roots_.front().workspace; }

  const Root& root_of(std::string_view key, const KeyHash& hash) const {
    if (roots_.size() == 1) return roots_.front();
    const std::size_t at = environment_.sharding.directory_of(key, hash.first, roots_.size());
    ASHLAR_ASSERT(at < roots_.size(), "sharding: directory_of must return a number below `directories`");
    return roots_[at];
  }

  static std::string two_digits(unsigned number) { return hex(number).substr(14); }
  static std::string name_of(const KeyHash& hash) { return hex(hash.first) + hex(hash.second) + ".cache"; }
  static std::string directory_of(const Root& root, const KeyHash& hash) {
    return root.path + "/file_caches/" + two_digits(static_cast<unsigned>(hash.first >> 56));
  }
  static std::string path_of(const Root& root, const KeyHash& hash) {
    return directory_of(root, hash) + "/" + name_of(hash);
  }

  static Result<bool> missing_is_false(const Error& error) {
    if (error.code() == ErrorCode::not_found) return false;
    return error;
  }

  Result<std::vector<std::byte>> content_of(const std::string& path) const {
    const Result<typename Files::File> file = environment_.files.open(path, FileAccess::read);
    if (!file) return file.error();
    return read_whole(environment_.files, *file);
  }

  static Result<EntryView> entry_of(const std::string& path, Bytes bytes, std::string_view key) {
    Result<EntryView> entry = parse_entry_file(bytes);
    if (!entry) return entry.error().within("'" + path + "'");
    if (entry->key != key) return Error{ErrorCode::corrupt, "'" + path + "': the entry is that of another key"};
    return entry;
  }

  /// Whether there is an entry that can be read. A corrupt one cannot.
  Result<bool> usable(const std::string& path, std::string_view key) const {
    const Result<std::vector<std::byte>> bytes = content_of(path);
    if (!bytes) return missing_is_false(bytes.error());
    const Result<EntryView> entry = entry_of(path, *bytes, key);
    if (!entry && entry.error().code() != ErrorCode::corrupt) return entry.error();
    return entry.has_value();
  }

  Result<bool> has_revision(const std::string& path, std::string_view key, std::uint64_t expected) const {
    const Result<std::vector<std::byte>> bytes = content_of(path);
    if (!bytes) return missing_is_false(bytes.error());
    const Result<EntryView> entry = entry_of(path, *bytes, key);
    if (!entry) return entry.error();
    return entry->revision == expected;
  }

  Result<std::string> construct(const Root& root, std::string_view key, Bytes value) {
    if (environment_.options.mode == OpenMode::read_only) return read_only_error(environment_.directory);
    if (key.size() > 0xFFFFFFFF) return Error{ErrorCode::invalid_argument, "a key is longer than 4 GiB"};
    return root.workspace->write(make_entry_file(key, value, root.workspace->new_revision()), synced);
  }

  /// Gives a constructed file its name, or removes it.
  Result<void> name_entry(const Root& root, const std::string& fresh, const KeyHash& hash, FileLock kind) {
    Result<void> named = [&]() -> Result<void> {
      const auto guard = root.locks->take(hash, kind);
      if (!guard) return guard.error();
      return rename_to_entry(root, hash, fresh);
    }();
    if (!named) (void)environment_.files.remove(fresh);
    return named;
  }

  Result<bool> insert_constructed(const Root& root, const KeyHash& hash, std::string_view key, const std::string& path,
                                  const std::string& fresh) {
    const auto link = [&] { return in_directory(root, hash, [&] { return environment_.files.link(fresh, path); }); };
    const auto is_taken = [](const Result<void>& linked) {
      return !linked && linked.error().code() == ErrorCode::already_exists;
    };
    if (Result<void> linked = link(); !is_taken(linked)) {
      (void)environment_.files.remove(fresh);
      if (!linked) return linked.error();
      return true;
    }
    Result<bool> won = [&]() -> Result<bool> {
      const auto guard = root.locks->take(hash, FileLock::exclusive);
      if (!guard) return guard.error();
      // Once more: what was there may have been erased, and only a link does not replace what another one inserts now.
      if (Result<void> linked = link(); !is_taken(linked)) {
        if (!linked) return linked.error();
        (void)environment_.files.remove(fresh);
        return true;
      }
      const Result<bool> there = usable(path, key);
      if (!there) return there;
      if (*there) return false;
      // The corrupt entry gives way. While this lock is held nobody removes it, and so nobody puts a good one in its place.
      if (Result<void> named = rename_to_entry(root, hash, fresh); !named) return named.error();
      return true;
    }();
    if (!won || !*won) (void)environment_.files.remove(fresh);
    return won;
  }

  Result<void> rename_to_entry(const Root& root, const KeyHash& hash, const std::string& fresh) {
    return in_directory(root, hash, [&] { return environment_.files.rename(fresh, path_of(root, hash)); });
  }

  /// Runs `give_name`, and once more when the directory of the entry was not there yet.
  template <class GiveName>
  Result<void> in_directory(const Root& root, const KeyHash& hash, GiveName&& give_name) {
    Result<void> named = give_name();
    if (named || named.error().code() != ErrorCode::not_found) return named;
    if (Result<void> made = environment_.files.make_directory(directory_of(root, hash)); !made) return made;
    return give_name();
  }

  Result<void> settle(const Root& root, const KeyHash& hash) {
    if constexpr (synced) {
      // Whoever made the directory may not have come to syncing its name; what is acknowledged must not hang on it.
      std::atomic<bool>& known = (*root.durable_directories)[hash.first >> 56];
      if (!known.load(std::memory_order_relaxed)) {
        if (Result<void> done = environment_.files.sync_directory(root.path + "/file_caches"); !done) return done;
        known.store(true, std::memory_order_relaxed);
      }
      return environment_.files.sync_directory(directory_of(root, hash));
    } else {
      return {};
    }
  }

  template <class F>
  Result<void> for_each_name(F&& f) const {
    for (const Root& root : roots_) {
      const Result<std::vector<DirectoryEntry>> directories = environment_.files.list(root.path + "/file_caches");
      if (!directories) return directories.error();
      for (const DirectoryEntry& directory : *directories) {
        if (!directory.is_directory || directory.name.size() != 2) continue;
        const Result<std::vector<DirectoryEntry>> entries =
            environment_.files.list(root.path + "/file_caches/" + directory.name);
        if (!entries) return entries.error();
        for (const DirectoryEntry& entry : *entries) {
          const bool named_as_entry =
              entry.name.size() == 38 && entry.name.ends_with(".cache") && entry.name.starts_with(directory.name);
          if (entry.is_directory || !named_as_entry) continue;
          if (Result<void> done = f(root, entry.name); !done) return done;
        }
      }
    }
    return {};
  }

  Environment environment_;
  std::vector<Root> roots_;
  std::unique_ptr<Workspace<Files>> workspace_;  // of the store's directory, where that holds no entries
};

}  // namespace ashlar::inline v0::detail
