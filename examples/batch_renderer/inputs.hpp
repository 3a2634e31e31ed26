// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <vector>

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
      for (const auto& path : except) leave_out.push_back(tidy(path));
      inputs.walk(tidy(from), {}, leave_out);
    } else {
      inputs.read_list(from);
    }
    return inputs;
  }

 private:
  static std::filesystem::path tidy(const std::filesystem::path& path) {
    auto normal = std::filesystem::absolute(path).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
  }

  static std::filesystem::path with_png(std::filesystem::path path) {
    path += ".png";
    return path;
  }

  void walk(const std::filesystem::path& directory, const std::filesystem::path& relative,
            const std::vector<std::filesystem::path>& leave_out) {
    std::error_code error;
    std::filesystem::directory_iterator entries{directory, error};
    for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
      const auto& path = entries->path();
      const auto type = entries->symlink_status().type();
      if (type == std::filesystem::file_type::directory) {
        if (std::ranges::find(leave_out, path) == leave_out.end()) walk(path, relative / path.filename(), leave_out);
      } else if (type == std::filesystem::file_type::regular) {
        files.push_back({path, with_png(relative / path.filename())});
      }
    }
    if (error) unlisted.push_back("cannot list '" + directory.string() + "': " + error.message());
  }

  void read_list(const std::filesystem::path& list) {
    std::ifstream lines{list, std::ios::binary};
    if (!lines) throw std::runtime_error("cannot open the list '" + list.string() + "'");
    std::unordered_set<std::string> seen;
    std::string line;
    while (std::getline(lines, line)) {
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.pop_back();
      if (line.empty()) {
        ++blank_lines;
        continue;
      }
      const auto path = tidy(line);
      if (!seen.insert(path.string()).second) {
        ++duplicates;
        continue;
      }
      files.push_back({path, with_png(path.relative_path())});
    }
    if (lines.bad()) throw std::runtime_error("cannot read the list '" + list.string() + "' to its end");
  }
};
