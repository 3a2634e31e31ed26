// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::inline v0::detail {

// One position of a pattern: a byte, any byte, or a set of bytes.
struct GlobElement {
  enum class Kind : std::uint8_t { byte, any, set };
  Kind kind = Kind::any;
  std::uint8_t byte = 0;
  std::uint32_t set = 0;
};

using GlobSet = std::array<std::uint64_t, 4>;

// What stands between two stars: a fixed number of elements.
struct GlobSegment {
  static constexpr std::size_t max_probes = 8;

  std::size_t first = 0;  // index of its first element
  std::size_t size = 0;
  // Up to eight of its plain bytes and where they stand; `decided` where nothing but any-byte elements is left over.
  std::array<std::uint8_t, max_probes> probe_bytes{};
  std::array<std::uint8_t, max_probes> probe_offsets{};
  std::size_t probes = 0;
  bool decided = true;
};

// A test of up to 16 bytes at one end of a key: two words, which overlap, compared under masks.
struct GlobEdge {
  std::size_t size = 0;    // bytes that the two words span
  std::size_t width = 0;   // of each word: 0 (no test), 1, 2, 4 or 8
  std::size_t second = 0;  // where the second word begins
  std::array<std::uint64_t, 2> values{};
  std::array<std::uint64_t, 2> masks{};
};

// A pattern taken apart. The first segment is bound to the start of a key and the last to its end; those between are
// looked for from left to right, each at its first fit, which is enough because each has a fixed length.
struct GlobProgram {
  std::vector<GlobElement> elements;
  std::vector<GlobSet> sets;
  std::vector<GlobSegment> segments;  // at least one; two or more where the pattern has a star
  std::size_t min_size = 0;
  std::size_t max_size = std::numeric_limits<std::size_t>::max();
  GlobEdge head;
  GlobEdge tail;
  bool head_decides = true;  // the edge says everything about the first segment
  bool tail_decides = true;  // and about the last
  bool edges_decide = true;  // and there is nothing between

  bool element_fits(const GlobElement& element, char c) const noexcept {
    const auto byte = static_cast<std::uint8_t>(c);
    switch (element.kind) {
      case GlobElement::Kind::byte: return byte == element.byte;
      case GlobElement::Kind::any: return true;
      case GlobElement::Kind::set: return (sets[element.set][byte >> 6] >> (byte & 63u) & 1u) != 0;
    }
    return false;
  }

  bool segment_fits(const GlobSegment& segment, const char* at) const noexcept {
    const GlobElement* element = elements.data() + segment.first;
    for (std::size_t i = 0; i < segment.size; ++i) {
      if (!element_fits(element[i], at[i])) {
        return false;
      }
    }
    return true;
  }

  // The first fit that starts in [from, to - segment.size]; npos where there is none.
  std::size_t find(const GlobSegment& segment, std::string_view key, std::size_t from, std::size_t to) const noexcept {
    for (; from + segment.size <= to; ++from) {
      if (segment.probes != 0 && segment.probe_offsets[0] == 0) {
        const void* hit = std::memchr(key.data() + from, segment.probe_bytes[0], to - segment.size + 1 - from);
        if (hit == nullptr) {
          return std::string_view::npos;
        }
        from = static_cast<std::size_t>(static_cast<const char*>(hit) - key.data());
      }
      if (segment_fits(segment, key.data() + from)) {
        return from;
      }
    }
    return std::string_view::npos;
  }

  bool matches(std::string_view key) const noexcept {
    if (key.size() < min_size || key.size() > max_size) {
      return false;
    }
    const GlobSegment& last = segments.back();
    if (!segment_fits(segments.front(), key.data()) || !segment_fits(last, key.data() + key.size() - last.size)) {
      return false;
    }
    std::size_t from = segments.front().size;
    const std::size_t to = key.size() - last.size;
    for (std::size_t i = 1; i + 1 < segments.size(); ++i) {
      from = find(segments[i], key, from, to);
      if (from == std::string_view::npos) {
        return false;
      }
      from += segments[i].size;
    }
    return true;
  }
};

// The set between brackets that begins after '[' at `at`; moves `at` behind it.
inline GlobSet compile_glob_set(std::string_view pattern, std::size_t& at) {
  GlobSet set{};
  const auto insert = [&set](unsigned byte) { set[byte >> 6] |= std::uint64_t{1} << (byte & 63u); };
  const auto byte_at = [pattern](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(pattern[i]));
  };
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) {
    ++at;
  }
  while (at < pattern.size() && pattern[at] != ']') {
    const std::size_t left = pattern.size() - at;
    if (pattern[at] == '\\' && left >= 2) {
      insert(byte_at(at + 1));
      at += 2;
    } else if (left >= 3 && pattern[at + 1] == '-') {
      unsigned low = byte_at(at);
      unsigned high = byte_at(at + 2);
      if (low > high) {
        std::swap(low, high);
      }
      for (unsigned byte = low; byte <= high; ++byte) {
        insert(byte);
      }
      at += 3;
    } else {
      insert(byte_at(at));
      ++at;
    }
  }
  if (at < pattern.size()) {
    ++at;
  }
  if (negated) {
    for (std::uint64_t& word : set) {
      word = ~word;
    }
  }
  return set;
}

inline void choose_glob_probes(const GlobProgram& program, GlobSegment& segment) {
  for (std::size_t i = 0; i < segment.size; ++i) {
    const GlobElement& element = program.elements[segment.first + i];
    if (element.kind == GlobElement::Kind::any) {
      continue;
    }
    if (element.kind == GlobElement::Kind::set || segment.probes == GlobSegment::max_probes || i > 255) {
      segment.decided = false;
      continue;
    }
    segment.probe_bytes[segment.probes] = element.byte;
    segment.probe_offsets[segment.probes] = static_cast<std::uint8_t>(i);
    ++segment.probes;
  }
}

// The test of the `size` elements from `first` on; `complete` turns false where it leaves a set out.
inline GlobEdge make_glob_edge(const GlobProgram& program, std::size_t first, std::size_t size, bool& complete) {
  GlobEdge edge;
  edge.size = size;
  edge.width = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : size;
  edge.second = size - edge.width;
  std::array<std::array<unsigned char, 8>, 2> values{};
  std::array<std::array<unsigned char, 8>, 2> masks{};
  for (std::size_t word = 0; word < 2; ++word) {
    for (std::size_t i = 0; i < edge.width; ++i) {
      const GlobElement& element = program.elements[first + (word == 0 ? 0 : edge.second) + i];
      complete = complete && element.kind != GlobElement::Kind::set;
      if (element.kind == GlobElement::Kind::byte) {
        values[word][i] = element.byte;
        masks[word][i] = 0xFF;
      }
    }
    std::memcpy(&edge.values[word], values[word].data(), 8);
    std::memcpy(&edge.masks[word], masks[word].data(), 8);
  }
  return edge;
}

// Takes `pattern` apart; every pattern is valid.
inline GlobProgram compile_glob(std::string_view pattern) {
  GlobProgram program;
  program.segments.emplace_back();
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at++];
    if (c == '*') {
      if (program.segments.back().size != 0 || program.segments.size() == 1) {
        program.segments.push_back({.first = program.elements.size()});
      }
      continue;
    }
    GlobElement element;
    if (c == '[') {
      element = {.kind = GlobElement::Kind::set, .set = static_cast<std::uint32_t>(program.sets.size())};
      program.sets.push_back(compile_glob_set(pattern, at));
    } else if (c != '?') {
      const bool escaped = c == '\\' && at < pattern.size();
      element = {.kind = GlobElement::Kind::byte, .byte = static_cast<std::uint8_t>(escaped ? pattern[at++] : c)};
    }
    program.elements.push_back(element);
    ++program.segments.back().size;
  }
  program.min_size = program.elements.size();
  if (program.segments.size() == 1) {
    program.max_size = program.min_size;
  }
  for (GlobSegment& segment : program.segments) {
    choose_glob_probes(program, segment);
  }

  const GlobSegment& first = program.segments.front();
  const GlobSegment& last = program.segments.back();
  constexpr std::size_t most = 16;
  program.head_decides = first.size <= most;
  program.tail_decides = last.size <= most;
  program.head = make_glob_edge(program, first.first, std::min(first.size, most), program.head_decides);
  const std::size_t tail = std::min(last.size, most);
  program.tail = make_glob_edge(program, last.first + last.size - tail, tail, program.tail_decides);
  program.edges_decide = program.head_decides && program.tail_decides && program.segments.size() <= 2;
  return program;
}

}  // namespace ashlar::inline v0::detail
