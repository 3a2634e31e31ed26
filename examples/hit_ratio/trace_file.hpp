// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// The forms a trace of requests comes in.
enum class TraceFormat { detect, u64, text, lis };

/// A trace: its requests as numbers of keys, and how many keys there are.
struct TraceFile {
  std::vector<std::uint64_t> requests;
  std::uint64_t keys = 0;
};

/// `.lis` is what the ARC paper's traces are; bytes that are no text are 64-bit keys; else there is one key per line.
inline TraceFormat detect_format(const std::filesystem::path& file, std::string_view content) {
  if (file.extension() == ".lis") return TraceFormat::lis;
  if (file.extension() == ".u64") return TraceFormat::u64;
  const auto is_text = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t' || c == '\r';
  };
  const auto head = content.substr(0, 4096);
  return std::all_of(head.begin(), head.end(), is_text) ? TraceFormat::text : TraceFormat::u64;
}

/// Calls `f(line)` for each line that is not empty.
template <class F>
void for_each_line(std::string_view content, F&& f) {
  while (!content.empty()) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = content.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) f(line);
    content.remove_prefix(std::min(end + 1, content.size()));
  }
}

/// Reads a trace. Throws std::runtime_error with what is wrong and where.
inline TraceFile read_trace(const std::filesystem::path& file, TraceFormat format) {
  for (const char* packed : {".xz", ".gz", ".zst", ".bz2"}) {
    if (file.extension() == packed) throw std::runtime_error{file.string() + ": is compressed; unpack it first"};
  }
  std::ifstream in{file, std::ios::binary};
  if (!in || std::filesystem::is_directory(file)) throw std::runtime_error{file.string() + ": cannot be read"};
  const std::string content{std::istreambuf_iterator<char>{in}, {}};
  if (format == TraceFormat::detect) format = detect_format(file, content);
  TraceFile trace;
  std::unordered_map<std::uint64_t, std::uint64_t> numbers;
  const auto add = [&](std::uint64_t key) {
    trace.requests.push_back(numbers.try_emplace(key, numbers.size()).first->second);
  };
  if (format == TraceFormat::u64) {
    if (content.size() % 8 != 0) {
      throw std::runtime_error{file.string() + ": " + std::to_string(content.size()) +
                               " bytes are no whole 64-bit keys; try --format text"};
    }
    for (std::size_t at = 0; at < content.size(); at += 8) {
      std::uint64_t key = 0;
      for (std::size_t i = 8; i-- > 0;) key = key << 8 | static_cast<unsigned char>(content[at + i]);
      add(key);
    }
    trace.keys = numbers.size();
  } else if (format == TraceFormat::text) {
    std::unordered_map<std::string_view, std::uint64_t> lines;
    for_each_line(content, [&](std::string_view line) {
      trace.requests.push_back(lines.try_emplace(line, lines.size()).first->second);
    });
    trace.keys = lines.size();
  } else {
    for_each_line(content, [&](std::string_view line) {  // first block, number of blocks, two fields not used
      std::uint64_t first = 0;
      std::uint64_t count = 0;
      const auto one = std::from_chars(line.data(), line.data() + line.size(), first);
      const char* next = one.ptr;
      while (next != line.data() + line.size() && *next == ' ') ++next;
      const auto two = std::from_chars(next, line.data() + line.size(), count);
      if (one.ec != std::errc{} || two.ec != std::errc{} || count > 1'000'000'000) {
        throw std::runtime_error{file.string() + ": '" + std::string{line} +
                                 "' is no line of a .lis trace; it needs `first count …`"};
      }
      for (std::uint64_t block = first; block < first + count; ++block) add(block);
    });
    trace.keys = numbers.size();
  }
  if (trace.requests.empty()) throw std::runtime_error{file.string() + ": holds no request"};
  return trace;
}
