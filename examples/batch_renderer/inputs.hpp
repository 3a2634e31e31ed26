// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <vector>

#include <ashlar/simd/crc32c.hpp>

/// What a run works on: the files, each with the place of its picture.
struct Input {
  std::filesystem::path file;     ///< absolute and without "." and ".."; its string is the key in the store
  std::filesystem::path picture;  ///< relative to the output directory
};

struct Inputs {
  std::vector<Input> files;
  std::size_t blank_lines = 0;
  std::size_t duplicates = 0;
  std::vector<std::string> unlisted;  ///< directories that could not be read, and why

  /// The files named by a list, or all regular files below a directory. Symbolic links below a directory are not
  /// followed, `except` and what lies below is left out. Throws std::runtime_error when nothing can be read at all.
  static Inputs gather(const std::filesystem::path& from, const std::vector<std::filesystem::path>& except) {
    Inputs inputs;
    std::error_code error;
    const auto status = std::filesystem::status(from, error);
    if (error || !std::filesystem::exists(status)) {
      throw std::runtime_error("cannot read '" + from.string() +
                               "': " + (error ? error.message() : std::string{"No such file or directory"}) +
                               "; give a list file or a directory");
    }
    if (std::filesystem::is_directory(status)) {
      std::vector<std::filesystem::path> leave_out;
      for (const auto& path : except) {
        leave_out.push_back(real(path));
        if (leave_out.back() == real(from)) {
          throw std::runtime_error("'" + path.string() +
                                   "' is the directory that is to be rendered; choose another with -o or -c");
        }
      }
      inputs.walk(tidy(from), {}, leave_out);
    } else {
      inputs.read_list(from);
    }
    return inputs;
  }

  /// The path as keys of the store have it: absolute, without "." and "..".
  static std::filesystem::path tidy(const std::filesystem::path& path) {
    auto normal = std::filesystem::absolute(path).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
  }

 private:
  /// Where a path leads, symbolic links followed as far as they exist.
  static std::filesystem::path real(const std::filesystem::path& path) {
    std::error_code error;
    auto followed = std::filesystem::weakly_canonical(path, error);
    return error ? tidy(path) : tidy(followed);
  }

  /// The path with ".png" behind it; a name too long for that is cut, and told apart by its checksum.
  static std::filesystem::path picture_of(std::filesystem::path path) {
    std::string name = path.filename().string();
    if (name.size() > 200) {
      const std::uint32_t checksum = ashlar::crc32c(std::as_bytes(std::span{name}));
      name = name.substr(0, 180) + "-" + std::to_string(checksum);
    }
    return path.replace_filename(name + ".png");
  }

  void walk(const std::filesystem::path& directory, const std::filesystem::path& relative,
            const std::vector<std::filesystem::path>& leave_out) {
    std::error_code error;
    std::filesystem::directory_iterator entries{directory, error};
    for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
      const auto& path = entries->path();
      std::error_code hidden;
      const auto type = entries->symlink_status(hidden).type();
      if (hidden) {
        unlisted.push_back("cannot look at '" + path.string() + "': " + hidden.message());
        continue;
      }
      if (type == std::filesystem::file_type::directory) {
        if (std::ranges::find(leave_out, real(path)) == leave_out.end())
          walk(path, relative / path.filename(), leave_out);
      } else if (type == std::filesystem::file_type::regular) {
        files.push_back({path, picture_of(relative / path.filename())});
      }
    }
    if (error) unlisted.push_back("cannot list '" + directory.string() + "': " + error.message());
  }

  void read_list(const std::filesystem::path& list) {
    std::ifstream lines{list, std::ios::binary};
    if (!lines) throw std::runtime_error("cannot open the list '" + list.string() + "'");
    std::unordered_set<std::string> seen;
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
      if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);  // a byte order mark
      if (line.ends_with('\r')) line.pop_back();
      if (line.find_first_not_of(" \t") == std::string::npos) {
        ++blank_lines;
        continue;
      }
      if (line.find('\0') != std::string::npos) {
        throw std::runtime_error("'" + list.string() + "' is no list of paths: line " + std::to_string(number) +
                                 " holds a zero byte");
      }
      const auto path = tidy(line);
      if (!seen.insert(path.string()).second) {
        ++duplicates;
        continue;
      }
      files.push_back({path, picture_of(path.relative_path())});
    }
    if (lines.bad()) throw std::runtime_error("cannot read the list '" + list.string() + "' to its end");
  }
};
