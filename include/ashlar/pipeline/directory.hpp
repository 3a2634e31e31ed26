// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

#include <ashlar/core/detail/std_function.hpp>
#include <ashlar/core/error.hpp>
#include <ashlar/pipeline/detail/look_ahead.hpp>
#include <ashlar/pipeline/files.hpp>

namespace ashlar::inline v0 {

/// What `directory` walks over and gives.
struct DirectoryOptions {
  bool recursive = true;
  /// Gives only the files whose path it likes; null: all.
  std::function<bool(std::string_view path)> filter{};
  /// Told of a directory that cannot be read, which is then left out; null: the run fails.
  std::function<void(const Error&)> unreadable{};
};

namespace detail {

class Directory {
 public:
  using value_type = std::string;

  Directory(std::string path, DirectoryOptions options) : root_{std::move(path)}, options_{std::move(options)} {}

  static constexpr std::string_view name() noexcept { return "directory"; }
  /// Reads `files` ahead, whatever is measured; 0: none.
  Directory prefetch(std::size_t files) && {
    ahead_ = LookAhead<std::string>{files};
    return std::move(*this);
  }
  void begin_run(const auto&) {
    ahead_.restart();
    todo_.assign(1, root_);
    first_ = true;
  }
  void after_pull() noexcept { ahead_.advance(); }
  void end_run() noexcept { ahead_.restart(); }
  std::uint64_t weigh(const std::string& path) const noexcept { return weight_of_file(path.c_str()); }
  template <class Out>
  SourceState pull(Out& out, std::size_t want) {
    const auto next = [this](std::string& path) { return next_file(path); };
    for (; want != 0; --want) {
      std::string path;
      if (!ahead_.pull(next, path)) return SourceState::end;
      out.emplace(std::move(path));
    }
    return SourceState::more;
  }

 private:
  /// `todo_` is a stack of paths, the next one last; a directory is replaced by what is in it.
  bool next_file(std::string& path) {
    while (!todo_.empty()) {
      path = std::move(todo_.back());
      todo_.pop_back();
      struct stat status{};
      const bool top = std::exchange(first_, false);
      if ((top ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) != 0) {
        if (top) complain(system_error(errno, "read", path));
        continue;  // it was deleted meanwhile
      }
      if (S_ISLNK(status.st_mode)) {  // links to files count as files; links to directories could lead in circles
        if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) continue;
      }
      if (S_ISDIR(status.st_mode)) {
        if (top || options_.recursive) open(path);
      } else if (S_ISREG(status.st_mode) && (!options_.filter || options_.filter(path))) {
        return true;
      }
    }
    return false;
  }
  void open(const std::string& path) {
    struct Entries {
      dirent** first = nullptr;
      int size = 0;
      ~Entries() {
        for (int i = 0; i < size; ++i) std::free(first[i]);
        std::free(first);
      }
    } entries;
    const auto last_first = [](const dirent** a, const dirent** b) { return std::strcmp((*b)->d_name, (*a)->d_name); };
    entries.size = ::scandir(path.c_str(), &entries.first, nullptr, last_first);
    if (entries.size < 0) {
      complain(system_error(errno, "read the directory", path));
      return;
    }
    for (int i = 0; i < entries.size; ++i) {
      const std::string_view name{static_cast<const char*>(entries.first[i]->d_name)};
      if (name == "." || name == "..") continue;
      std::string inside = path;
      if (inside.back() != '/') inside += '/';
      todo_.push_back(inside.append(name));
    }
  }
  void complain(const Error& error) const {
    if (!options_.unreadable) throw error;
    options_.unreadable(error);
  }

  std::string root_;
  DirectoryOptions options_;
  LookAhead<std::string> ahead_;
  std::vector<std::string> todo_;
  bool first_ = true;
};

}  // namespace detail

/// A source of the paths of the regular files in a directory (or of the one file `path`), sorted by name within each
/// directory, with the same reading ahead as `files`. Links to files are given, links to directories not followed.
inline auto directory(std::string path, DirectoryOptions options = {}) {
  return detail::Directory{std::move(path), std::move(options)};
}

}  // namespace ashlar::inline v0
